import { z } from 'zod';
import { isWorse, logHeld } from '#lib/domain/recovery/rpo.ts';
import { byteWords, durationWords, listOf } from '#lib/domain/recovery/words.ts';
import { UnansweredError } from '../../ports/aws.ts';
import type { WalState } from '../../ports/recovery.ts';
import type { StepContext, StepOutcome } from '../action.ts';
import { exposure } from './declare.ts';
import type { PromoteInput } from './input.ts';
import { countAnswers, HEALTH_CHECK_MS } from './switch.ts';

type Bound = NonNullable<PromoteInput['bound']>;

/** What was found at this moment counts for so long, ms: a promotion that RDS has no time for is asked for again and again. */
const COUNTS_FOR_MS = HEALTH_CHECK_MS;
const LOOK_AGAIN_SECONDS = 5;

const Declared = z.object({
  measuredAt: z.iso.datetime(),
  receivedLsn: z.string().nullable().default(null),
  replayedLsn: z.string().nullable().default(null),
  timeline: z.number().nullable().default(null),
  seconds: z.number().default(0),
  lostInDns: z.boolean().nullable().default(null),
});
type Declared = z.infer<typeof Declared>;

const Left = z.object({ answersAtMs: z.number(), named: z.boolean().default(true) });
const Fenced = z.object({ fenced: z.literal('done'), fencedAtMs: z.number() });
const Frozen = z.object({ frozenAtMs: z.number() });
const Held = z.object({ boundHeldAt: z.iso.datetime() });

/**
 * What was accepted to be lost, judged once more right before it is lost for good (PRODUCT.md, idea 2): between the
 * declaration and the promotion a run may have been paused, or have waited. Undefined where it has not become worse. Else the
 * step holds, before the point of no return: nothing is put back because of it, a person may still abort, and it goes on by
 * itself where the copy has followed.
 *
 * By position, never by the age of the copy's last commit: while the lost Region writes nothing that age grows and nothing is
 * lost (aws-facts B-09). Time counts only for as long as orders may have been taken in the lost Region. That the lost
 * primary cannot be asked stops nothing; that the copy itself, or DNS, does not answer does.
 */
export async function heldToAccepted(
  context: StepContext,
  { region, instanceId, bound }: { region: string; instanceId: string; bound?: Bound | undefined },
): Promise<StepOutcome | undefined> {
  const declared = Declared.safeParse(context.outputs[bound?.declaredBy ?? '']?.rpo).data;
  if (!bound || !declared) return undefined;
  const kept = context.outputs[context.step.key];
  const held = Held.safeParse(kept).data?.boundHeldAt;
  if (held !== undefined && context.now().getTime() - Date.parse(held) < COUNTS_FOR_MS) return undefined;
  // Once it was found to hold the promotion may have been asked for: from then on the run is behind the point.
  const rest = async (why: string) => {
    if (held === undefined) await context.keep({ beforeReturn: true, why });
  };
  try {
    const wal = await context.aws.readWal(region, instanceId);
    const verdict = await judge(context, { instanceId, bound, declared, wal });
    const isNews = verdict.why === null || kept?.why !== verdict.why;
    if (isNews) {
      const { text, seconds, bytes } = verdict;
      const band = verdict.why === null ? 'pass' : 'hold';
      const data = { band, seconds, bytes, accept: bound.accept };
      await context.evidence({ kind: 'gate', text, data });
    }
    if (verdict.why === null) {
      await context.keep({ boundHeldAt: context.now().toISOString() });
      return undefined;
    }
    await rest(verdict.why);
    return { status: 'hold', note: holdWords(verdict.why, bound), seconds: LOOK_AGAIN_SECONDS };
  } catch (error) {
    if (error instanceof UnansweredError) await rest(error.message);
    throw error;
  }
}

interface Looked {
  instanceId: string;
  bound: Bound;
  declared: Declared;
  wal: WalState;
}

interface Judged {
  text: string;
  /** Null where it is no worse than was accepted. */
  why: string | null;
  seconds: number | null;
  /** Null where no bound in bytes was accepted. */
  bytes: number | null;
}

async function judge(context: StepContext, looked: Looked): Promise<Judged> {
  const { instanceId, bound, declared, wal } = looked;
  const { accept } = bound;
  // It takes writes already, whoever promoted it; what RDS says of it follows.
  if (!wal.inRecovery) return passed(`${instanceId} is not in recovery any more`, null, accept.bytes);
  if (declared.timeline !== null && wal.timeline !== declared.timeline) {
    const why = `${instanceId} is on timeline ${wal.timeline} and was on ${declared.timeline} when the loss was declared: it follows another database, and what it lacks nobody knows`;
    return { text: why, why, seconds: null, bytes: null };
  }
  const had = logHeld(declared);
  const has = logHeld(wal);
  if (had !== null && has === null) {
    const why = `How far ${instanceId} has come is not known any more`;
    return { text: why, why, seconds: null, bytes: null };
  }
  const lostBytes = had !== null && has !== null ? Math.max(0, had - has) : 0;
  const bytes = accept.bytes === null ? null : accept.bytes + lostBytes;
  if (lostBytes > 0) {
    const why = `${instanceId} has ${byteWords(lostBytes)} of the log less than when the loss was declared (${position(wal)}, was ${position(declared)}): more would be missing than was counted then`;
    return { text: why, why, seconds: null, bytes };
  }
  const ordered = await ordersUntil(context, bound, declared);
  if (ordered === null) {
    const text = `${instanceId} has all that it had when the loss was declared, and no order was taken in the lost Region since: no more would be missing than was accepted`;
    return passed(text, declared.seconds, bytes);
  }
  if (ordered.again !== null) return { text: ordered.again, why: ordered.again, seconds: null, bytes };
  const until = new Date(ordered.atMs).toISOString();
  const { lastCommitAt } = wal;
  const seconds = exposure({ accept, lastCommitAt, writesEndedAt: null, now: until });
  const text = `Orders may have been taken in the lost Region until ${until}: at most ${seconds.toFixed(1)} s of orders would be missing`;
  return isWorse(accept, { seconds, bytes }).worse
    ? { text, why: text, seconds, bytes }
    : passed(text, seconds, bytes);
}

function passed(text: string, seconds: number | null, bytes: number | null): Judged {
  return { text, why: null, seconds, bytes };
}

/**
 * Until when orders may have been taken in the lost Region, ms, or that DNS names it once more; null where that is no later than the
 * bound reckons with: it was measured at the declaration, and takes users for gone as fast as a health check takes them out.
 */
async function ordersUntil(
  context: StepContext,
  bound: Bound,
  declared: Declared,
): Promise<{ atMs: number; again: string | null } | null> {
  const { outputs } = context;
  const of = (key: string | undefined) => (key === undefined ? undefined : outputs[key]);
  const nowMs = context.now().getTime();
  const declaredMs = Date.parse(declared.measuredAt);
  const shut = [
    Fenced.safeParse(of(bound.fencedBy)).data?.fencedAtMs,
    Frozen.safeParse(of(bound.frozenBy)).data?.frozenAtMs,
  ].filter((atMs) => atMs !== undefined);
  const left = Left.safeParse(of(bound.leftBy)).data;
  const stale = left !== undefined && nowMs - left.answersAtMs > COUNTS_FOR_MS;
  const again = shut.length === 0 && stale ? await namedAgain(context, bound) : null;
  if (again !== null) return { atMs: nowMs, again };
  // Out of DNS at the declaration and whenever it was looked at since: its users had left by then.
  const leftMs = left && !left.named && declared.lostInDns === false ? declaredMs : left?.answersAtMs;
  const atMs = Math.min(...shut, leftMs ?? nowMs);
  return atMs - declaredMs <= HEALTH_CHECK_MS ? null : { atMs, again: null };
}

async function namedAgain(
  context: StepContext,
  { lost, geographies }: Pick<Bound, 'lost' | 'geographies'>,
): Promise<string | null> {
  if (lost === undefined || geographies.length === 0) return null;
  const counts = await countAnswers(context, lost, geographies);
  const where = Object.keys(counts).filter((geography) => (counts[geography] ?? 0) > 0);
  if (where.length === 0) return null;
  return `DNS names ${lost} again in ${listOf(where)}, and its database is not fenced: orders may be taken there that would be missing`;
}

function position({ receivedLsn, replayedLsn }: Pick<WalState, 'receivedLsn' | 'replayedLsn'>): string {
  return receivedLsn ?? replayedLsn ?? 'unknown';
}

/** What was accepted, what is now, and what one can do. */
function holdWords(why: string, { accept }: Bound): string {
  const amount = accept.bytes === null ? '' : ` and ${byteWords(accept.bytes)}`;
  return `Not promoted: up to ${durationWords(accept.seconds)} of orders${amount} were accepted to be lost. ${why}. Nothing is promoted while that is so; it looks again every ${LOOK_AGAIN_SECONDS} s, and goes on by itself once it is so no more. To go on with what is true now, abort this run, which puts back what it changed, and request the failover anew: that accepts what is then.`;
}
