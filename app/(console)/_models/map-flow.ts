import type { MapFlow } from '#components/map/model.ts';
import type { CityFlow } from '#lib/domain/traffic/city-flows.ts';

/** A flow as the map draws it, of that share of all requests; `part` of it, 0–1, is moved by something. */
export function mapFlow(
  { city, lat, lon, region }: CityFlow,
  share: number | null,
  { by, part }: { by: string; part: number },
): MapFlow {
  return {
    city,
    lat,
    lon,
    region,
    share,
    ...(part > 0 ? { moved: { by, share: share === null ? null : share * part } } : {}),
  };
}
