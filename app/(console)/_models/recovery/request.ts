import type { Route } from 'next';
import type {
  EmergencyOffer,
  RequestChoice,
  RequestModel,
  RpoOffer,
} from '#components/recovery/request-model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { isEmergencyKind } from '#lib/domain/operation/kind.ts';
import { pointOfNoReturn } from '#lib/domain/operation/plan.ts';
import { mayStartEmergency, preemptionWords } from '#lib/domain/recovery/emergency.ts';
import { DRILL_LEVELS, RECOVERY_PARAMS, type RecoveryKind } from '#lib/domain/recovery/params.ts';
import { reviewDueAt } from '#lib/domain/recovery/review-debt.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import { acceptable, openChecks } from '#lib/domain/traffic/preflight.ts';
import { type RequestQuery, routes } from '#lib/routes.ts';
import { previewApproval } from '#lib/services/approvals/preview.ts';
import type { PlannedOperation } from '#lib/services/operations/planners/planner.ts';
import { planShape } from '#lib/services/operations/planners/recovery.ts';
import { readRunHistory } from '#lib/services/recovery/history.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { proofNeed } from '#lib/web/prove.ts';
import { agreementWords } from '../agreement.ts';
import { acceptModel } from '../common.ts';
import { type Asked, requestPermission, tryPlan } from './acts.ts';
import { LEVELS } from './drills.ts';
import { type Frame, slowFreshSeconds } from './frame.ts';

/** What the address asks for in a sheet; a lost Region is decided about on its own page. */
export function askedInQuery(query: Readonly<Record<string, string | undefined>>): Asked | null {
  const kind = (Object.keys(RECOVERY_PARAMS) as RecoveryKind[]).find((known) => known === query.act);
  if (kind === undefined || kind === 'failover') return null;
  const fields = Object.keys(RECOVERY_PARAMS[kind].shape);
  const params = Object.fromEntries(
    fields.flatMap((field) => (query[field] === undefined ? [] : [[field, query[field]]])),
  );
  const parsed = RECOVERY_PARAMS[kind].safeParse(params);
  return parsed.success ? { kind, params: parsed.data } : null;
}

interface Offer {
  /** As the page under it carries them, so that a choice changes nothing else. */
  page?: Parameters<typeof routes.recovery>[0];
  /** Where a choice leads, of a sheet that stands over another page. */
  hrefOf?: (asked: RequestQuery) => Route;
  /** Of a failover: what may be lost. */
  rpo?: RpoOffer | null;
  keepHref?: Route;
}

/** A recovery operation before it is asked for: what it changes, what could go wrong, who must agree. */
export async function requestModel(
  frame: Frame,
  asked: Asked,
  {
    page = {},
    rpo = null,
    keepHref,
    hrefOf = (query) => routes.recovery({ ...frame.here, ...page, ...query }),
  }: Offer = {},
): Promise<RequestModel> {
  const { context, environment } = frame;
  const { actor, database } = context;
  const { kind } = asked;
  const tried = tryPlan(frame, asked);
  const debts = actor.personId ? await listUnpaidDebts(database, actor.personId) : [];
  const runs = await readRunHistory(database, environment);
  const params = textsOf(asked.params);
  const permission = requestPermission(frame, { kind, debts }, tried);
  const shared = {
    kind,
    params,
    environment,
    ...wordsOf(frame, kind, params),
    choices: choicesOf(frame, asked, hrefOf),
    agreement: await agreementOf(frame, kind, tried.ok ? tried.planned : null),
    rpo,
    keepHref: keepHref ?? null,
  };
  if (!tried.ok) {
    return {
      ...shared,
      changes: [],
      plan: { steps: 0, irreversible: null, href: planHref(frame, asked), typicalSeconds: null },
      checks: [{ id: 'no-plan', status: 'held', text: tried.reason }],
      typed: null,
      proof: null,
      price: { lines: [], monthlyDollars: 0 },
      permission,
      refusal: tried.reason,
      emergency: null,
      digest: '',
      shape: '',
    };
  }
  const { planned } = tried;
  const irreversible = pointOfNoReturn(planned.plan);
  const number = irreversible ? planned.plan.steps.indexOf(irreversible) + 1 : 0;
  return {
    ...shared,
    changes: planned.changes,
    plan: {
      steps: planned.plan.steps.length,
      irreversible: irreversible
        ? `Step ${number}, “${irreversible.title}”; from there it goes forward only.`
        : null,
      href: planHref(frame, asked),
      typicalSeconds: runs[kind]?.p50Seconds ?? null,
    },
    checks: planned.checks.map((check) =>
      acceptModel(check, { withinSeconds: slowFreshSeconds(frame), here: frame.here }),
    ),
    typed: planned.confirm,
    proof: irreversible ? proofNeed(actor) : null,
    price: { lines: planned.price.lines, monthlyDollars: planned.price.monthlyDollars },
    permission,
    refusal: refusalOf(planned),
    emergency: isEmergencyKind(kind) ? emergencyOf(frame, kind, planned, params) : null,
    digest: planned.digest,
    shape: planShape(planned.subject),
  };
}

/** The bound that is accepted is no choice of the address. */
function textsOf(params: Asked['params']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

function planHref({ here }: Frame, { kind, params }: Asked) {
  const id = [kind, ...Object.values(textsOf(params))].join('-');
  return routes.recovery({ ...here, tab: 'plans', plan: id });
}

function wordsOf(
  { situation }: Frame,
  kind: RecoveryKind,
  params: Readonly<Record<string, string>>,
): Pick<RequestModel, 'title' | 'note' | 'changeNote'> {
  const writer = situation.topology.writer ?? 'the writer';
  switch (kind) {
    case 'failover':
      return {
        title: `Fail over to ${params.target}`,
        note: `${params.lost} is left`,
        changeNote: 'Going back is a failback of its own, never automatic.',
      };
    case 'switchover':
      return {
        title: `Switch over to ${params.target}`,
        note: 'planned, no order is lost',
        changeNote: 'Abort puts everything back up to the promotion, and is refused after it.',
      };
    case 'failback':
      return {
        title: `Fail back to ${params.target}`,
        note: 'planned, no order is lost',
        changeNote: 'Can be put back until its promotion, and goes forward from there.',
      };
    case 'evacuate':
      return {
        title: `Evacuate ${params.region}`,
        note: 'reads only, nothing is promoted',
        changeNote: 'Undone by a return.',
      };
    case 'return':
      return { title: `Let readers back to ${params.region}`, note: 'its switches are lifted' };
    case 'rebuild':
      return {
        title: `Rebuild ${params.region}`,
        note: `a replica of ${writer}`,
        changeNote: 'What it makes serves nobody until it replicates; an old primary is never opened again.',
      };
    case 'prepare-switch':
      return {
        title: `Prepare the switch of ${params.region}`,
        note: 'needs Route 53’s control plane now, so that it is not needed then',
      };
    case 'connect-regions':
      return {
        title: `Connect ${params.from} and ${params.to}`,
        note: 'a peering with routes both ways',
        changeNote: 'Nothing is interrupted.',
      };
    case 'drill':
      return {
        title: `Drill in ${params.region}: ${levelName(params.level).toLowerCase()}`,
        note: 'the same plan as for real',
      };
    default:
      return kind satisfies never;
  }
}

function levelName(level: string | undefined): string {
  const known = DRILL_LEVELS.find((candidate) => candidate === level);
  return known ? LEVELS[known].label : 'drill';
}

/** Each value is an address: the server plans it anew. */
function choicesOf(
  frame: Frame,
  { kind, params }: Asked,
  hrefOf: NonNullable<Offer['hrefOf']>,
): RequestChoice[] {
  const { regions } = frame.situation.outlook.environment;
  const { writer } = frame.situation.topology;
  const chosen = textsOf(params);
  const hrefWith = (name: string, value: string) =>
    hrefOf({ act: kind, ...(chosen as RequestQuery), [name]: value });
  const choice = (
    name: string,
    label: string,
    values: readonly { value: string; label: string }[],
  ): RequestChoice => ({
    name,
    label,
    value: chosen[name] ?? '',
    options: values.map((option) => ({ ...option, href: hrefWith(name, option.value) })),
  });
  const named = (codes: readonly string[]) => codes.map((code) => ({ value: code, label: code }));
  switch (kind) {
    case 'switchover':
    case 'failback':
      return [choice('target', 'To', named(regions.filter((code) => code !== writer)))];
    case 'drill': {
      const level = DRILL_LEVELS.find((known) => known === chosen.level);
      return [
        {
          ...choice(
            'level',
            'Level',
            DRILL_LEVELS.map((value) => ({ value, label: LEVELS[value].label })),
          ),
          ...(level ? { hint: LEVELS[level].hint } : {}),
        },
        choice('region', 'Region', named(regions)),
      ];
    }
    case 'evacuate':
    case 'return':
    case 'rebuild':
    case 'prepare-switch':
      return [choice('region', 'Region', named(regions))];
    case 'connect-regions':
      return [choice('from', 'From', named(regions)), choice('to', 'To', named(regions))];
    case 'failover':
      return [];
    default:
      return kind satisfies never;
  }
}

/** Who must agree, to this plan with all that may be accepted; where there is none, to the kind in general. */
async function agreementOf(
  { context, environment }: Frame,
  kind: RecoveryKind,
  planned: PlannedOperation | null,
): Promise<RequestModel['agreement']> {
  const accepted = acceptable(planned?.checks ?? []);
  const nothing = { plan: { kind, environment, steps: [] }, checks: [], digest: '', regions: [] };
  return agreementWords(context, environment, await previewApproval(context, planned ?? nothing, accepted));
}

/** What stands in the way of a request whatever is accepted. */
function refusalOf({ checks }: PlannedOperation): string | null {
  return openChecks(checks, acceptable(checks))[0]?.message ?? null;
}

/** Started at once by whoever is on call; what stands against it is typed to override it, and a review is owed. */
function emergencyOf(
  { context, situation }: Frame,
  kind: RecoveryKind,
  planned: PlannedOperation,
  params: Readonly<Record<string, string>>,
): EmergencyOffer {
  const { outlook } = situation;
  const override = planned.blocks.map(({ id }) => id);
  const verdict = mayStartEmergency(outlook, {
    kind,
    lost: params.lost ?? params.region ?? '',
    reason: 'to be written',
    permission: permits(context.actor.grants, 'operation.emergency', { regions: planned.regions }),
    typed: override,
    blocks: planned.blocks,
  });
  const stands = openChecks(planned.checks, []).find(
    ({ code, verdict: found }) => found !== 'accept' && code !== 'freeze' && !override.includes(code),
  );
  const due = utcMinute(reviewDueAt(context.now).toISOString());
  const preempts = preemptionWords(outlook);
  return {
    permission: !verdict.allowed
      ? { allowed: false, code: verdict.code, reason: verdict.reason }
      : stands
        ? { allowed: false, code: stands.code, reason: stands.message }
        : { allowed: true },
    debt: `It starts at once and opens a review debt: until a second person has reviewed it, by ${due}, your normal changes are held.${preempts ? ` ${preempts}` : ''}`,
    override,
  };
}
