import type { NowModel } from '#components/recovery/model.ts';
import { plural } from '#components/ui/format.ts';
import { detectionTime } from '#lib/domain/recovery/detection.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import { readRunHistory } from '#lib/services/recovery/history.ts';
import { readRecoveryPolicy } from '#lib/services/recovery/policy.ts';
import { listPolicyActs } from '#lib/services/recovery/policy-acts.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { isObserved, recoveryActs, regionInQuestion } from './acts.ts';
import { fenceModels } from './fences.ts';
import type { Frame } from './frame.ts';
import { actWords, policyWords } from './policy-words.ts';
import { regionNow } from './region-now.ts';
import { witnessMatrix } from './witnesses.ts';

/** Each Region as its witnesses see it, what can be done about one of them, and what is fenced. */
export async function nowModel(frame: Frame, wanted: string | undefined): Promise<NowModel> {
  const { context, environment, situation } = frame;
  const { regions } = situation.outlook.environment;
  const region = regionInQuestion(frame, wanted);
  const debts = context.actor.personId ? await listUnpaidDebts(context.database, context.actor.personId) : [];
  const runs = await readRunHistory(context.database, environment);
  const observed = isObserved(frame, region);
  return {
    regions: regions.some((code) => isObserved(frame, code))
      ? regions.map((code) => regionNow(frame, code, code === region))
      : [],
    witnesses: witnessMatrix(frame),
    detection: [...detectionTerms(frame, region), ...(await policyTerms(frame))],
    acts: { region, items: observed ? recoveryActs(frame, region, { debts, runs }) : [] },
    fences: await fenceModels(frame),
  };
}

/** What the policy lets Meridian do by itself, and what it did last or why it did not. */
async function policyTerms({ context, environment }: Frame): Promise<NowModel['detection']> {
  const policy = await readRecoveryPolicy(context.database, environment);
  const [last] = await listPolicyActs(context, environment);
  return [
    { term: 'By itself', description: policyWords(policy) },
    ...(last || policy.onFailing !== 'recommend'
      ? [{ term: 'It did', description: actWords(last, context.now) }]
      : []),
  ];
}

/** How its loss would be noticed. */
function detectionTerms({ situation: { outlook } }: Frame, region: string): NowModel['detection'] {
  const { confirmedSeconds, trafficSeconds, parts } = detectionTime(outlook, region);
  const { acceleratedRecovery } = outlook.facts.zone.value ?? { acceleratedRecovery: null };
  return [
    {
      term: `Loss of ${region}`,
      description:
        confirmedSeconds === null
          ? 'no two vantage points could agree on it'
          : `two vantage points agree after ${durationWords(confirmedSeconds)}; the strategy promises under a minute (C-01)`,
    },
    {
      term: 'Adds up from',
      description: parts.map(({ label, seconds }) => `${label}, ${durationWords(seconds)}`).join('; '),
    },
    {
      term: 'Traffic',
      description:
        trafficSeconds === null
          ? 'goes on being sent there: its records carry no health check'
          : `has left by itself after ${durationWords(trafficSeconds)}`,
    },
    {
      term: 'Control plane',
      description: `Route 53’s is in us-east-1, health checks go on without it; accelerated recovery is ${acceleratedRecovery === null ? 'not known' : acceleratedRecovery ? 'on' : 'off'} (B-06)`,
    },
    {
      term: 'Counted',
      description: `${plural(outlook.environment.regions.length, 'vantage point')} of each Region decide: Route 53’s checkers and the canaries of its peers`,
    },
  ];
}
