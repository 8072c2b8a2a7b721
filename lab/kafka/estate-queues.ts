import { createHash } from 'node:crypto';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';

/** Topics that the document mirrors to every Region. */
export const TOPICS = ['order-events', 'customer-events'];

export interface QueueCluster {
  region: Region;
  name: string;
  arn: string;
}

/** Runs in the target's Region, as on AWS. */
export interface Replicator {
  name: string;
  arn: string;
  source: QueueCluster;
  target: QueueCluster;
}

/** One cluster in each Region that has brokers. */
export function clustersOf(estate: Estate): QueueCluster[] {
  return estate.regions
    .filter(({ queueBrokers }) => queueBrokers > 0)
    .map((region) => {
      const name = `${estate.estate}-${region.code}`;
      return { region, name, arn: arnOf(estate, region.code, 'cluster', name) };
    });
}

/** From the Region of the primary database to each other: one way, as the document has it (aws-facts R-16). */
export function replicatorsOf(estate: Estate): Replicator[] {
  const clusters = clustersOf(estate);
  const source = clusters.find(({ region }) => region.database.role === 'primary');
  if (!source) return [];
  return clusters
    .filter((target) => target !== source)
    .map((target) => {
      const name = `${estate.estate}-${source.region.code}-to-${target.region.code}`;
      return { name, source, target, arn: arnOf(estate, target.region.code, 'replicator', name) };
    });
}

/** MSK puts a UUID and a number behind the name; here they follow from it. */
function arnOf({ account }: Estate, region: string, kind: 'cluster' | 'replicator', name: string): string {
  const hash = createHash('sha256').update(`${kind}/${name}`).digest('hex');
  const uuid = hash.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  return `arn:aws:kafka:${region}:${account}:${kind}/${name}/${uuid}-${1 + (Number.parseInt(hash.slice(-2), 16) % 25)}`;
}
