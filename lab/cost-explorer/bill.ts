import { createHash } from 'node:crypto';
import type { Estate, Region } from '#lib/domain/estate/estate.ts';
import { type Day, dayOf, daysIn, startOf } from './days.ts';

/** One line of the bill: what one usage type cost in one Region on one day, USD. */
export interface BillLine {
  region: string;
  service: string;
  usageType: string;
  /** As Cost Explorer's USAGE_TYPE_GROUP-less view would show it: what was used, and how much of it. */
  quantity: number;
  unit: string;
  amount: number;
}

interface MonthlyCost {
  region: string;
  service: string;
  usageType: string;
  unit: string;
  /** USD for one unit. */
  price: number;
  /** USD in a whole month. */
  monthly: number;
}

/** From this many days before the lab's first start, traffic out of one Region costs more than it used to. */
const DEVIATION_DAYS = 9;
const DEVIATION = { component: 'NatGateway-Bytes', factor: 2.1 };
/** Global services are in no Region. */
export const GLOBAL = 'global';
const HOURS_A_MONTH = 730;

/**
 * The estate's bill, modelled: the plan's monthly figures spread over AWS's own services and usage types, each a few per cent off
 * its plan, moving a little from day to day, plus what the plan forgot (aws-facts C-24). The same day always costs the same.
 */
export function createBill(estate: Estate, firstStart: Day) {
  const costs = [...estate.regions.flatMap(regionCosts), ...globalCosts(estate)];
  const deviatingRegion = estate.regions[1]?.code ?? estate.regions[0]?.code;
  const deviatesFrom = startOf(firstStart) - DEVIATION_DAYS * 86_400_000;

  function lineOf(cost: MonthlyCost, day: Day): BillLine {
    const deviates =
      cost.region === deviatingRegion &&
      cost.usageType.endsWith(DEVIATION.component) &&
      startOf(day) >= deviatesFrom;
    const amount =
      (cost.monthly / daysIn(day)) *
      offPlan(cost) *
      dailyWeather(cost, day) *
      (deviates ? DEVIATION.factor : 1);
    const { region, service, usageType, unit, price } = cost;
    return { region, service, usageType, unit, amount, quantity: amount / price };
  }

  return {
    /** Lines of a whole day. */
    linesOf: (day: Day): BillLine[] => costs.map((cost) => lineOf(cost, day)),
  };
}

/** A number in [-1, 1) that depends on these words only. */
function draw(...words: string[]): number {
  return createHash('sha256').update(words.join('|')).digest().readInt32BE(0) / 2 ** 31;
}

/** No component costs exactly what was planned: up to 4 % more or less. */
const offPlan = (cost: MonthlyCost): number => 1 + 0.04 * draw(cost.region, cost.service, cost.usageType);

/** Up to 2 % from day to day; on weekends what follows traffic is a little lower. */
function dailyWeather(cost: MonthlyCost, day: Day): number {
  const weekday = new Date(startOf(day)).getUTCDay();
  const weekend = cost.unit !== 'Hrs' && (weekday === 0 || weekday === 6) ? 0.94 : 1;
  return weekend * (1 + 0.02 * draw(cost.region, cost.usageType, day));
}

/** Prefixes of usage types; us-east-1 has none. Cost Explorer writes the others in front of the type. */
const PREFIXES: Record<string, string> = {
  'us-east-1': '',
  'us-west-2': 'USW2-',
  'eu-west-1': 'EU-',
  'eu-central-1': 'EUC1-',
  'ap-southeast-1': 'APS1-',
  'ap-northeast-1': 'APN1-',
};

function regionCosts(region: Region): MonthlyCost[] {
  const { compute, database, cache, storage, network } = region.plan;
  const prefix = PREFIXES[region.code] ?? `${region.code.toUpperCase()}-`;
  const cost = (
    service: string,
    type: string,
    unit: string,
    price: number,
    monthly: number,
  ): MonthlyCost => ({
    service,
    unit,
    price,
    monthly,
    region: region.code,
    usageType: prefix + type,
  });
  const controlPlane = Math.min(compute, 0.1 * HOURS_A_MONTH);
  const disks = 0.06 * (compute - controlPlane);
  return [
    cost(
      'Amazon Elastic Container Service for Kubernetes',
      'AmazonEKS-Hours:perCluster',
      'Hrs',
      0.1,
      controlPlane,
    ),
    cost('EC2 - Other', 'EBS:VolumeUsage.gp3', 'GB-Mo', 0.08, disks),
    cost(
      'Amazon Elastic Compute Cloud - Compute',
      'BoxUsage:m6i.xlarge',
      'Hrs',
      0.192,
      compute - controlPlane - disks,
    ),
    cost(
      'Amazon Relational Database Service',
      `InstanceUsage:${region.database.class}`,
      'Hrs',
      1.3,
      0.8 * database,
    ),
    cost('Amazon Relational Database Service', 'RDS:GP3-Storage', 'GB-Mo', 0.115, 0.14 * database),
    cost('Amazon Relational Database Service', 'RDS:ChargedBackupUsage', 'GB-Mo', 0.095, 0.06 * database),
    cost('Amazon ElastiCache', 'NodeUsage:cache.r6g.large', 'Hrs', 0.206, cache),
    cost('Amazon Simple Storage Service', 'TimedStorage-ByteHrs', 'GB-Mo', 0.023, 0.82 * storage),
    cost('Amazon Simple Storage Service', 'Requests-Tier1', 'Requests', 0.000_005, 0.18 * storage),
    cost('EC2 - Other', 'NatGateway-Bytes', 'GB', 0.045, 0.3 * network),
    cost('EC2 - Other', 'DataTransfer-Regional-Bytes', 'GB', 0.01, 0.15 * network),
    cost('EC2 - Other', 'DataTransfer-Out-Bytes', 'GB', 0.09, 0.4 * network),
    cost('Amazon Elastic Load Balancing', 'LCUUsage', 'LCU-Hrs', 0.008, 0.1 * network),
    cost('Amazon Virtual Private Cloud', 'PublicIPv4:InUseAddress', 'Hrs', 0.005, 0.05 * network),
    // Not in the plan (aws-facts C-24).
    cost(
      'Amazon Managed Streaming for Apache Kafka',
      'Kafka.m5.large',
      'Hrs',
      0.21,
      0.21 * HOURS_A_MONTH * region.queueBrokers,
    ),
    cost('AmazonCloudWatch', 'CW:Canary-runs', 'Runs', 0.0012, 52),
    cost('AmazonCloudWatch', 'CW:MetricMonitorUsage', 'Metrics', 0.3, 38),
    cost('AWS Key Management Service', 'KMS-Keys', 'Keys', 1, 8),
  ];
}

function globalCosts(estate: Estate): MonthlyCost[] {
  const { cdn, dns } = estate.globalPlan;
  const cost = (
    service: string,
    usageType: string,
    unit: string,
    price: number,
    monthly: number,
  ): MonthlyCost => ({
    region: GLOBAL,
    service,
    usageType,
    unit,
    price,
    monthly,
  });
  return [
    cost('Amazon CloudFront', 'DataTransfer-Out-Bytes', 'GB', 0.085, 0.9 * cdn),
    cost('Amazon CloudFront', 'Requests-Tier2-HTTPS', 'Requests', 0.000_001, 0.1 * cdn),
    cost('Amazon Route 53', 'DNS-Queries', 'Queries', 0.000_000_4, 0.85 * dns),
    cost('Amazon Route 53', 'Health-Check-AWS', 'Checks', 0.5, 0.15 * dns),
  ];
}

/** Cost Explorer is about a day behind: the share of that day's hours it has seen. */
export function seenShare(day: Day, nowMs: number): number {
  const seenUntilMs = nowMs - 86_400_000;
  return Math.min(1, Math.max(0, (seenUntilMs - startOf(day)) / 86_400_000));
}

/** Figures may still change until the month's invoice, here on the third of the next month. */
export function isEstimated(day: Day, nowMs: number): boolean {
  const month = day.slice(0, 7);
  const settled = dayOf(nowMs - 3 * 86_400_000).slice(0, 7);
  return month >= settled;
}
