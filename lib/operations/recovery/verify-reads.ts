import { type GateVerdict, isThin, judgeSli, worstBand } from '#lib/domain/traffic/gate.ts';
import { gateLimits } from '#lib/domain/traffic/gate-limits.ts';
import type { TrafficMeasurement } from '../../ports/aws.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { VerifyReadsInput } from './input.ts';
import { requireEnvironment } from './place.ts';

/** The shortest of these windows that holds enough requests is judged, ms: what was slow at first does not count for long. */
const WINDOWS_MS = [60_000, 5 * 60_000, 60 * 60_000];
const THIN_SECONDS = 2;
/** Asked from each geography whether a Region that reports nothing is named at all. */
const QUESTIONS = 40;
const HOLD_SECONDS = 5;
/** After so long without enough requests it is for people to see, ms. */
const THIN_HOLDS_AFTER_MS = 5 * 60_000;

/**
 * Reads of the Regions that carry the users are within the gate's limits, over requests made since DNS and its caches have
 * followed. Orders are judged by a step of their own: in a Region without a path to the writer they fail, and reading there
 * is as well as ever.
 */
export const verifyReads: StepAction = {
  async run(context) {
    const input = VerifyReadsInput.parse(context.step.input);
    const sinceMs = Number(context.outputs[input.since]?.atMs ?? context.firstStartedAtMs);
    const toMs = context.now().getTime();
    if (toMs <= sinceMs) {
      const seconds = (sinceMs - toMs) / 1_000 + THIN_SECONDS;
      return { status: 'wait', note: `Resolvers follow for another ${Math.ceil(seconds)} s.`, seconds };
    }
    let judged: Judged | undefined;
    for (const windowMs of WINDOWS_MS) {
      const fromMs = Math.max(sinceMs, toMs - windowMs);
      judged = await judge(context, input, { fromMs, toMs });
      if (judged.status !== 'thin' || fromMs === sinceMs) break;
    }
    if (!judged) throw new Error('There is no window to judge.');
    const waitedMs = toMs - sinceMs;
    const outcome = outcomeOf(judged, { context, waitedMs, onFailure: input.onFailure });
    await context.evidence({
      kind: 'gate',
      text: judged.note,
      data: {
        band: BANDS[outcome.status],
        verdicts: judged.verdicts,
        windowSeconds: Math.round(judged.windowMs / 1_000),
      },
    });
    return outcome;
  },
};

const BANDS = {
  done: 'pass',
  skipped: 'pass',
  wait: 'hold',
  hold: 'hold',
  revert: 'revert',
  fail: 'revert',
} as const satisfies Record<StepOutcome['status'], string>;

interface Judged {
  status: 'pass' | 'thin' | 'hold' | 'revert';
  note: string;
  verdicts: GateVerdict[];
  windowMs: number;
}

async function judge(
  context: StepContext,
  input: { regions: readonly string[]; empty?: string | undefined; onFailure: 'revert' | 'hold' },
  window: { fromMs: number; toMs: number },
): Promise<Judged> {
  // A Region that hangs is asked only where its own traffic is in question: others wait for it.
  const asked = input.empty === undefined ? input.regions : undefined;
  const traffic = await context.aws.measureTraffic(window, asked);
  const limits = gateLimits(context.estate, requireEnvironment(context), 0);
  const of = (code: string) => traffic.find(({ region }) => region === code);
  const windowMs = window.toMs - window.fromMs;
  const verdicts = input.regions.flatMap((code) => {
    const measured = of(code);
    return measured?.error === null ? [judgeSli(`${code} reads`, measured.reads, limits)] : [];
  });
  const answer = (status: Judged['status'], note: string): Judged => ({ status, note, verdicts, windowMs });
  const said = (those: readonly GateVerdict[]) => those.map(({ message }) => message).join('; ');

  const band = worstBand(verdicts);
  if (band === 'revert')
    return answer('revert', said(verdicts.filter((verdict) => verdict.band === 'revert')));
  const mute = input.regions.filter((code) => of(code)?.error !== null);
  const out = verdicts.length > 0 && input.onFailure === 'hold' ? await servingNobody(context, mute) : [];
  const silent = mute.filter((code) => !out.includes(code));
  if (silent.length > 0) {
    const why = silent
      .map((code) => `${code} does not report (${of(code)?.error ?? 'not measured'})`)
      .join('; ');
    return answer('hold', `${why}. Unknown is not a pass.`);
  }
  const held = verdicts.filter((verdict) => verdict.band === 'hold' && !isThin(verdict));
  if (held.length > 0) return answer('hold', said(held));
  const stayed = input.empty === undefined ? undefined : staying(traffic, input.empty);
  if (stayed && stayed.points > context.estate.traffic.verifyPoints) {
    return answer('hold', `${stayed.words}, more than ${context.estate.traffic.verifyPoints} points.`);
  }
  const thin = verdicts.filter(isThin);
  if (thin.length > 0) return answer('thin', said(thin));
  const left = out.map((code) => `${code} does not report, and DNS names it nowhere: it serves nobody`);
  return answer('pass', [said(verdicts), stayed?.words, ...left].filter(Boolean).join('; '));
}

/**
 * Those of these Regions that no name server of the zone answers: lost as well, and so with no users to be served well or badly.
 * Behind the point of no return the rest does not wait for them.
 */
async function servingNobody(context: StepContext, regions: readonly string[]): Promise<readonly string[]> {
  if (regions.length === 0) return [];
  const { geographies } = context.estate;
  const answers = await Promise.all(geographies.map(({ key }) => context.aws.askDns(key, QUESTIONS)));
  return regions.filter((code) => answers.every((counts) => (counts[code] ?? 0) === 0));
}

/** Requests that still reach a Region which is to serve nobody; undefined where it does not report. */
function staying(
  traffic: readonly TrafficMeasurement[],
  region: string,
): { points: number; words: string } | undefined {
  const requests = ({ reads, writes }: TrafficMeasurement) => reads.requests + writes.requests;
  const measured = traffic.find((one) => one.region === region);
  if (!measured || measured.error !== null) return undefined;
  const all = traffic.filter(({ error }) => error === null).reduce((sum, one) => sum + requests(one), 0);
  const points = all === 0 ? 0 : (requests(measured) / all) * 100;
  return { points, words: `${region} still got ${requests(measured)} of ${all} requests` };
}

function outcomeOf(
  { status, note }: Judged,
  { context, waitedMs, onFailure }: { context: StepContext; waitedMs: number; onFailure: 'revert' | 'hold' },
): StepOutcome {
  switch (status) {
    case 'pass':
      return { status: 'done', note, output: { atMs: context.now().getTime() } };
    case 'revert':
      return onFailure === 'revert'
        ? { status: 'revert', note }
        : { status: 'hold', note, seconds: HOLD_SECONDS };
    case 'hold':
      return { status: 'hold', note, seconds: HOLD_SECONDS };
    case 'thin': {
      const thin = `Too few requests to judge yet: ${note}`;
      if (waitedMs < THIN_HOLDS_AFTER_MS) return { status: 'wait', note: thin, seconds: THIN_SECONDS };
      const environment = requireEnvironment(context);
      if (environment.onThinTraffic === 'pass-with-note')
        return {
          status: 'done',
          note: `Passed with little traffic, as ${environment.name} is set to: ${note}`,
        };
      return { status: 'hold', note: thin, seconds: HOLD_SECONDS };
    }
    default:
      return status satisfies never;
  }
}
