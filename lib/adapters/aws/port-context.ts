import { type Estate, findRegion, type Region } from '#lib/domain/estate/estate.ts';
import { type CallRecord, UnansweredError } from '../../ports/aws.ts';
import { hearThrottled } from '../../ports/throttling.ts';
import { createAccountGuard } from './account.ts';
import { type AwsClients, createAwsClients } from './clients.ts';
import type { ObservedCall } from './observe-calls.ts';
import { answered } from './unanswered.ts';

/** Calls that change something; all others only read. */
const MUTATING = new Set([
  'AcceptVpcPeeringConnection',
  'ChangeResourceRecordSets',
  'CreateDBInstanceReadReplica',
  'CreateDBSnapshot',
  'CreateHealthCheck',
  'CreateRoute',
  'CreateVpcPeeringConnection',
  'DeleteDBInstance',
  'DeleteObject',
  'ModifyDBInstance',
  'PromoteReadReplica',
  'PutObject',
  'RebootDBInstance',
  'ReplaceRoute',
  'UpdateNodegroupConfig',
]);

/** One try of a call, ms. */
const CALL_TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;
/** All tries of a call, and calls that belong together, as a multiple of one try. */
const PATIENCE_TRIES = 1.5;
/** The proof of the account comes before a change and must not use up a Region's silence twice. */
const PROOF_MS = 5_000;

export interface PortOptions {
  estate: Estate;
  operation: { id: string; epoch: bigint };
  stepKey: string;
  /** Keeps each call with the step's evidence. */
  record: (call: CallRecord) => void;
  now: () => number;
  /** Longest that one try of a call takes, ms; a call as a whole takes half as long again at most. Default: 10 s. */
  timeoutMs?: number;
}

/** Handed on to every `send`: what ends the call in time. */
export interface CallOptions {
  abortSignal: AbortSignal;
}

/** Where one call of a port happens, for the functions that it consists of. */
export interface InRegion {
  context: PortContext;
  code: string;
  options: CallOptions;
}

/** What all calls of one port share. */
export interface PortContext {
  estate: Estate;
  /** For calls that read: tried again by themselves. */
  reading: AwsClients;
  /** For calls that change: tried again only where AWS throttled them or refused their time, and so did nothing. */
  changing: AwsClients;
  now: () => number;
  /** One try of a call. */
  timeoutMs: number;
  operationId: string;
  /** How the sessions of this port are named where they can be seen: `OP-1001-promote-eu-west-1-3`. */
  sessionName: string;
  record: (call: CallRecord) => void;
  /** Aborted by `close`, for what has no signal of a call. */
  closed: AbortSignal;
  /** The estate's Region, or an error that names it. */
  regionOf(code: string): Region;
  /** A call that reads, bounded in time; an UnansweredError that names it where nothing usable came back. */
  read<T>(what: string, call: (options: CallOptions) => Promise<T>): Promise<T>;
  /** The same for one that changes something in the Region, once the account is proven; `ms` where it may take longer. */
  change<T>(
    what: string,
    region: string,
    call: (options: CallOptions) => Promise<T>,
    ms?: number,
  ): Promise<T>;
  /** Ends what is under way; nothing of this port is sent any more. */
  close(): void;
}

export function createPortContext(options: PortOptions): PortContext {
  const { estate, operation, stepKey, record, now, timeoutMs = CALL_TIMEOUT_MS } = options;
  const sessionName = `${operation.id}-${stepKey}-${operation.epoch}`;
  const common = {
    estate,
    sessionName,
    timeoutMs,
    attempts: ATTEMPTS,
    onCall: ({ attempts: _, ...call }: ObservedCall) =>
      record({ ...call, mutating: MUTATING.has(call.action), summary: null }),
  };
  const reading = createAwsClients(common);
  const changing = createAwsClients({ ...common, retry: 'undone' });
  const requireAccount = createAccountGuard(reading, estate.account, now);
  const closed = new AbortController();
  const patienceMs = timeoutMs * PATIENCE_TRIES;

  function read<T>(what: string, call: (given: CallOptions) => Promise<T>): Promise<T> {
    const limits = { what, ms: patienceMs, closed: closed.signal, onlyReads: true };
    return answered(what, () => within(limits, call));
  }

  return {
    estate,
    reading,
    changing,
    now,
    timeoutMs,
    operationId: operation.id,
    sessionName,
    record,
    closed: closed.signal,
    regionOf(code) {
      const region = findRegion(estate, code);
      if (region) return region;
      throw new Error(`Region ${code} is not in the estate any more. Import the estate that has it.`);
    },
    read,
    change: (what, region, call, ms = patienceMs) =>
      answered(what, async () => {
        const proof = { what: `The proof of the account before ${what}`, ms: Math.min(PROOF_MS, patienceMs) };
        await within({ ...proof, closed: closed.signal, onlyReads: true }, (given) =>
          requireAccount(region, given),
        );
        return within({ what, ms, closed: closed.signal }, call);
      }),
    close() {
      closed.abort(new UnansweredError('The call was given up: its step has ended'));
      reading.destroy();
      changing.destroy();
    },
  };
}

interface Limits {
  what: string;
  ms: number;
  closed: AbortSignal;
  onlyReads?: boolean;
}

/** Gives up when the time is over, also where a call does not heed its signal: a role's credentials are got outside of it. */
async function within<T>(
  { what, ms, closed, onlyReads = false }: Limits,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  closed.throwIfAborted();
  const giveUp = new AbortController();
  const seconds = Math.round(ms / 100) / 10;
  let why: string | undefined;
  const hear = (said: string) => {
    why = said;
  };
  const timer = setTimeout(() => {
    const late = `${what} got no answer within ${seconds} s`;
    const said = why === undefined ? late : `${late}: AWS throttled it (${why})`;
    // A change may be under way once more as its time ends: only of what reads is it sure that nothing was done.
    giveUp.abort(new UnansweredError(said, { throttled: onlyReads && why !== undefined }));
  }, ms);
  const end = () => giveUp.abort(closed.reason);
  closed.addEventListener('abort', end, { once: true });
  const over = new Promise<never>((_, reject) => {
    giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason), { once: true });
  });
  try {
    return await Promise.race([over, hearThrottled(hear, () => call({ abortSignal: giveUp.signal }))]);
  } finally {
    clearTimeout(timer);
    closed.removeEventListener('abort', end);
  }
}
