import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { z } from 'zod';
import type { CommandInput, Option } from '../command.ts';
import { UsageProblem } from '../exit.ts';
import { getJson } from '../remote.ts';

/** What is asked for, as POST /operations takes it. */
export interface Asked {
  kind: string;
  params: unknown;
}

/** Options that say what to do: one of them names the kind. */
export const ASKED_OPTIONS: Record<string, Option> = {
  environment: { value: '<name>', help: 'production by default' },
  drain: { value: '<region>', help: 'shift: take traffic away from a Region' },
  points: { value: '<number>', help: 'points of all traffic to take away; all of it by default' },
  geography: { value: '<key>', help: 'shift: set the weights of one geography, with --weights' },
  weights: { value: '<region>=<percent>,…', help: 'percent of that geography by Region' },
  split: { value: '<region>=<percent>,…', help: 'shift: percent of all traffic by Region' },
  ramp: { value: 'immediate|stepped|<points>@<hours>h', help: 'of a shift; immediate by default' },
  failover: { value: '<lost>', help: 'leave a lost Region, with --target and --accept-loss' },
  target: { value: '<region>', help: 'Region that takes the orders; the best ranked by default' },
  'accept-loss': {
    value: '<seconds>[/<bytes>][@<time>]',
    help: 'what may be lost at most, and when that was measured; what is measured now by default of a plan',
  },
  switchover: { value: '<target>', help: 'move the writer, no order lost' },
  evacuate: { value: '<region>', help: 'send readers of a Region away' },
  return: { value: '<region>', help: 'let readers back' },
  rebuild: { value: '<region>', help: 'make a Region a replica of the present primary' },
  failback: { value: '<target>', help: 'rebuild, readers back, then a switchover' },
  drill: {
    value: '<level>',
    help: 'readiness, tabletop, promotion, evacuation or switchover, with --region',
  },
  region: { value: '<region>', help: 'of a drill' },
  'prepare-switch': { value: '<region>', help: 'health checks on objects in peers’ buckets' },
  connect: { value: '<region>,<region>', help: 'a peering with routes both ways' },
  kind: { value: '<kind>', help: 'of --params; traffic-shift by default' },
  params: { value: '<file>|-', help: 'the parameters as JSON instead of the options above' },
};

/** Kinds that are said by one option whose value is their one Region. */
const ONE_REGION = {
  switchover: 'target',
  evacuate: 'region',
  return: 'region',
  rebuild: 'region',
  failback: 'target',
  'prepare-switch': 'region',
} as const;

/** What the options ask for. `accepts` says whether a bound on what may be lost has to be given. */
export async function askedOf(input: CommandInput, accepts: 'given' | 'measured'): Promise<Asked> {
  const file = input.value('params');
  if (file) return { kind: input.value('kind') ?? 'traffic-shift', params: await readParams(file) };
  const lost = input.value('failover');
  if (lost) return { kind: 'failover', params: await failoverOf(input, lost, accepts) };
  for (const [kind, field] of Object.entries(ONE_REGION)) {
    const region = input.value(kind);
    if (region) return { kind, params: { [field]: region } };
  }
  const level = input.value('drill');
  if (level) return { kind: 'drill', params: { level, region: input.required('region') } };
  const connect = input.value('connect');
  if (connect) return { kind: 'connect-regions', params: pairOf(connect) };
  return { kind: 'traffic-shift', params: shiftOf(input) };
}

function pairOf(text: string): { from: string; to: string } {
  const [from, to, ...more] = text.split(',');
  if (from && to && more.length === 0) return { from, to };
  throw new UsageProblem(`--connect is "${text}"; it must read eu-west-1,ap-southeast-1.`);
}

const Options = z.looseObject({
  options: z.array(
    z.looseObject({
      kind: z.string(),
      target: z.string().nullable(),
      refusal: z.string().nullable(),
      contract: z
        .object({ seconds: z.number(), bytes: z.number().nullable(), measuredAt: z.string() })
        .nullable(),
      risk: z.looseObject({ message: z.string() }).nullable(),
    }),
  ),
});

/** The bound is the caller's own number; when it was measured is the console's. */
async function failoverOf(
  input: CommandInput,
  lost: string,
  accepts: 'given' | 'measured',
): Promise<Record<string, unknown>> {
  const wanted = input.value('target');
  const { options } = await getJson(Options, '/recovery/options', {
    environment: input.value('environment'),
    lost,
    target: wanted,
  });
  const offer = options.find(({ kind }) => kind === 'failover');
  const target = wanted ?? offer?.target;
  if (!target)
    throw new UsageProblem(`--target is missing: ${offer?.refusal ?? 'no Region could take over.'}`);
  const given = accepts === 'given' ? input.required('accept-loss') : input.value('accept-loss');
  if (!offer?.contract) {
    throw new UsageProblem(
      `There is nothing to accept: ${offer?.risk?.message ?? offer?.refusal ?? 'nothing says what would be lost.'}`,
    );
  }
  return {
    lost,
    target,
    accept: given === undefined ? offer.contract : { ...offer.contract, ...boundOf(given) },
  };
}

interface Bound {
  seconds: number;
  bytes: number | null;
  /** Absent: what is offered was measured just now. */
  measuredAt?: string;
}

function boundOf(text: string): Bound {
  const [, seconds, bytes, at] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?(?:@(\S+))?$/.exec(text) ?? [];
  if (seconds) {
    return {
      seconds: Number(seconds),
      bytes: bytes === undefined ? null : Number(bytes),
      ...(at ? { measuredAt: at } : {}),
    };
  }
  throw new UsageProblem(
    `--accept-loss is "${text}"; it must be seconds, such as 5, or with bytes and the time of measuring, 5/20000@2026-11-23T09:00:00.000Z.`,
  );
}

async function readParams(file: string): Promise<unknown> {
  return parseParams(file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8'), file);
}

function shiftOf(input: CommandInput): unknown {
  const ramp = rampOf(input.value('ramp') ?? 'immediate');
  const drain = input.value('drain');
  if (drain) return { mode: 'drain', region: drain, points: input.number('points'), ramp };
  const geography = input.value('geography');
  if (geography)
    return { mode: 'geography', geography, weights: percentsOf(input.required('weights'), 'weights'), ramp };
  const split = input.value('split');
  if (split) return { mode: 'split', target: percentsOf(split, 'split'), ramp };
  throw new UsageProblem(
    'Say what to do: --drain, --geography with --weights, --split, --failover, --switchover, --evacuate, --return, --rebuild, --failback, --drill, --prepare-switch, --connect, or --params.',
  );
}

function parseParams(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageProblem(`${file === '-' ? 'Standard input' : file} is not JSON.`);
  }
}

function percentsOf(text: string, option: string): Record<string, number> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.every(([region, value]) => region && value && /^\d+(\.\d+)?$/.test(value)))
    return Object.fromEntries(pairs.map(([region = '', value]) => [region, Number(value)]));
  throw new UsageProblem(`--${option} is "${text}"; it must read us-east-1=40,eu-west-1=60.`);
}

function rampOf(text: string): unknown {
  if (text === 'immediate' || text === 'stepped') return { kind: text };
  const [, points, hours] = /^(\d+(?:\.\d+)?)@(\d+(?:\.\d+)?)h$/.exec(text) ?? [];
  if (points && hours) return { kind: 'interval', points: Number(points), intervalHours: Number(hours) };
  throw new UsageProblem(`--ramp is "${text}"; it must be immediate, stepped, or such as 10@24h.`);
}
