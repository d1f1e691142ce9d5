// Reads a tile with the reader of the tiles' authors.
import { readFileSync } from 'node:fs';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader as Pbf } from 'pbf';

const layer = new VectorTile(new Pbf(readFileSync(process.argv[2]))).layers.objects;
const points = [];
for (let i = 0; i < layer.length; i++) {
  const f = layer.feature(i);
  const [lon, lat] = f.toGeoJSON(629, 408, 10).geometry.coordinates;
  points.push({ lon, lat, props: f.properties, extent: layer.extent });
}
console.log(JSON.stringify(points, null, 1));
