import type { LabContext } from '#lab/kernel/context.ts';
import type { Region } from '#lib/domain/estate/estate.ts';
import type { DatastoreRecord, GroupRecord } from './records.ts';

/** What ElastiCache puts before the names of global datastores made in us-east-1. */
const ID_PREFIX = 'ldgnf';
const CART_NODES = 2;
/** One primary and up to two secondaries (aws-facts B-11). */
const MOST_MEMBERS = 3;

/**
 * The document's cluster in each Region as it can exist on AWS (aws-facts B-12): a member of one global datastore with the
 * document's nodes, and a small group beside it for carts, which are not to be replicated.
 */
export function seedCaches(ctx: LabContext): {
  groups: GroupRecord[];
  datastore: DatastoreRecord | undefined;
} {
  const { estate } = ctx;
  const createdAtMs = ctx.clock.now();
  const datastoreId = `${ID_PREFIX}-${estate.estate}`;
  const cached = estate.regions.filter(({ cacheNodes }) => cacheNodes > 0);
  const home = cached.find(({ database }) => database.role === 'primary');
  const joining = home ? [home, ...cached.filter((region) => region !== home)].slice(0, MOST_MEMBERS) : [];

  const member = (region: Region): GroupRecord => ({
    region: region.code,
    id: `${estate.estate}-global-${region.code}`,
    purpose: 'replicated',
    description: 'Sessions, catalogue, preferences',
    nodes: region.cacheNodes,
    membership: joining.includes(region)
      ? { datastoreId, role: region === home ? 'PRIMARY' : 'SECONDARY' }
      : undefined,
    createdAtMs,
  });
  const carts = ({ code }: Region): GroupRecord => ({
    region: code,
    id: `${estate.estate}-cart-${code}`,
    purpose: 'carts',
    description: 'Carts of this Region only',
    nodes: CART_NODES,
    createdAtMs,
  });
  return {
    groups: cached.flatMap((region) => [member(region), carts(region)]),
    datastore: joining.length > 1 ? { id: datastoreId, description: estate.title } : undefined,
  };
}
