import type { DatabaseStatus, LabStatus, LinkStatus, RegionStatus } from '#lab/admin/status.ts';
import type { ChaosState } from '#lab/kernel/chaos.ts';
import { table } from './table.ts';

/** The lab's state for a terminal. */
export function statusText(status: LabStatus): string {
  return [
    heading(status),
    section('Regions', regionTable(status)),
    section('Links', linkTable(status.links)),
    section('Switches', switchesText(status.regions)),
    section(`DNS  ${status.dns.originName} at ${status.dns.address}`, dnsTable(status)),
    section('Shoppers', shoppersText(status)),
    section('Faults in force', chaosText(status.chaos)),
  ].join('\n\n');
}

const section = (title: string, body: string): string => `${title}\n${indent(body)}`;
const indent = (text: string): string => text.replace(/^/gm, '  ');

function heading(status: LabStatus): string {
  const up = duration(Date.parse(status.at) - Date.parse(status.startedAt));
  const calls = Object.values(status.api).reduce((sum, { calls }) => sum + calls, 0);
  const faults = Object.values(status.api).reduce((sum, one) => sum + one.faults, 0);
  return [
    `${status.estate}: lab, up ${up}, AWS waits ${status.timeScale} times faster, seed ${status.seed}`,
    `AWS API ${status.gatewayUrl} (account ${status.account}): ${calls} calls, ${faults} refused`,
  ].join('\n');
}

function regionTable({ regions }: LabStatus): string {
  return table(
    [
      { title: 'Region' },
      { title: 'State' },
      { title: 'Requests/s', align: 'right' },
      { title: 'Errors', align: 'right' },
      { title: 'p95', align: 'right' },
      { title: 'Database' },
      { title: 'Cache' },
      { title: 'Nodes', align: 'right' },
      { title: 'Shop' },
    ],
    regions.map((region) => [
      region.code,
      region.outage ? `OUT (${region.outage})` : 'up',
      region.shop.requestsPerSecond.toFixed(1),
      percent(region.shop.errorShare),
      region.shop.p95Ms === null ? '–' : `${region.shop.p95Ms.toFixed(0)} ms`,
      region.databases.map(databaseText).join(', ') || 'none',
      region.cache ?? 'none',
      `${region.kubernetes.readyNodes}/${region.kubernetes.totalNodes}`,
      shopText(region),
    ]),
  );
}

function databaseText({ role, state, lagSeconds }: DatabaseStatus): string {
  if (state !== 'running') return `${role}, ${state}`;
  return role === 'replica' && lagSeconds !== null ? `${role}, ${lagText(lagSeconds)}` : role;
}

/** RDS reports -1 when it cannot tell, which is when nothing arrives. */
const lagText = (seconds: number): string =>
  seconds < 0 ? 'cut off from its source' : `${seconds.toFixed(1)} s behind`;

function shopText({ kubernetes }: RegionStatus): string {
  return `${kubernetes.version ?? 'no version'}, ${kubernetes.readyPods} pods`;
}

function linkTable(links: LinkStatus[]): string {
  return table(
    [{ title: 'From' }, { title: 'To' }, { title: 'Round trip', align: 'right' }, { title: 'State' }],
    links.map((link) => [link.from, link.to, roundTrip(link), linkState(link)]),
  );
}

const roundTrip = ({ rttMs, extraRttMs }: LinkStatus): string =>
  extraRttMs > 0 ? `${rttMs} + ${extraRttMs} ms` : `${rttMs} ms`;

function linkState({ mode, routed }: LinkStatus): string {
  if (mode !== 'up') return mode === 'blackhole' ? 'CUT (packets vanish)' : 'CUT (connections reset)';
  return routed ? 'up' : 'no route: replication only';
}

/** Who takes whom out of DNS by an object in its switch bucket. */
function switchesText(regions: RegionStatus[]): string {
  const lines = regions
    .filter(({ switchedOff }) => switchedOff.length > 0)
    .map(({ code, switchedOff }) => `${code} switches off ${switchedOff.join(', ')}`);
  return lines.join('\n') || 'no Region is switched off';
}

function dnsTable({ dns, regions }: LabStatus): string {
  return table(
    [
      { title: 'Geography' },
      ...regions.map(({ code }) => ({ title: code, align: 'right' as const })),
      { title: 'Answer now' },
    ],
    dns.geographies.map(({ name, weights, answer }) => [
      name,
      ...regions.map(({ code }) => String(weights[code] ?? '–')),
      answer ?? 'none',
    ]),
  );
}

function shoppersText({ shoppers, chaos }: LabStatus): string {
  if (!shoppers) return 'do not report';
  const shares = Object.entries(shoppers.shareByRegion)
    .map(([region, share]) => `${region} ${percent(share)}`)
    .join(', ');
  const { acknowledged, missing } = shoppers.orders;
  const lost = missing === null ? 'nobody can be asked which are there' : `${missing} of them missing now`;
  return [
    `${shoppers.requestsPerSecond.toFixed(1)} requests/s of ${chaos.shopperRate} wanted; answered by ${shares || 'nobody'}`,
    `${shoppers.total.requests} requests, ${shoppers.total.errors} errors; ${acknowledged} orders acknowledged, ${lost}`,
  ].join('\n');
}

/** One line a fault. */
export function chaosText(chaos: ChaosState): string {
  const lines = [
    ...Object.entries(chaos.outages).map(([region, mode]) => `outage of ${region} (${mode})`),
    ...(chaos.route53ControlPlane === 'down' ? ['Route 53 control plane down'] : []),
    ...Object.entries(chaos.links)
      .filter(([, link]) => link.mode !== 'up' || link.extraRttMs > 0)
      .map(
        ([pair, link]) =>
          `link ${pair.replace('>', ' to ')}: ${link.mode}${link.extraRttMs ? `, ${link.extraRttMs} ms more` : ''}`,
      ),
    ...Object.entries(chaos.applyDelaySeconds)
      .filter(([, seconds]) => seconds > 0)
      .map(([region, seconds]) => `replica of ${region} applies ${seconds} s late`),
    ...chaos.replayPaused.map((region) => `replica of ${region} has replay paused`),
    ...chaos.throttles.map(
      ({ service, operation, region, share, kind }) =>
        `${kind}: ${percent(share)} of ${service}${operation ? ` ${operation}` : ''}${region ? ` in ${region}` : ''}`,
    ),
    ...Object.entries(chaos.shop)
      .filter(([, shop]) => shop.errorShare > 0 || shop.latencyMs > 0)
      .map(
        ([region, shop]) =>
          `shop of ${region}${shop.version ? ` (${shop.version})` : ''}${shop.preview ? ', by the preview alone' : ''}: ${percent(shop.errorShare)} errors, ${shop.latencyMs} ms more`,
      ),
    ...Object.entries(chaos.rds).flatMap(([region, { promotion, replicaDelaySeconds }]) => [
      ...(promotion === 'hang' ? [`promotions in ${region} hang`] : []),
      ...(replicaDelaySeconds > 0 ? [`new replicas in ${region} take ${replicaDelaySeconds} s longer`] : []),
    ]),
    ...chaos.images.map(
      ({ version, region, trouble }) =>
        `pods of ${version}${region ? ` in ${region}` : ''} ${trouble === 'crash' ? 'crash' : 'never become ready'}`,
    ),
    ...(chaos.clockSkewSeconds === 0 ? [] : [`gateway clock ${chaos.clockSkewSeconds} s off`]),
  ];
  return lines.join('\n') || 'none';
}

const percent = (share: number | null): string =>
  share === null ? '–' : `${Number((share * 100).toFixed(1))} %`;

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
