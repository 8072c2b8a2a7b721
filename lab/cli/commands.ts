import { parseArgs } from 'node:util';
import type { Pushed } from '#lab/ecr/index.ts';

/** A request to the lab's own door. */
export interface AdminRequest {
  route: string;
  body: Record<string, unknown>;
}

export interface Command {
  /** Arguments, as the usage shows them. */
  usage: string;
  summary: string;
  /** Reads the arguments. Throws UsageError when they make no sense; the lab itself checks names and ranges. */
  request(args: string[]): AdminRequest;
  /** What came of it, where there is more to say than which faults are in force. */
  says?(answer: unknown): string;
}

/** The command line was written wrongly. */
export class UsageError extends Error {
  override name = 'UsageError';
}

type Options = Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>;
type Value = string | boolean | (string | boolean)[] | undefined;

function read(args: string[], options: Options, positionals: { least: number; most: number }) {
  let parsed: { values: Record<string, Value>; positionals: string[] };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, allowNegative: false });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. To specify')[0] : String(error));
  }
  const count = parsed.positionals.length;
  if (count < positionals.least) throw new UsageError('Something is missing.');
  if (count > positionals.most)
    throw new UsageError(`"${parsed.positionals[positionals.most]}" is one too many.`);
  return parsed;
}

function number(name: string, text: Value): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === '' || typeof text !== 'string' || !Number.isFinite(value))
    throw new UsageError(`${name} "${text}" is not a number.`);
  return value;
}

/** Only what was given: the lab fills in the rest. */
function given(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

export const COMMANDS: Record<string, Command> = {
  outage: {
    usage: '<region> [--mode drop|refuse|hang]',
    summary: 'take a Region out: its AWS API, Kubernetes, shop, links and database',
    request(args) {
      const { values, positionals } = read(args, { mode: { type: 'string' } }, { least: 1, most: 1 });
      return { route: '/outage', body: given({ region: positionals[0], mode: values.mode }) };
    },
  },
  heal: {
    usage: '[region]',
    summary: 'end every fault, or those of one Region',
    request(args) {
      const { positionals } = read(args, {}, { least: 0, most: 1 });
      return { route: '/heal', body: given({ region: positionals[0] }) };
    },
  },
  cut: {
    usage: '<region> <region> [--mode blackhole|reset] [--one-way]',
    summary: 'cut the link between two Regions',
    request(args) {
      const options = { mode: { type: 'string' }, 'one-way': { type: 'boolean' } } as const;
      const { values, positionals } = read(args, options, { least: 2, most: 2 });
      return {
        route: '/cut',
        body: given({ between: positionals, mode: values.mode, oneWay: values['one-way'] }),
      };
    },
  },
  lag: {
    usage: '<region> <seconds> | <region> --pause | <region> --resume | <region> <region> --rtt <ms>',
    summary: 'make a replica fall behind, or a link slower',
    request: lagRequest,
  },
  throttle: {
    usage:
      '<service> [operation] [--region <region>] [--share 0..1] [--kind throttle|error|garbage|lost-answer]',
    summary: 'refuse a share of AWS calls, or carry them out and lose the answer; --share 0 ends it',
    request(args) {
      const options = {
        region: { type: 'string' },
        share: { type: 'string' },
        kind: { type: 'string' },
      } as const;
      const { values, positionals } = read(args, options, { least: 1, most: 2 });
      const [service, operation] = positionals;
      const share = number('--share', values.share);
      return {
        route: '/throttle',
        body: given({ service, operation, region: values.region, share, kind: values.kind }),
      };
    },
  },
  inject: {
    usage: '<region> [--errors 0..1] [--latency <ms>] [--version <v>] [--preview]',
    summary:
      'make a Region’s shop fail or slow down, all of it or one version; --preview: as seen by the preview Service alone',
    request(args) {
      const options = {
        errors: { type: 'string' },
        latency: { type: 'string' },
        version: { type: 'string' },
        preview: { type: 'boolean' },
      } as const;
      const { values, positionals } = read(args, options, { least: 1, most: 1 });
      const errorShare = number('--errors', values.errors);
      const latencyMs = number('--latency', values.latency);
      return {
        route: '/inject',
        body: given({
          region: positionals[0],
          errorShare,
          latencyMs,
          version: values.version,
          preview: values.preview,
        }),
      };
    },
  },
  rds: {
    usage: '<region> [--promotion hang|normal] [--replica-delay <seconds>]',
    summary: 'let promotions hang until told otherwise, or new replicas take longer',
    request(args) {
      const options = { promotion: { type: 'string' }, 'replica-delay': { type: 'string' } } as const;
      const { values, positionals } = read(args, options, { least: 1, most: 1 });
      const replicaDelaySeconds = number('--replica-delay', values['replica-delay']);
      if (values.promotion === undefined && replicaDelaySeconds === undefined)
        throw new UsageError('Say what is to happen: --promotion or --replica-delay.');
      return {
        route: '/rds',
        body: given({ region: positionals[0], promotion: values.promotion, replicaDelaySeconds }),
      };
    },
  },
  push: {
    usage: '<version> [--region <region>]… [--moved]',
    summary:
      'push an image of the shop to the registries of these Regions, or of all; --moved: another build under the same tag',
    request(args) {
      const options = {
        region: { type: 'string', multiple: true },
        moved: { type: 'boolean' },
      } as const;
      const { values, positionals } = read(args, options, { least: 1, most: 1 });
      return {
        route: '/push',
        body: given({ version: positionals[0], regions: values.region, moved: values.moved }),
      };
    },
    says(answer) {
      const { version, digest, regions } = (answer as { pushed: Pushed }).pushed;
      return `${version} is ${digest} in ${regions.join(', ')}.`;
    },
  },
  image: {
    usage: '<version> --crash | --never-ready | --well [--region <region>]',
    summary: 'let the pods of one version crash or never become ready, wherever they run',
    request: imageRequest,
  },
  rate: {
    usage: '<requests per second>',
    summary: 'how much shoppers ask for, in all',
    request(args) {
      const { positionals } = read(args, {}, { least: 1, most: 1 });
      return { route: '/rate', body: { requestsPerSecond: number('The rate', positionals[0]) } };
    },
  },
  route53: {
    usage: 'down | up',
    summary: 'Route 53’s control plane; DNS goes on answering',
    request(args) {
      const { positionals } = read(args, {}, { least: 1, most: 1 });
      return { route: '/route53', body: { controlPlane: positionals[0] } };
    },
  },
  clock: {
    usage: '<seconds>',
    summary: 'set the gateway’s clock off by so much (signatures then expire)',
    request(args) {
      // A leading minus is a number here, not an option.
      const [text, ...more] = args;
      if (text === undefined || more.length > 0) throw new UsageError('Give the seconds, e.g. 400 or -400.');
      return { route: '/clock', body: { skewSeconds: number('The skew', text) } };
    },
  },
  reset: {
    usage: '',
    summary: 'back to the estate’s first state, databases included',
    request(args) {
      read(args, {}, { least: 0, most: 0 });
      return { route: '/reset', body: {} };
    },
  },
};

function imageRequest(args: string[]): AdminRequest {
  const options = {
    crash: { type: 'boolean' },
    'never-ready': { type: 'boolean' },
    well: { type: 'boolean' },
    region: { type: 'string' },
  } as const;
  const { values, positionals } = read(args, options, { least: 1, most: 1 });
  const asked = (['crash', 'never-ready', 'well'] as const).filter((name) => values[name]);
  const [only] = asked;
  if (only === undefined || asked.length > 1)
    throw new UsageError('Say one of --crash, --never-ready or --well.');
  const trouble = only === 'well' ? 'none' : only;
  return { route: '/image', body: given({ version: positionals[0], region: values.region, trouble }) };
}

function lagRequest(args: string[]): AdminRequest {
  const options = {
    pause: { type: 'boolean' },
    resume: { type: 'boolean' },
    rtt: { type: 'string' },
  } as const;
  const { values, positionals } = read(args, options, { least: 1, most: 2 });
  const [first, second] = positionals;
  const rtt = number('--rtt', values.rtt);
  if (rtt !== undefined) return { route: '/lag', body: { between: [first, second], extraRttMs: rtt } };
  if (values.pause || values.resume)
    return { route: '/lag', body: { region: first, paused: values.pause === true } };
  if (second === undefined) throw new UsageError('Say by how many seconds, or --pause or --resume.');
  return { route: '/lag', body: { region: first, seconds: number('The lag', second) } };
}
