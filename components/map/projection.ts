/**
 * Miller cylindrical projection, x = λ, y = 1.25 ln tan(π/4 + 0.4 φ) (O. M. Miller, 1942), in a frame that cuts
 * Antarctica and the empty Pacific. tools/world-svg.mjs draws the land with the same numbers.
 */
export const FRAME = { width: 1000, height: 560, scale: 181.03, x: 449.5, y: 356 } as const;

export interface Coordinates {
  /** Degrees north. */
  lat: number;
  /** Degrees east. */
  lon: number;
}

export interface Point {
  x: number;
  y: number;
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (angle: number) => (angle * 180) / Math.PI;

/** Coordinates to user units of the frame; places beyond its edges (the Aleutians, Fiji) are kept on the edge. */
export function project({ lat, lon }: Coordinates): Point {
  const x = FRAME.x + FRAME.scale * radians(lon);
  const y = FRAME.y - FRAME.scale * 1.25 * Math.log(Math.tan(Math.PI / 4 + 0.4 * radians(lat)));
  return { x: clamp(x, 6, FRAME.width - 6), y: clamp(y, 6, FRAME.height - 6) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

const DAY_MS = 86_400_000;
const J2000_MS = Date.UTC(2000, 0, 1, 12);
const STEP_DEGREES = 3;

/**
 * The sun's declination and the longitude it stands over, degrees. Low-precision formulae of the Astronomical
 * Almanac (0.01° until 2050).
 */
export function subsolarPoint(at: Date): Coordinates {
  const days = (at.getTime() - J2000_MS) / DAY_MS;
  const meanLongitude = 280.46 + 0.9856474 * days;
  const anomaly = radians(357.528 + 0.9856003 * days);
  const ecliptic = radians(meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly));
  const obliquity = radians(23.439 - 0.0000004 * days);
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic));
  const ascension = degrees(Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic)));
  const siderealDegrees = (18.697374558 + 24.06570982441908 * days) * 15;
  const lon = ((((ascension - siderealDegrees) % 360) + 540) % 360) - 180;
  return { lat: degrees(declination), lon };
}

/** The path of the night side. */
export function nightPath(at: Date): string {
  const sun = subsolarPoint(at);
  // On an equinox the terminator is two meridians; a hair off it the formula below still holds.
  const declination = Math.abs(sun.lat) < 0.1 ? 0.1 : sun.lat;
  const points: string[] = [];
  for (let lon = -145; lon <= 178; lon += STEP_DEGREES) {
    const lat = degrees(Math.atan(-Math.cos(radians(lon - sun.lon)) / Math.tan(radians(declination))));
    const x = FRAME.x + FRAME.scale * radians(lon);
    points.push(`${x.toFixed(1)} ${project({ lat, lon }).y.toFixed(1)}`);
  }
  const pole = declination > 0 ? FRAME.height + 2 : -2;
  return `M-10 ${pole}L${points.join('L')}L1010 ${pole}Z`;
}

/** A quadratic curve between two points; `bow` is its height over the chord's length, positive to the south. */
export interface Curve {
  from: Point;
  control: Point;
  to: Point;
}

export function curve(from: Point, to: Point, bow: number): Curve {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  // Perpendicular to the chord, on the southern side; for a north-south chord, the eastern.
  const flip = to.x >= from.x ? 1 : -1;
  const normal =
    length === 0
      ? { x: 0, y: 0 }
      : { x: (-(to.y - from.y) / length) * flip, y: ((to.x - from.x) / length) * flip };
  const lift = bow * length * 2;
  return { from, to, control: { x: middle.x + normal.x * lift, y: middle.y + normal.y * lift } };
}

export function curvePath({ from, control, to }: Curve): string {
  const text = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return `M${text(from)}Q${text(control)} ${text(to)}`;
}

/** The point at `t` of 0…1. */
export function along({ from, control, to }: Curve, t: number): Point {
  const rest = 1 - t;
  return {
    x: rest * rest * from.x + 2 * rest * t * control.x + t * t * to.x,
    y: rest * rest * from.y + 2 * rest * t * control.y + t * t * to.y,
  };
}
