// The map: the area as designed, quiet outlines around it, and the objects.
import * as maplibre from './lib/maplibre-gl.mjs';

maplibre.setWorkerUrl('/ui/lib/maplibre-gl-worker.mjs');

const names = ['ground', 'ink', 'quiet', 'land', 'coast', 'frontier', 'barrier', 'road', 'water', 'zone', 'own', 'unknown', 'neutral', 'hostile', 'other', 'alarm', 'halo'];

function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((n) => [n, style.getPropertyValue('--' + n).trim()]));
}

const side = 32;

// outlinesOf are the shapes of symbols: whose something is can be told without
// colours.
const outlinesOf = {
  own: (c) => c.rect(5, 9, 22, 14),
  unknown: (c) => c.arc(16, 16, 10, 0, 2 * Math.PI),
  neutral: (c) => c.rect(7, 7, 18, 18),
  hostile: (c) => polygon(c, [[16, 4], [28, 16], [16, 28], [4, 16]]),
  other: (c) => c.arc(16, 16, 5, 0, 2 * Math.PI),
  alarm: (c) => polygon(c, [[16, 2], [20, 11], [30, 12], [22, 19], [25, 29], [16, 23], [7, 29], [10, 19], [2, 12], [12, 11]]),
  site: (c) => polygon(c, [[16, 5], [26, 26], [6, 26]]),
  base: (c) => polygon(c, [[6, 14], [16, 6], [26, 14], [26, 26], [6, 26]]),
  gate: (c) => polygon(c, [[6, 26], [6, 8], [26, 8], [26, 26], [20, 26], [20, 14], [12, 14], [12, 26]]),
  protected: (c) => polygon(c, [[13, 5], [19, 5], [19, 13], [27, 13], [27, 19], [19, 19], [19, 27], [13, 27], [13, 19], [5, 19], [5, 13], [13, 13]]),
  course: (c) => polygon(c, [[16, 0], [20, 7], [12, 7]]),
};

const filled = { site: 'quiet', base: 'quiet', gate: 'quiet', protected: 'neutral', course: 'ink' };

function polygon(c, points) {
  c.moveTo(...points[0]);
  for (const p of points.slice(1)) c.lineTo(...p);
  c.closePath();
}

// symbol draws one shape, in twice the size for sharp screens.
function symbol(name, colour) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 2 * side;
  const c = canvas.getContext('2d');
  c.scale(2, 2);
  c.beginPath();
  outlinesOf[name](c);
  c.lineJoin = 'round';
  c.lineWidth = 5;
  c.strokeStyle = colour.halo;
  c.stroke();
  c.fillStyle = colour[filled[name] || name];
  c.fill();
  c.lineWidth = 1.5;
  c.strokeStyle = colour.ink;
  c.stroke();
  return canvas;
}

// symbolURL gives a symbol for the legend.
export const symbolURL = (name) => symbol(name, colours()).toDataURL();

const is = (...kinds) => ['in', ['get', 'kind'], ['literal', kinds]];

function label(colour) {
  return { 'text-color': colour.ink, 'text-halo-color': colour.halo, 'text-halo-width': 1.5 };
}

function layers(c) {
  const text = { 'text-field': ['get', 'name'], 'text-font': ['sans-serif'], 'text-size': 11, 'text-offset': [0, 1.3], 'text-anchor': 'top', 'text-optional': true };
  const icons = { 'icon-size': 0.8, 'icon-allow-overlap': true };
  return [
    { id: 'background', type: 'background', paint: { 'background-color': c.ground } },
    { id: 'land', type: 'fill', source: 'outlines', paint: { 'fill-color': c.land } },
    { id: 'coast', type: 'line', source: 'outlines', paint: { 'line-color': c.coast, 'line-width': 1 } },
    { id: 'zones', type: 'fill', source: 'area', filter: is('zone', 'control'), paint: { 'fill-color': c.zone, 'fill-opacity': 0.12 } },
    { id: 'waters', type: 'line', source: 'area', filter: is('water'), paint: { 'line-color': c.water, 'line-width': 3 } },
    { id: 'roads', type: 'line', source: 'area', filter: is('road'), paint: { 'line-color': c.road, 'line-width': 1.5 } },
    { id: 'patrols', type: 'line', source: 'area', filter: is('patrol'), paint: { 'line-color': c.own, 'line-width': 1, 'line-dasharray': [2, 3] } },
    { id: 'barriers', type: 'line', source: 'area', filter: is('barrier'), paint: { 'line-color': c.barrier, 'line-width': 2.5, 'line-dasharray': [1, 0.6] } },
    { id: 'frontier', type: 'line', source: 'area', filter: is('frontier'), paint: { 'line-color': c.frontier, 'line-width': 3 } },
    { id: 'places', type: 'symbol', source: 'area', filter: is('site', 'base', 'gate', 'protected'), layout: { ...text, ...icons, 'icon-image': ['get', 'kind'] }, paint: label(c) },
    { id: 'loud', type: 'circle', source: 'objects', filter: ['==', ['get', 'icon'], 'alarm'], paint: { 'circle-radius': 26, 'circle-color': c.alarm, 'circle-opacity': 0.25, 'circle-stroke-color': c.alarm, 'circle-stroke-width': 3 } },
    { id: 'chosen', type: 'circle', source: 'objects', filter: ['==', ['get', 'key'], ''], paint: { 'circle-radius': 18, 'circle-opacity': 0, 'circle-stroke-color': c.ink, 'circle-stroke-width': 2.5 } },
    { id: 'courses', type: 'symbol', source: 'objects', filter: ['has', 'course'], layout: { 'icon-image': 'course', 'icon-rotate': ['get', 'course'], 'icon-rotation-alignment': 'map', 'icon-allow-overlap': true, 'icon-ignore-placement': true }, paint: { 'icon-opacity': ['case', ['get', 'stale'], 0.35, 1] } },
    { id: 'objects', type: 'symbol', source: 'objects', layout: { ...text, ...icons, 'text-field': ['get', 'label'], 'icon-image': ['get', 'icon'], 'symbol-sort-key': ['get', 'order'], 'text-font': ['sans-serif'] }, paint: { ...label(c), 'icon-opacity': ['case', ['get', 'stale'], 0.35, 1], 'text-opacity': ['case', ['get', 'stale'], 0.5, 1] } },
  ];
}

const none = () => ({ type: 'FeatureCollection', features: [] });

// Watch is the map with its objects.
export class Watch {
  constructor(element, area, picture) {
    this.picture = picture;
    this.area = area;
    this.outlines = none();
    const box = area.vedette.box;
    this.map = new maplibre.Map({
      container: element, style: this.style(), bounds: [[box[0], box[1]], [box[2], box[3]]], fitBoundsOptions: { padding: 20 },
      attributionControl: { compact: true, customAttribution: (area.vedette.attribution || []).map(escaped) },
      locale: { 'Map.Title': 'Map. Arrow keys move it, plus and minus zoom.' }, dragRotate: false, pitchWithRotate: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }));
    this.map.addControl(new maplibre.ScaleControl());
    this.map.on('styleimagemissing', () => this.symbols());
    this.map.on('style.load', () => this.symbols());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.restyle());
  }

  style() {
    return {
      version: 8, name: 'Vedette',
      sources: {
        outlines: { type: 'geojson', data: this.outlines },
        area: { type: 'geojson', data: { type: 'FeatureCollection', features: this.area.features.map(plain) } },
        objects: { type: 'geojson', data: none(), promoteId: 'key' },
      },
      layers: layers(colours()),
    };
  }

  symbols() {
    const c = colours();
    for (const name of Object.keys(outlinesOf)) {
      if (this.map.hasImage(name)) continue;
      const canvas = symbol(name, c);
      this.map.addImage(name, canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: 2 });
    }
  }

  // restyle draws everything anew, in the colours of the moment.
  restyle() {
    this.map.setStyle(this.style(), { diff: false });
    this.picture.replaced = true;
    this.map.once('style.load', () => { this.draw(); this.choose(this.chosen || ''); });
  }

  background(outlines) {
    this.outlines = outlines;
    this.map.getSource('outlines')?.setData(outlines);
  }

  // draw gives the map what has changed.
  draw() {
    const source = this.map.getSource('objects');
    const { picture } = this;
    if (!source || (!picture.replaced && picture.changed.size === 0)) return;
    if (picture.replaced) {
      source.setData({ type: 'FeatureCollection', features: [...picture.objects.values()].map((f) => picture.drawn(f)).filter(Boolean) });
    } else {
      const diff = { add: [], remove: [] };
      for (const id of picture.changed) {
        const drawn = picture.drawn(picture.objects.get(id));
        if (drawn) diff.add.push(drawn);
        else diff.remove.push(id);
      }
      source.updateData(diff);
    }
    picture.replaced = false;
    picture.changed.clear();
  }

  choose(id) {
    this.chosen = id;
    if (this.map.getLayer('chosen')) this.map.setFilter('chosen', ['==', ['get', 'key'], id]);
  }

  show(feature) {
    if (feature.geometry) this.map.easeTo({ center: feature.geometry.coordinates, zoom: Math.max(this.map.getZoom(), 11), duration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 400 });
  }

  onPick(pick) {
    this.map.on('click', 'objects', (e) => pick(e.features[0].properties.key));
    this.map.on('mouseenter', 'objects', () => { this.map.getCanvas().style.cursor = 'pointer'; });
    this.map.on('mouseleave', 'objects', () => { this.map.getCanvas().style.cursor = ''; });
  }

  // middle is the longitude and latitude at the middle of the map.
  middle() {
    return this.map.getCenter().toArray();
  }

  focus() {
    this.map.getCanvas().focus();
  }
}

// plain keeps of an area's feature what is drawn.
const plain = (f) => ({ type: 'Feature', geometry: f.geometry, properties: { kind: f.properties.kind, name: f.properties.name || f.properties.id } });

// escaped makes text safe where MapLibre takes markup.
function escaped(text) {
  const e = document.createElement('span');
  e.textContent = text;
  return e.innerHTML;
}
