// The lists beside the map.
import { affiliationNames, described, named } from './picture.js';
import { symbolURL } from './map.js';

const by = (id) => document.getElementById(id);

const most = 100; // objects in the list

export function element(name, text, attributes = {}) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}

// ago puts a time into words.
export function ago(time, now) {
  const s = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (s < 90) return `${s} s ago`;
  if (s < 5400) return `${Math.round(s / 60)} min ago`;
  if (s < 172800) return `${Math.round(s / 3600)} h ago`;
  return `${Math.round(s / 86400)} days ago`;
}

const place = (f) => f.geometry ? `${f.geometry.coordinates[1].toFixed(5)}, ${f.geometry.coordinates[0].toFixed(5)}` : 'place not known';

export class Panel {
  // on.choose(id), on.close(feature), on.leave()
  constructor(picture, on) {
    this.picture = picture;
    this.on = on;
    this.operates = false;
    this.now = Date.now();
    by('filter').addEventListener('input', () => this.objects());
    by('selected-close').addEventListener('click', () => on.leave());
    for (const id of ['objects-list', 'calls-list']) by(id).addEventListener('keydown', (e) => this.walk(e));
  }

  // walk moves along a list by the arrow keys.
  walk(e) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const buttons = [...e.currentTarget.querySelectorAll('button')];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (next) next.focus();
    e.preventDefault();
  }

  // refill changes a list, keeps the focus on who had it, and leaves the list
  // alone where nothing has changed.
  refill(list, rows, same) {
    if (list.dataset.same === same) return;
    list.dataset.same = same;
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    list.replaceChildren(...rows());
    if (held) [...list.querySelectorAll('button')].find((b) => b.dataset.key === held)?.focus();
  }

  all(now) {
    this.now = now;
    this.calls();
    this.objects();
    this.details();
  }

  calls() {
    const open = this.picture.calls();
    by('calls').classList.toggle('open', open.length > 0);
    by('calls-count').textContent = open.length;
    by('calls-none').hidden = open.length > 0;
    document.title = open.length ? `(${open.length}) call for help - Vedette` : 'Vedette';
    const rows = () => open.map((f) => this.call(f));
    this.refill(by('calls-list'), rows, JSON.stringify([this.operates, open.map((f) => [f.id, place(f), named(f.properties), ago(f.properties.time, this.now)])]));
  }

  call(f) {
    const row = element('li');
    const show = element('button', `${named(f.properties)}: call for help`, { type: 'button' });
    show.dataset.key = 'show ' + f.id;
    show.addEventListener('click', () => this.on.choose(f.id));
    row.append(show, element('small', `${place(f)}, ${ago(f.properties.time, this.now)}`));
    if (this.operates) {
      const act = element('div', undefined, { class: 'act' });
      const close = element('button', 'Close with an outcome', { type: 'button' });
      close.dataset.key = 'close ' + f.id;
      close.addEventListener('click', () => this.on.close(f));
      act.append(close);
      row.append(act);
    }
    return row;
  }

  objects() {
    const wanted = by('filter').value.trim().toLowerCase();
    const found = [];
    for (const f of this.picture.objects.values()) {
      const p = f.properties;
      if (!wanted || `${p.label || ''} ${p.id} ${p.type} ${p.source}`.toLowerCase().includes(wanted)) found.push(f);
    }
    found.sort((a, b) => named(a.properties).localeCompare(named(b.properties)) || (a.id < b.id ? -1 : 1));
    by('objects-count').textContent = found.length;
    by('objects-more').hidden = found.length <= most;
    by('objects-more').textContent = `${found.length - most} more: type to find them.`;
    const shown = found.slice(0, most);
    const rows = () => shown.map((f) => this.object(f));
    this.refill(by('objects-list'), rows, JSON.stringify(shown.map((f) => [f.id, f.stale, f.properties.label, f.properties.type, f.properties.open])));
  }

  object(f) {
    const row = element('li', undefined, f.stale ? { class: 'stale' } : {});
    const button = element('button', undefined, { type: 'button' });
    button.dataset.key = f.id;
    button.append(element('span', named(f.properties)), ' ', element('small', described(f.properties) + (f.stale ? ', not current' : '')));
    button.addEventListener('click', () => this.on.choose(f.id));
    row.append(button);
    return row;
  }

  // select shows what is known of an object; null shows nothing.
  select(id) {
    this.selected = id;
    by('selected').hidden = !id;
    this.details();
  }

  details() {
    if (!this.selected) return;
    const f = this.picture.objects.get(this.selected);
    by('selected-title').textContent = f ? named(f.properties) : 'No longer here';
    by('selected-list').replaceChildren(...(f ? this.facts(f) : []).flatMap(([term, text]) => [element('dt', term), element('dd', text)]));
  }

  facts(f) {
    const p = f.properties;
    const facts = [
      ['what', described(p)], ['place', place(f)], ['heard', ago(p.received, this.now) + (f.stale ? ', not current' : '')],
      ['source', p.source], ['identity', p.id], ['vouched for', p.trust === 'unauthenticated' ? 'by nobody' : `${p.trust}${p.by ? ' of ' + p.by : ''}`],
    ];
    const numbers = { speed_m_s: ['speed', 'm/s'], course_deg: ['course', '° true'], hae_m: ['height', 'm above the ellipsoid'], ce_m: ['error', 'm'], skew_s: ['clock ahead by', 's'] };
    for (const [key, [term, unit]] of Object.entries(numbers)) if (p[key] !== undefined) facts.push([term, `${+p[key].toFixed(1)} ${unit}`]);
    for (const [key, value] of Object.entries(p.props || {})) facts.push([key.replaceAll('_', ' '), value]);
    if (p.late) facts.push(['late', 'it came after a newer one']);
    if (p.closed) facts.push(['closed', p.closed]);
    return facts;
  }

  feeds(feeds) {
    by('feeds-none').hidden = feeds.length > 0;
    by('feeds-list').replaceChildren(...feeds.map((f) => {
      const row = element('li');
      const last = f.last ? `last heard ${ago(f.last, this.now)}` : 'nothing heard yet';
      row.append(element('strong', f.name), ' ', element('span', f.state, { class: 'badge' }), ' ', element('small', `${f.kind}, ${f.in} in, ${last}${f.error ? ': ' + f.error : ''}`));
      return row;
    }));
  }

  about(area) {
    by('area-name').textContent = area.vedette.name || '';
    const note = area.vedette.note || '';
    by('about-note').textContent = (area.vedette.illustrative && !/^illustrative/i.test(note) ? 'Illustrative. ' : '') + note;
    by('legend').replaceChildren(...Object.entries(affiliationNames).map(([kind, text]) => {
      const row = element('li');
      row.append(element('img', undefined, { src: symbolURL(kind), alt: '' }), text);
      return row;
    }));
  }
}

