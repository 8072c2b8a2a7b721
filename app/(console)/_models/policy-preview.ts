import type { PolicyPreviewModel } from '#components/settings/model.ts';
import type { Check } from '#components/ui/model.ts';
import { asksNobody } from '#lib/domain/approval/approval.ts';
import type { PolicyChange } from '#lib/domain/approval/change.ts';
import type { Requirement } from '#lib/domain/approval/progress.ts';
import { RISKS, type Risk } from '#lib/domain/approval/risk.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { OPERATION_KINDS } from '#lib/domain/operation/kind.ts';
import { durationWords } from '#lib/domain/recovery/words.ts';
import type { PolicyPreview } from '#lib/services/approvals/preview-policy.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { agreeWords } from './approval-policies.ts';
import { listOf } from './common.ts';
import { kindName } from './kind-words.ts';

const MOST_KINDS = 3;
const MOST_NAMES = 3;

/** What a policy would change and who could agree then, as its sheet says it. */
export function policyPreviewModel(
  { estate }: Pick<VerbContext, 'estate'>,
  preview: PolicyPreview,
): PolicyPreviewModel {
  return {
    changes: changeRows(estate, preview.changes),
    checks: [...loosenChecks(preview), ...preview.reach.flatMap(reachChecks), ...heldCheck(preview.held)],
    refusal: preview.verdict.allowed ? null : preview.verdict.reason,
  };
}

interface Difference {
  environment: string;
  aspect: string;
  before: string;
  after: string;
  of: Map<string, Risk[]>;
}

/** What is asked differently, one line for all kinds of which the same is. */
function changeRows(
  estate: VerbContext['estate'],
  changes: readonly PolicyChange[],
): PolicyPreviewModel['changes'] {
  const found = new Map<string, Difference>();
  for (const { environment, kind, risk, before, after } of changes) {
    const scale = findEnvironment(estate, environment)?.timeScale ?? 1;
    for (const [aspect, wordsOf] of ASPECTS) {
      const [was, becomes] = [wordsOf(before, scale), wordsOf(after, scale)];
      if (was === becomes) continue;
      const key = JSON.stringify([environment, aspect, was, becomes]);
      const same = found.get(key) ?? { environment, aspect, before: was, after: becomes, of: new Map() };
      same.of.set(kind, [...(same.of.get(kind) ?? []), risk]);
      found.set(key, same);
    }
  }
  return [...found.values()].map(({ environment, aspect, before, after, of }) => ({
    label: `${kindsWords(of)} in ${environment}: ${aspect}`,
    before,
    after,
  }));
}

const ASPECTS: readonly [string, (policy: PolicyChange['after'], scale: number) => string][] = [
  ['must agree', agreeWords],
  [
    'request expires',
    (policy, scale) =>
      asksNobody(policy) ? 'never waits' : `after ${durationWords((policy.expiresMinutes * 60) / scale)}`,
  ],
  ['API tokens', ({ tokensApprove }) => (tokensApprove ? 'may approve' : 'may not approve')],
];

/** "Deployment", "Failover of high risk", "every kind", "Failover, Drill, Return and 4 more" */
function kindsWords(of: ReadonlyMap<string, readonly Risk[]>): string {
  const risks = new Set([...of.values()].map((some) => some.join()));
  const [all] = risks;
  const risk = risks.size === 1 && all !== undefined && all !== RISKS.join() ? ` of ${all} risk` : '';
  if (of.size === OPERATION_KINDS.length && risks.size === 1) return `every kind${risk}`;
  const names = [...of].map(([kind, some]) =>
    risk === '' && some.length < RISKS.length ? `${kindName(kind)} of ${some.join()} risk` : kindName(kind),
  );
  const shown =
    names.length > MOST_KINDS
      ? [...names.slice(0, MOST_KINDS - 1), `${names.length - MOST_KINDS + 1} more`]
      : names;
  return `${listOf(shown)}${risk}`;
}

function loosenChecks({ changes, loosens, verdict }: PolicyPreview): Check[] {
  if (changes.length === 0)
    return [
      {
        id: 'same',
        status: 'ok',
        text: 'Nothing is asked differently by it: the policy that holds says so.',
      },
    ];
  const unasked = changes.some(({ before, after }) => asksNobody(after) && !asksNobody(before));
  const tokens = changes.some(({ before, after }) => after.tokensApprove && !before.tokensApprove);
  return [
    loosens
      ? {
          id: 'loosens',
          status: verdict.allowed ? 'warning' : 'held',
          text: 'It asks for less than what holds now.',
          reason: verdict.allowed
            ? 'Only an admin who may neither request nor approve operations can do that, as you.'
            : verdict.reason,
        }
      : { id: 'loosens', status: 'ok', text: 'It asks for nothing less than what holds now.' },
    ...(unasked
      ? [{ id: 'unasked', status: 'warning', text: 'It starts with nobody asked then.' } as const]
      : []),
    ...(tokens
      ? [
          {
            id: 'tokens',
            status: 'warning',
            text: 'API tokens may approve it then.',
            reason: 'Not what cannot be undone: that takes a person.',
          } as const,
        ]
      : []),
  ];
}

function reachChecks({ environment, requirements, stuck }: PolicyPreview['reach'][number]): Check[] {
  const open = requirements.filter(({ met }) => !met);
  if (open.length > 0) return open.map((requirement) => openCheck(environment, requirement));
  const names = [...new Set(requirements.flatMap(({ mayMeet }) => mayMeet))];
  return [
    {
      id: `reach ${environment}`,
      status: 'ok',
      text: `In ${environment} ${some(names)} could agree at present.`,
    },
    ...stuck.map(
      ({ name, open: left }): Check => ({
        id: `stuck ${environment} ${name}`,
        status: 'warning',
        text: `What ${name} asks for in ${environment}, nobody could agree to in full at present.`,
        reason: `Whoever asks never counts, and ${listOf(left)} would stay open.`,
      }),
    ),
  ];
}

/** What could not be met if everybody agreed now. */
function openCheck(environment: string, { key, words, have, mayMeet, offDuty }: Requirement): Check {
  const id = `open ${environment} ${key}`;
  if (offDuty !== null && mayMeet.length > 0)
    return { id, status: 'warning', text: `In ${environment} ${words}: not at this hour.`, reason: offDuty };
  return {
    id,
    status: 'critical',
    text: `In ${environment} nothing of it could start at present: ${words} must agree.`,
    reason:
      mayMeet.length === 0
        ? 'Nobody could: an admin grants roles under People.'
        : `Only ${some(mayMeet)} could${have < mayMeet.length ? ', and one person counts once' : ''}.`,
  };
}

function some(names: readonly string[]): string {
  return names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES - 1).join(', ')} and ${names.length - MOST_NAMES + 1} more`
    : listOf(names);
}

function heldCheck(held: readonly string[]): Check[] {
  if (held.length === 0) return [];
  return [
    {
      id: 'held',
      status: 'warning',
      text: `${some(held)} ${held.length === 1 ? 'waits and is' : 'wait and are'} held to what is asked more.`,
    },
  ];
}
