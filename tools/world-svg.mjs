// Writes public/world.svg: land and graticule in the projection of components/map/projection.ts.
// Run once with `node tools/world-svg.mjs`; the result is committed, so neither build nor browser needs d3 or an atlas.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { geoPath, geoProjection } from 'd3-geo';
import { feature } from 'topojson-client';

const FRAME = { width: 1000, height: 560, scale: 181.03, x: 449.5, y: 356 };
const MERIDIANS = [-120, -90, -60, -30, 30, 60, 90, 120, 150];
const PARALLELS = [-30, 30, 60];
/** Antarctica lies under the frame; leaving it out saves 3 KB. */
const SOUTHERNMOST_CENTRE = -65;

const millerRaw = (lambda, phi) => [lambda, 1.25 * Math.log(Math.tan(Math.PI / 4 + 0.4 * phi))];
const projection = geoProjection(millerRaw)
  .scale(FRAME.scale)
  .translate([FRAME.x, FRAME.y])
  .precision(0.2)
  .clipExtent([
    [-2, -2],
    [FRAME.width + 2, FRAME.height + 2],
  ]);

const atlas = createRequire(import.meta.url).resolve('world-atlas/land-110m.json');
const topology = JSON.parse(readFileSync(atlas, 'utf8'));
const land = feature(topology, topology.objects.land);
const polygons = land.features
  .flatMap((shape) =>
    shape.geometry.type === 'MultiPolygon' ? shape.geometry.coordinates : [shape.geometry.coordinates],
  )
  .filter(([ring]) => Math.max(...ring.map(([, lat]) => lat)) > SOUTHERNMOST_CENTRE);

const landPath = geoPath(projection).digits(1)({ type: 'MultiPolygon', coordinates: polygons });
const x = (lon) => (FRAME.x + (lon * Math.PI * FRAME.scale) / 180).toFixed(1);
const y = (lat) => (FRAME.y - FRAME.scale * millerRaw(0, (lat * Math.PI) / 180)[1]).toFixed(1);
const graticule = [
  ...MERIDIANS.map((lon) => `M${x(lon)} 0V${FRAME.height}`),
  ...[0, ...PARALLELS].map((lat) => `M0 ${y(lat)}H${FRAME.width}`),
].join('');

const stroke = 'vector-effect="non-scaling-stroke"';
writeFileSync(
  new URL('../public/world.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${FRAME.width} ${FRAME.height}">
<path id="graticule" ${stroke} d="${graticule}"/>
<path id="prime" ${stroke} d="M${x(0)} 0V${FRAME.height}"/>
<path id="land" ${stroke} d="${landPath}"/>
</svg>
`,
);
