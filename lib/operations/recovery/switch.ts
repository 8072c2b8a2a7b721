import { setTimeout as sleep } from 'node:timers/promises';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { ThrottleWatch } from '../throttled.ts';
import { AwaitDnsInput, SwitchInput } from './input.ts';
import { reachState } from './reach-state.ts';
import { messageOf } from './refusal.ts';

const EVERY_MS = 250;
/** One peer that hangs does not keep the other's switch waiting, ms. */
const PEER_MS = 5_000;

const DNS_EVERY_MS = 500;
/** Questions from each geography in a round, and rounds that must agree: a Region with a tenth of the answers stays unseen in 1 of 5,000. */
const QUESTIONS = 40;
const ROUNDS = 2;
/** A Region that its own health check should have taken out by now: 3 failures 10 s apart, and as much again, ms. */
export const HEALTH_CHECK_MS = 60_000;
const LOOK_AGAIN_SECONDS = 5;

/**
 * Takes a Region out of DNS, or lets it back, by objects in buckets of other Regions that health checks read: only data
 * planes take part, so it works with Route 53's control plane gone (aws-facts B-06). One of the objects is enough for off;
 * for on every one has to be gone. A switch that was never prepared is no failure: health checks of the Region's own
 * endpoint do it then, or do not.
 */
export const setSwitch: StepAction = {
  async run(context) {
    const { region, to, inRegions } = SwitchInput.parse(context.step.input);
    if (inRegions.length === 0) {
      return {
        status: 'skipped',
        note: `No switch is prepared for ${region}: the health check of its own endpoint has to take it out of DNS. Prepare one in quiet times.`,
        output: { turned: [], atMs: context.now().getTime() },
      };
    }
    const results = await Promise.all(inRegions.map((peer) => turn(context, { peer, region, to })));
    const turned = results.flatMap(({ peer, why }) => (why === null ? [peer] : []));
    const output = { turned, atMs: context.now().getTime() };
    const failed = results.filter(({ why }) => why !== null);
    const enough = to === 'off' ? turned.length > 0 : failed.length === 0;
    if (enough) {
      const rest =
        failed.length > 0 ? ` ${failed.map(({ peer, why }) => `Not in ${peer}: ${why}`).join(' ')}` : '';
      return {
        status: 'done',
        note: `${region} is switched ${to} in ${turned.join(' and ')}.${rest}`,
        output,
      };
    }
    const note = failed.map(({ peer, why }) => `the bucket in ${peer} was not written: ${why}`).join(' ');
    return {
      status: 'hold',
      note: `${region} is not switched ${to} yet: ${note}`,
      seconds: LOOK_AGAIN_SECONDS,
    };
  },
};

async function turn(
  context: StepContext,
  { peer, region, to }: { peer: string; region: string; to: 'on' | 'off' },
): Promise<{ peer: string; why: string | null }> {
  const throttles = new ThrottleWatch();
  const aws = throttles.watch(context.aws);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PEER_MS)]);
  try {
    const turned = reachState(
      { ...context, signal },
      {
        what: `the switch of ${region} in ${peer}`,
        everyMs: EVERY_MS,
        longestMs: 2_000,
        read: () => aws.readSwitch(peer, region),
        isSo: (state) => state === to,
        write: () => aws.setSwitch(peer, region, to),
      },
    );
    const { already } = await Promise.race([turned, rejectedBy(signal)]);
    const text = `${region} ${already ? 'was' : 'is'} ${to} in the bucket of ${peer}${already ? ' already' : ''}`;
    await context.evidence({ kind: 'fact', text });
    return { peer, why: null };
  } catch (error) {
    context.signal.throwIfAborted();
    const why = throttles.words ?? messageOf(error);
    await context.evidence({ kind: 'note', text: `The bucket of ${peer} was not written: ${why}` });
    return { peer, why: why.endsWith('.') ? why : `${why}.` };
  }
}

/** Rejects once the time is over, also while a call is under way that does not end by itself so soon. */
export function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const over = () => reject(signal.reason);
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
  });
}

/**
 * What the zone's own name servers answer is what users will get: waits until they name the Region in no geography any
 * more, or in each again. Resolvers that asked before keep the old answer for its TTL; the step that measures counts from
 * after that.
 */
export const awaitDns: StepAction = {
  async run(context) {
    const { region, answered, geographies, fencedBy } = AwaitDnsInput.parse(context.step.input);
    const { ttlSeconds } = context.estate.dns;
    if (geographies.length === 0) {
      return {
        status: 'skipped',
        note: `${region} has no weight in any geography: DNS would not name it.`,
        output: { atMs: context.now().getTime() },
      };
    }
    let agreed = 0;
    // What an attempt before this one saw is not known: then DNS may have named it.
    let named = context.attempt > 1;
    for (;;) {
      const counts = await countAnswers(context, region, geographies);
      named ||= Object.values(counts).some((count) => count > 0);
      const isSo = Object.values(counts).every((count) => count > 0 === answered);
      agreed = isSo ? agreed + 1 : 0;
      if (agreed === ROUNDS) {
        const text = answered
          ? `The zone's name servers answer ${region} again in ${geographies.join(', ')}`
          : `The zone's name servers answered ${region} in none of ${QUESTIONS * ROUNDS} questions from each of ${geographies.join(', ')}`;
        await context.evidence({ kind: 'fact', text, data: { counts } });
        const atMs = context.now().getTime() + ttlSeconds * 1_000;
        return {
          status: 'done',
          note: `${text}; resolvers follow within ${ttlSeconds} s.`,
          output: { counts, named, answersAtMs: context.now().getTime(), atMs },
        };
      }
      const waitedMs = context.now().getTime() - context.firstStartedAtMs;
      if (fencedBy !== undefined && !isSo && waitedMs > HEALTH_CHECK_MS) {
        return stillAnswered(context, { region, counts, fencedBy });
      }
      await sleep(DNS_EVERY_MS, undefined, { signal: context.signal });
    }
  },
};

/** Answers that name the Region, by geography. */
export async function countAnswers(
  context: Pick<StepContext, 'aws'>,
  region: string,
  geographies: readonly string[],
): Promise<Record<string, number>> {
  const entries = await Promise.all(
    geographies.map(async (geography) => {
      const answers = await context.aws.askDns(geography, QUESTIONS);
      return [geography, answers[region] ?? 0] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/**
 * The Region's own checks call it healthy, so users go on to it. With its database fenced they find no writer there and
 * nothing is lost: the run goes on. Not fenced, their orders would be taken by two writers: a person decides.
 */
async function stillAnswered(
  context: StepContext,
  { region, counts, fencedBy }: { region: string; counts: Record<string, number>; fencedBy: string },
): Promise<StepOutcome> {
  const where = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([geography]) => geography)
    .join(', ');
  const said = `DNS still answers ${region} in ${where} after ${HEALTH_CHECK_MS / 1_000} s`;
  await context.evidence({ kind: 'note', text: said, data: { counts } });
  if (context.outputs[fencedBy]?.fenced === 'done') {
    return {
      status: 'done',
      note: `${said}. Its database is fenced, so no order is taken there twice; its users see errors until its health check fails.`,
      output: { counts, leftDns: false, atMs: context.now().getTime() },
    };
  }
  return {
    status: 'hold',
    note: `${said}, and its database is not fenced: after a promotion two databases would take orders. Switch ${region} off, or fence its database, by hand; this looks again every ${LOOK_AGAIN_SECONDS} s.`,
    seconds: LOOK_AGAIN_SECONDS,
  };
}
