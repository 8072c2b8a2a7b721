import { type Estate, findRegion } from '#lib/domain/estate/estate.ts';

const EARTH_RADIUS_KM = 6371;
const FIBRE_KM_PER_MS = 200;
/** How much longer cables are than great circles; the estate's three measured pairs give 1.36–1.42. */
const CABLE_DETOUR = 1.4;

/**
 * Round trip between two Regions, ms: the estate's peering or distance when it states one, else the great circle at
 * the speed of light in fibre, times the detour of real cables. Zero within a Region.
 */
export function roundTripMs(estate: Estate, from: string, to: string): number {
  if (from === to) return 0;
  const stated = [...estate.peerings, ...estate.distances].find(
    ({ between }) => between.includes(from) && between.includes(to),
  );
  return stated?.rttMs ?? estimatedRoundTripMs(estate, from, to);
}

function estimatedRoundTripMs(estate: Estate, from: string, to: string): number {
  const here = findRegion(estate, from);
  const there = findRegion(estate, to);
  if (!here || !there)
    throw new Error(`No distance between ${from} and ${to}: name both under regions in the estate.`);
  return (2 * greatCircleKm(here, there) * CABLE_DETOUR) / FIBRE_KM_PER_MS;
}

interface Place {
  lat: number;
  lon: number;
}

function greatCircleKm(a: Place, b: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const haversine =
    Math.sin(radians(b.lat - a.lat) / 2) ** 2 +
    Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(haversine));
}
