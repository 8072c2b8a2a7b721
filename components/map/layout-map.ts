import { EMPTY, formatShare, NBSP } from '#components/ui/format.ts';
import type { MapLayer, MapLink, MapModel, MapRegion } from './model.ts';
import { around, type Box, type LabelRequest, placeLabels } from './place-labels.ts';
import { along, type Curve, curve, FRAME, type Point, project } from './projection.ts';

/** Up to so many Regions a pin says everything; up to so many it says code and share; beyond, the code alone. */
const FULL_PINS = 5;
const BRIEF_PINS = 8;
const NARROW = 560;
const CHAR = 6.7;
const SMALL_CHAR = 5.9;

interface DrawnFlow {
  id: string;
  curve: Curve;
  width: number;
  moved: boolean;
  /** False where nobody knows how much flows there. */
  known: boolean;
}

interface DrawnLink {
  link: MapLink;
  curve: Curve;
}

export type PinSize = 'full' | 'brief' | 'compact';

export interface MapLayout {
  flows: readonly DrawnFlow[];
  links: readonly DrawnLink[];
  cities: readonly Point[];
  regions: readonly { region: MapRegion; point: Point }[];
  pins: PinSize;
  /** Too little room for details and a legend. */
  narrow: boolean;
  boxes: ReadonlyMap<string, Box>;
  moved: { text: string; operation: string } | null;
}

const MIN_STROKE = 1.3;
const STROKE_PER_SHARE = 26;
const UNKNOWN_STROKE = 1;
const strokeOf = (share: number | null) =>
  share === null ? UNKNOWN_STROKE : Math.min(7, MIN_STROKE + share * STROKE_PER_SHARE);

/** Longer paths bow further; the long ones south, where there is more sea. */
function linkBow(from: Point, to: Point): number {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return length > 420 ? 0.12 : length > 260 ? 0.05 : 0.09;
}

/** Everything the map draws, in user units of the frame, and where each label stands, in pixels at `width`. */
export function layoutMap(model: MapModel, width: number, layers: ReadonlySet<MapLayer>): MapLayout {
  const ratio = width / FRAME.width;
  const frame = { width, height: FRAME.height * ratio };
  const narrow = width < NARROW;
  const points = new Map(model.regions.map((region) => [region.code, project(region)]));
  const flows = layers.has('traffic')
    ? model.flows.flatMap((flow): DrawnFlow[] => {
        const to = points.get(flow.region);
        if (to === undefined || (flow.share !== null && flow.share <= 0)) return [];
        const id = `${flow.city}→${flow.region}`;
        const moved = flow.moved !== undefined;
        const drawn = curve(project(flow), to, moved ? -0.2 : -0.12);
        return [{ id, curve: drawn, width: strokeOf(flow.share), moved, known: flow.share !== null }];
      })
    : [];
  const links = layers.has('replication')
    ? model.links.flatMap((link): DrawnLink[] => {
        const [from, to] = [points.get(link.from), points.get(link.to)];
        return from === undefined || to === undefined
          ? []
          : [{ link, curve: curve(from, to, linkBow(from, to)) }];
      })
    : [];
  const moved = layers.has('traffic') ? movedLabel(model) : null;
  const count = model.regions.length;
  const pins: PinSize = narrow || count > BRIEF_PINS ? 'compact' : count > FULL_PINS ? 'brief' : 'full';
  const scaled = ({ x, y }: Point) => ({ x: x * ratio, y: y * ratio });

  const requests: LabelRequest[] = [];
  for (const region of model.regions.toSorted((a, b) => (b.share.value ?? 0) - (a.share.value ?? 0))) {
    const { x, y } = scaled(project(region));
    const size = pinSize(region, pins);
    const candidates = around(x, y, size, pins === 'compact' ? [11, 18, 28] : [13, 20, 32, 52, 80, 120]);
    requests.push({ id: `pin:${region.code}`, ...size, candidates, optional: false });
  }
  const topMoved = flows.filter((flow) => flow.moved).toSorted((a, b) => b.width - a.width)[0];
  if (moved !== null && topMoved !== undefined) {
    const size = {
      width: (narrow ? moved.text : `${moved.text} moved by ${moved.operation}`).length * SMALL_CHAR + 16,
      height: 18,
    };
    requests.push({
      id: 'moved',
      ...size,
      candidates: onCurve(topMoved.curve, size, ratio),
      optional: false,
    });
  }
  for (const { link, curve: path } of links) {
    const text = narrow || link.detail === undefined ? link.figure : `${link.figure} ${link.detail}`;
    const size = { width: text.length * SMALL_CHAR + 30, height: 18 };
    requests.push({
      id: `link:${link.id}`,
      ...size,
      candidates: onCurve(path, size, ratio),
      optional: false,
    });
  }
  if (!narrow && layers.has('traffic'))
    for (const geography of model.geographies) {
      const { x, y } = scaled(project(geography));
      const size = { width: Math.max(geography.name.length * SMALL_CHAR, 96), height: 32 };
      const centre = { left: x - size.width / 2, top: y - 16, distance: 0 };
      const candidates = [centre, ...around(x, y, size, [12, 24, 48, 80])];
      requests.push({ id: `geo:${geography.key}`, ...size, candidates, optional: true });
    }

  const dots = model.regions.map((region): Box => {
    const { x, y } = scaled(project(region));
    return { left: x - 9, top: y - 9, width: 18, height: 18 };
  });
  const furniture: Box[] = [
    { left: 0, top: 0, width: 240, height: 44 },
    ...(narrow ? [] : [{ left: 0, top: frame.height - 32, width: Math.min(width, 640), height: 32 }]),
  ];
  return {
    flows,
    links,
    cities: layers.has('traffic') ? uniquePoints(model) : [],
    regions: model.regions.map((region) => ({ region, point: project(region) })),
    pins,
    narrow,
    boxes: placeLabels(requests, {
      obstacles: [...dots, ...furniture],
      lines: samples(flows, links, ratio),
      frame,
    }),
    moved,
  };
}

function pinSize(region: MapRegion, pins: PinSize): { width: number; height: number } {
  const code = region.code.length * CHAR;
  if (pins === 'compact') return { width: code * 0.92 + 14, height: 21 };
  if (pins === 'brief') return { width: code + 66, height: 26 };
  return { width: Math.max(code, region.capabilities.length * SMALL_CHAR, 108) + 18, height: 61 };
}

function movedLabel(model: MapModel): MapLayout['moved'] {
  const moves = model.flows.flatMap(({ share, moved }) =>
    moved === undefined || share === 0 ? [] : [moved],
  );
  const operation = moves[0]?.by;
  if (operation === undefined) return null;
  const known = moves.flatMap(({ share }) => share ?? []);
  const share = known.reduce((sum, part) => sum + part, 0);
  return { text: `${known.length < moves.length ? EMPTY : formatShare(share)}${NBSP}%`, operation };
}

function uniquePoints(model: MapModel): Point[] {
  const byCity = new Map(model.flows.map((flow) => [flow.city, project(flow)]));
  return [...byCity.values()];
}

const SAMPLES = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);

/** Points of every drawn line, in pixels. Replication counts three times: it is what the map is read for. */
function samples(flows: readonly DrawnFlow[], links: readonly DrawnLink[], ratio: number) {
  const of = (curve: Curve, id: string) =>
    SAMPLES.map((t) => {
      const { x, y } = along(curve, t);
      return { x: x * ratio, y: y * ratio, id };
    });
  return [
    ...flows.flatMap((flow) => of(flow.curve, flow.moved ? 'moved' : flow.id)),
    ...links.flatMap(({ link, curve: path }) => {
      const points = of(path, `link:${link.id}`);
      return [...points, ...points, ...points];
    }),
  ];
}

/** Label corners along a curve, its middle first, then beside it. */
function onCurve(path: Curve, size: { width: number; height: number }, ratio: number) {
  const stops = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74];
  return [0, -16, 16, -30, 30].flatMap((shift) =>
    stops.map((t) => {
      const { x, y } = along(path, t);
      const distance = Math.abs(shift) + Math.abs(t - 0.5) * 60;
      return { left: x * ratio - size.width / 2, top: y * ratio - size.height / 2 + shift, distance };
    }),
  );
}
