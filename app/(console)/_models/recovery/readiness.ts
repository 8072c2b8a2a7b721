import type {
  ReadinessCell as Cell,
  CheckDetail,
  CheckGroup,
  ReadinessModel,
  Scenario as ScenarioHead,
  Tab,
} from '#components/recovery/model.ts';
import { plural } from '#components/ui/format.ts';
import {
  READINESS_CHECKS,
  type Readiness,
  type ReadinessCell,
  type ReadinessCheck,
  type ScenarioReadiness,
} from '#lib/domain/recovery/readiness.ts';
import type { Scenario } from '#lib/domain/recovery/scenario.ts';
import { STATEMENTS } from '#lib/domain/recovery/statements.ts';
import { routes } from '#lib/routes.ts';
import { readinessOf } from '#lib/services/recovery/situation.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { requestPermission, tryPlan } from './acts.ts';
import { type Frame, requestHref, slowFreshSeconds, VERDICT_STATUS } from './frame.ts';
import { rankingModels } from './ranking.ts';
import { evidenceOf, figureOf } from './readiness-figures.ts';

const GROUP_NAMES = {
  data: 'Database',
  capacity: 'Capacity and residency',
  network: 'Network and DNS',
  copies: 'Other stores',
  people: 'Release and people',
  proof: 'Plan and proof',
} as const satisfies Record<(typeof READINESS_CHECKS)[ReadinessCheck]['group'], string>;

const CHECKS = Object.keys(READINESS_CHECKS) as ReadinessCheck[];

const KINDS = [
  { key: undefined, label: 'All', of: () => true },
  { key: 'regions', label: 'Regions', of: ({ kind }: Scenario) => kind === 'region' },
  { key: 'links', label: 'Links', of: ({ kind }: Scenario) => kind === 'link' },
  { key: 'services', label: 'Services', of: ({ kind }: Scenario) => kind === 'route53' },
] as const;

/** Every scenario against every check, the open cell explained, and who would take over. */
export async function readinessModel(
  frame: Frame,
  query: { scenario?: string | undefined; check?: string | undefined },
): Promise<ReadinessModel> {
  const readiness = readinessOf(frame.situation);
  const filter = KINDS.find(({ key }) => key !== undefined && key === query.scenario) ?? KINDS[0];
  const shown = readiness.scenarios.filter(({ scenario }) => filter.of(scenario));
  const short = shortNames(frame.situation.outlook.environment.regions);
  const open = readiness.scenarios
    .flatMap(({ cells }) => cells)
    .find(({ check, scenario }) => check === query.check && scenario === query.scenario);
  return {
    filters: filtersOf(frame, readiness, filter.key),
    scenarios: shown.map((scenario) => scenarioHead(scenario, short)),
    groups: groupsOf(frame, shown, readiness.at),
    chosen: open ? await detailOf(frame, open, readiness) : null,
    rankings: rankingModels(frame),
  };
}

function filtersOf({ here }: Frame, { scenarios }: Readiness, current: string | undefined): Tab[] {
  return KINDS.map(({ key, label, of }) => ({
    label: `${label} ${scenarios.filter(({ scenario }) => of(scenario)).length}`,
    href: routes.recovery({ ...here, tab: 'readiness', scenario: key }),
    current: key === current,
  }));
}

function scenarioHead(
  { id, scenario, verdict, cells }: ScenarioReadiness,
  short: (code: string) => string,
): ScenarioHead {
  const of = (wanted: ReadinessCell['verdict']) => cells.filter((cell) => cell.verdict === wanted).length;
  const words = {
    ok: 'ready',
    warning: plural(of('warning'), 'warning'),
    unknown: `${of('unknown')} unknown`,
    blocked: plural(of('blocked'), 'gap'),
  };
  return { id, ...scenarioName(scenario, short), status: VERDICT_STATUS[verdict], word: words[verdict] };
}

function scenarioName(
  scenario: Scenario,
  short: (code: string) => string,
): Pick<ScenarioHead, 'name' | 'what'> {
  switch (scenario.kind) {
    case 'region':
      return { name: scenario.region, what: 'Region lost' };
    case 'link':
      return { name: scenario.between.map(short).join(' – '), what: 'link lost' };
    case 'route53':
      return { name: 'Route 53', what: 'control plane lost' };
    default:
      return scenario satisfies never;
  }
}

/** "us-east-1" as "us" where no other Region begins so, else "us-east": two of them stand in one narrow column. */
function shortNames(regions: readonly string[]): (code: string) => string {
  const first = (code: string) => code.split('-')[0] ?? code;
  const alone = (code: string) => regions.filter((other) => first(other) === first(code)).length === 1;
  return (code) => (alone(code) ? first(code) : code.replace(/-\d$/, ''));
}

function groupsOf(frame: Frame, scenarios: readonly ScenarioReadiness[], evaluatedAt: string): CheckGroup[] {
  return (Object.keys(GROUP_NAMES) as (keyof typeof GROUP_NAMES)[]).flatMap((group): CheckGroup[] => {
    const checks = CHECKS.filter((check) => READINESS_CHECKS[check].group === group).map((check) => ({
      id: check,
      name: READINESS_CHECKS[check].title,
      cells: scenarios.map(({ cells }) => {
        const cell = cells.find((candidate) => candidate.check === check);
        return cell ? cellModel(frame, cell, evaluatedAt) : null;
      }),
    }));
    const raised = checks.filter(({ cells }) => cells.some((cell) => cell !== null));
    return raised.length === 0 ? [] : [{ name: GROUP_NAMES[group], checks: raised }];
  });
}

/** How old a drill is says the figure; the cell was judged now. */
function judgedAt({ check, observedAt }: ReadinessCell, evaluatedAt: string): string {
  return check === 'proof' ? evaluatedAt : (observedAt ?? evaluatedAt);
}

function cellModel(frame: Frame, cell: ReadinessCell, evaluatedAt: string): Cell {
  return {
    status: VERDICT_STATUS[cell.verdict],
    figure: figureOf(frame, cell),
    href: routes.recovery({
      ...frame.here,
      tab: 'readiness',
      scenario: cell.scenario,
      check: cell.check,
    }),
    at: judgedAt(cell, evaluatedAt),
    withinSeconds: slowFreshSeconds(frame),
  };
}

const WORDS = { ok: 'passes', warning: 'warns', unknown: 'not known', blocked: 'fails' } as const;

async function detailOf(frame: Frame, cell: ReadinessCell, readiness: Readiness): Promise<CheckDetail> {
  const title = readiness.scenarios.find(({ id }) => id === cell.scenario)?.title ?? cell.scenario;
  const statement = STATEMENTS.find(({ code }) => code === cell.source);
  return {
    checkId: cell.check,
    scenarioId: cell.scenario,
    title: `${READINESS_CHECKS[cell.check].title}, if ${title}`,
    status: VERDICT_STATUS[cell.verdict],
    word: WORDS[cell.verdict],
    message: cell.message,
    at: judgedAt(cell, readiness.at),
    withinSeconds: slowFreshSeconds(frame),
    evidence: evidenceOf(frame, cell),
    source: statement
      ? {
          row: statement.code,
          statement: statement.says?.quote ?? statement.title,
          line: statement.says ? `L${statement.says.line}` : null,
        }
      : null,
    remedy: cell.remedy?.text ?? null,
    operation: await closingOperation(frame, cell),
    finding: statement
      ? { id: statement.code, href: routes.findings({ ...frame.here, finding: statement.code }) }
      : null,
  };
}

/** The operation that closes the gap, and whether this person may ask for it now. */
async function closingOperation(
  frame: Frame,
  { check, remedy, scenario }: ReadinessCell,
): Promise<CheckDetail['operation']> {
  const operation = remedy?.operation;
  if (!operation) return null;
  const { context } = frame;
  const debts = context.actor.personId ? await listUnpaidDebts(context.database, context.actor.personId) : [];
  const tried = tryPlan(frame, operation);
  return {
    label: tried.ok ? tried.planned.plan.title : 'Request',
    href: requestHref(frame, operation, { tab: 'readiness', scenario, check }),
    permission: requestPermission(frame, { kind: operation.kind, debts }, tried),
  };
}
