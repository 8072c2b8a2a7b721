import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Location } from './geo.ts';

interface Point {
  latitude: number;
  longitude: number;
}

/** AWS Regions beyond the estate's own, so that a latency record for a Region about to be added has a distance. */
const OTHER_REGIONS: Record<string, Point> = {
  'ap-northeast-1': { latitude: 35.7, longitude: 139.7 },
  'ap-northeast-2': { latitude: 37.6, longitude: 127.0 },
  'ap-south-1': { latitude: 19.1, longitude: 72.9 },
  'ap-southeast-1': { latitude: 1.35, longitude: 103.8 },
  'ap-southeast-2': { latitude: -33.9, longitude: 151.2 },
  'ca-central-1': { latitude: 45.5, longitude: -73.6 },
  'eu-central-1': { latitude: 50.1, longitude: 8.7 },
  'eu-north-1': { latitude: 59.3, longitude: 18.1 },
  'eu-west-1': { latitude: 53.3, longitude: -6.3 },
  'eu-west-2': { latitude: 51.5, longitude: -0.1 },
  'sa-east-1': { latitude: -23.5, longitude: -46.6 },
  'us-east-1': { latitude: 38.9, longitude: -77.4 },
  'us-east-2': { latitude: 40.0, longitude: -83.0 },
  'us-west-1': { latitude: 37.4, longitude: -122.0 },
  'us-west-2': { latitude: 45.8, longitude: -119.7 },
};

const NORTHERN_VIRGINIA: Point = { latitude: 38.9, longitude: -77.4 };
const EARTH_RADIUS_KM = 6371;

/**
 * Kilometres from a location to a Region: the lab's stand-in for AWS's latency measurements. An unknown location counts as
 * Northern Virginia, an unknown Region as infinitely far.
 */
export function distanceToRegion(estate: Estate): (location: Location | undefined, region: string) => number {
  const regions = new Map(Object.entries(OTHER_REGIONS));
  for (const region of estate.regions)
    regions.set(region.code, { latitude: region.lat, longitude: region.lon });
  return (location, code) => {
    const region = regions.get(code);
    return region ? greatCircleKm(location ?? NORTHERN_VIRGINIA, region) : Number.POSITIVE_INFINITY;
  };
}

/** Haversine formula. */
function greatCircleKm(a: Point, b: Point): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const halfLatitude = Math.sin(radians(b.latitude - a.latitude) / 2);
  const halfLongitude = Math.sin(radians(b.longitude - a.longitude) / 2);
  const chord =
    halfLatitude ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * halfLongitude ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(chord));
}
