// What is where now, as the stream told it.

// affiliations by the second word of a type of Cursor on Target.
const affiliations = { f: 'own', a: 'own', n: 'neutral', h: 'hostile', s: 'hostile', u: 'unknown', p: 'unknown' };

export const affiliationNames = { own: 'own or friendly', unknown: 'unknown', neutral: 'neutral', hostile: 'called hostile', other: 'something else', alarm: 'call for help' };

const realms = { A: 'in the air', G: 'on the ground', S: 'at sea', U: 'under water', P: 'in space', F: 'special forces' };

export function affiliation(p) {
  if (p.open) return 'alarm';
  const [what, whose] = p.type.split('-');
  return (what === 'a' && affiliations[whose]) || 'other';
}

// described puts a type into words.
export function described(p) {
  if (p.type.startsWith('b-a-o')) return p.open ? 'call for help' : 'call for help, closed';
  const parts = p.type.split('-');
  const where = parts[0] === 'a' ? realms[parts[2]] : undefined;
  return affiliationNames[affiliation(p)] + (where ? ' ' + where : '') + ' (' + p.type + ')';
}

export const named = (p) => p.label || p.id;

export class Picture {
  constructor() {
    this.objects = new Map(); // features by id
    this.changed = new Set(); // ids
    this.replaced = true; // all are new
  }

  // take folds a batch in, and gives the calls for help that were not open before.
  take(features, fresh) {
    const calls = [];
    const before = new Set(this.calls().map((f) => f.id));
    if (fresh) {
      this.objects.clear();
      this.changed.clear();
      this.replaced = true;
    }
    for (const f of features) {
      if (f.properties.open && !before.has(f.id)) calls.push(f);
      if (f.properties.gone) this.objects.delete(f.id);
      else this.objects.set(f.id, f);
      this.changed.add(f.id);
    }
    return calls;
  }

  calls() {
    const open = [];
    for (const f of this.objects.values()) if (f.properties.open) open.push(f);
    return open.sort((a, b) => Date.parse(a.properties.time) - Date.parse(b.properties.time));
  }

  // fade marks what has become stale, or is no longer.
  fade(now) {
    for (const f of this.objects.values()) {
      const stale = !f.properties.open && Date.parse(f.properties.stale) <= now;
      if (stale !== Boolean(f.stale)) {
        f.stale = stale;
        this.changed.add(f.id);
      }
    }
  }

  // drawn is what the map needs of an object, null where it has no place.
  drawn(f) {
    if (!f?.geometry) return null;
    const p = f.properties;
    const kind = affiliation(p);
    const properties = { key: f.id, icon: kind, label: named(p), stale: Boolean(f.stale), order: kind === 'alarm' ? 2 : f.stale ? 0 : 1 };
    if (p.course_deg !== undefined && p.speed_m_s !== 0) properties.course = p.course_deg;
    return { type: 'Feature', id: f.id, geometry: f.geometry, properties };
  }
}
