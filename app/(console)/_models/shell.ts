import type { RollbackOffer } from '#components/deployments/pipeline-rollback-model.ts';
import type { OperationBarModel, PaletteItem, ShellModel } from '#components/shell/model.ts';
import { type Environment, type Estate, findEnvironment } from '#lib/domain/estate/estate.ts';
import { pastReturnOf } from '#lib/domain/operation/state.ts';
import { consolesElsewhere } from '#lib/domain/recovery/home.ts';
import { actsAsRecovery } from '#lib/domain/recovery/params.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import { env } from '#lib/env.ts';
import { routes } from '#lib/routes.ts';
import { countWaiting } from '#lib/services/approvals/count.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listSplitBrains } from '#lib/services/fences/list.ts';
import { listConsoles } from '#lib/services/home/consoles.ts';
import { findActiveOperation, listOperations } from '#lib/services/operations/read.ts';
import { readStoredOperation } from '#lib/services/operations/stored.ts';
import { readDetection } from '#lib/services/recovery/situation.ts';
import { listUnpaidDebts } from '#lib/services/reviews/debts.ts';
import { countOpenReviews } from '#lib/services/reviews/list.ts';
import type { SignedIn } from '#lib/web/session.ts';
import { controlPermission, stopPlan } from './acts.ts';
import { count, duration, within } from './common.ts';
import { isDeploymentKind } from './deployment-run.ts';
import {
  type Alarms,
  homeModel,
  noticesOf,
  recoveryCount,
  regionAboard,
  regionsInTrouble,
} from './notices.ts';
import { rollbackOffer } from './rollback-offer.ts';

type Active = NonNullable<Awaited<ReturnType<typeof findActiveOperation>>>;

/** Bars, rail and palette, the same on every page. */
export async function shellModel(
  context: VerbContext & { actor: SignedIn },
  environmentName: string,
): Promise<ShellModel> {
  const { estate, now, actor } = context;
  const environment = findEnvironment(estate, environmentName);
  const here = within(estate, environmentName);
  const [active, waiting, reviews, alarms, offer] = await Promise.all([
    findActiveOperation(context, environmentName),
    countWaiting(context),
    countOpenReviews(context),
    readAlarms(context, environmentName),
    rollbackOffer(context, environmentName),
  ]);
  const recovery = recoveryCount(alarms);
  return {
    at: now.toISOString(),
    environment: {
      name: environmentName,
      timeScale: environment?.timeScale ?? 1,
      choices: estate.environments.map(({ name }) => ({
        name,
        href: routes.overview({ environment: name }),
      })),
    },
    home: homeModel(context, alarms),
    notices: noticesOf(context, alarms, here),
    person: {
      name: actor.name,
      email: actor.email,
      roles: [...new Set(actor.grants.map(({ role }) => role))].join(', ') || 'no role',
      password: passwordPlace(actor),
    },
    counts: {
      ...(recovery ? { recovery } : {}),
      ...(waiting + reviews > 0
        ? {
            approvals: {
              count: waiting + reviews,
              status: reviews > 0 ? ('warning' as const) : ('waiting' as const),
            },
          }
        : {}),
      ...(active
        ? {
            operations: {
              count: 1,
              status:
                active.state === 'holding' || active.state === 'paused'
                  ? ('held' as const)
                  : ('running' as const),
            },
          }
        : {}),
    },
    operation: active ? runningBar(context, active, environment) : await idleBar(context, environmentName),
    palette: [
      ...rollbacks(offer),
      ...palette(estate, here, { served: environment?.regions ?? [], ...regionsInTrouble(alarms) }),
    ],
    ...(offer ? { rollback: offer } : {}),
  };
}

async function readAlarms(context: VerbContext, environment: string): Promise<Alarms> {
  const { database, actor } = context;
  const [detection, splitBrains, debts] = await Promise.all([
    readDetection(context, { name: environment }),
    listSplitBrains(context, environment),
    actor.personId ? listUnpaidDebts(database, actor.personId) : [],
  ]);
  const aboard = regionAboard(context, detection);
  const elsewhere =
    aboard === null ? [] : consolesElsewhere({ consoles: await listConsoles(database) }, aboard);
  return { detection, elsewhere, splitBrains, debts };
}

/** A person without a password here signs in at the provider, which may have been taken out of the configuration since. */
function passwordPlace({ provesBy }: SignedIn): ShellModel['person']['password'] {
  if (provesBy !== 'provider') return { kept: 'here' };
  const { OIDC_ISSUER } = env();
  return { kept: 'provider', provider: OIDC_ISSUER ? new URL(OIDC_ISSUER).host : 'your identity provider' };
}

function runningBar(
  context: VerbContext,
  active: Active,
  environment: Environment | undefined,
): OperationBarModel {
  const total = active.steps.length;
  const done = active.steps.filter(({ state }) => state === 'done' || state === 'skipped').length;
  const under = active.steps.filter(({ state }) => state === 'running' || state === 'holding');
  const current = under[0] ?? active.steps[done];
  const since = current?.startedAt
    ? duration((context.now.getTime() - current.startedAt.getTime()) / 1_000)
    : null;
  const stoppable = {
    ...active,
    done,
    total,
    putsBack: (readStoredOperation(active.plan)?.compensation ?? []).map(({ title }) => title),
  };
  const back = 2 * context.estate.dns.ttlSeconds + Math.ceil(60 / (environment?.timeScale ?? 1));
  const whatBack = actsAsRecovery(active.kind)
    ? 'putting back what it changed'
    : isDeploymentKind(active.kind)
      ? 'going back to the version before'
      : 'putting traffic back';
  const doing = {
    preempting: 'Waiting until the environment is let go of',
    queued: 'Waiting for a worker',
    paused: 'Paused',
    holding: `Held at ${titleWords(current?.title) ?? 'its gate'}`,
    aborting: `Aborting: ${whatBack}`,
    reverting: `Reverting: ${whatBack}`,
  }[active.state as string];
  const past = pastReturnOf(active.steps) === null ? '' : '. Past the point of no return';
  return {
    state: active.state === 'paused' ? 'paused' : active.state === 'holding' ? 'held' : 'running',
    id: active.id,
    href: routes.operation(active.id, within(context.estate, active.environment)),
    title: active.title,
    step: { index: Math.min(done + 1, total), count: total },
    progress: `${doing ?? stepWords(under, current, total)}${since ? `, ${since}` : ''}${past}`,
    pause: controlPermission(context.actor, active, 'pause'),
    resume: controlPermission(context.actor, active, 'resume'),
    abort: controlPermission(context.actor, active, 'abort'),
    abortPlan: stopPlan(stoppable, 'abort', back),
  };
}

/** "Step 3 of 24, promote …", "Steps 2 to 9 of 24 at once". */
function stepWords(
  under: Active['steps'],
  current: Active['steps'][number] | undefined,
  total: number,
): string {
  if (!current) return 'Starting';
  const [first, last] = [under[0], under.at(-1)];
  if (first && last && under.length > 1)
    return `Steps ${first.position + 1} to ${last.position + 1} of ${total}, ${under.length} at once`;
  return `Step ${current.position + 1} of ${total}, ${titleWords(current.title)}`;
}

/** A step's title within a sentence; the name of a Region at its beginning stays as it is. */
function titleWords(title: string | undefined): string | undefined {
  return title === undefined ? undefined : title.charAt(0).toLowerCase() + title.slice(1);
}

async function idleBar(context: VerbContext, environment: string): Promise<OperationBarModel> {
  const { items } = await listOperations(context, { environment, state: 'ended', limit: 1 });
  const last = items[0];
  const said = last
    ? ` Last: ${last.id} ${last.state} at ${utcMinute((last.endedAt ?? last.createdAt).toISOString())}.`
    : '';
  return { state: 'idle', sentence: `No operation is running in ${environment}.${said}` };
}

interface Reach {
  served: readonly string[];
  failing: readonly string[];
  suspect: readonly string[];
}

function palette(estate: Estate, here: { environment?: string }, reach: Reach): PaletteItem[] {
  const regions = estate.regions.filter(({ code }) => reach.served.includes(code));
  const go = (id: string, label: string, href: PaletteItem['href'], hint?: string): PaletteItem => ({
    id,
    group: 'Go to',
    label,
    href,
    ...(hint ? { hint } : {}),
  });
  return [
    ...[...reach.failing, ...reach.suspect].map((code) =>
      run(`decide-${code}`, `Decide about ${code}`, routes.decide({ ...here, lost: code }), 'it fails'),
    ),
    go('overview', 'Overview', routes.overview(here), 'G O'),
    go('traffic', 'Traffic', routes.traffic(here), 'G T'),
    go('replication', 'Replication', routes.replication(here), 'G R'),
    go('network', 'Network', routes.network(here), 'G N'),
    go('recovery', 'Recovery', routes.recovery(here), 'G V'),
    go('readiness', 'Readiness', routes.recovery({ ...here, tab: 'readiness' })),
    go('drills', 'Drills', routes.recovery({ ...here, tab: 'drills' })),
    go('reports', 'Reports of recoveries', routes.recovery({ ...here, tab: 'reports' })),
    go('findings', 'Findings', routes.findings(here)),
    go('operations', 'Operations', routes.operations(here), 'G P'),
    go('approvals', 'Approvals', routes.approvals(here), 'G A'),
    go('freezes', 'Freezes', routes.freezes(here), 'G F'),
    go('freeze-calendar', 'Calendar of freezes', routes.freezes({ ...here, tab: 'calendar' })),
    go('reviews', 'Reviews of emergencies', routes.approvals({ ...here, tab: 'reviews' })),
    go('cost', 'Cost', routes.cost(here), 'G C'),
    go('audit', 'Audit', routes.audit(here), 'G L'),
    go('settings', 'People, tokens and policies', routes.settings(here), 'G S'),
    ...regions.map(({ code, name }) => ({
      id: `region-${code}`,
      group: 'Regions',
      label: code,
      hint: name,
      href: routes.region(code, here),
    })),
    ...(regions.length < 2 ? [] : [...shifts(regions, here), ...recoveries(regions, here)]),
    run('deploy', 'Deploy a release', routes.deployments({ ...here, act: 'deploy' }), 'opens the request'),
    run('freeze', 'Freeze or release changes', routes.freezes(here)),
  ];
}

/** What can be rolled back, first among what can be run: its sheet opens over whatever page stands below. */
function rollbacks(offer: RollbackOffer | null): PaletteItem[] {
  if (offer === null) return [];
  const { version, regions, operation } = offer;
  return [
    {
      ...run('rollback', `Roll back ${version}`, operation.href, count(regions.length, 'Region')),
      group: 'Now',
      opens: 'rollback',
    },
  ];
}

function run(id: string, label: string, href: PaletteItem['href'], hint?: string): PaletteItem {
  return { id, group: 'Run', label, href, ...(hint ? { hint } : {}) };
}

/** What one Region alone has no use for. */
function shifts(regions: Estate['regions'], here: { environment?: string }): PaletteItem[] {
  const hint = 'opens the composer';
  return [
    run('shift', 'Shift traffic', routes.traffic({ ...here, compose: 'geography' }), hint),
    ...regions.map(({ code }) =>
      run(
        `drain-${code}`,
        `Drain ${code}`,
        routes.traffic({ ...here, compose: 'drain', region: code }),
        hint,
      ),
    ),
  ];
}

/** Recovery operations that are asked for in a sheet: nothing is done before it is looked at there. */
function recoveries(regions: Estate['regions'], here: { environment?: string }): PaletteItem[] {
  const hint = 'opens the request';
  const ask = (query: NonNullable<Parameters<typeof routes.recovery>[0]>) =>
    routes.recovery({ ...here, ...query });
  return [
    ...regions
      .filter(({ promotable }) => promotable)
      .map(({ code }) =>
        run(`switchover-${code}`, `Switch over to ${code}`, ask({ act: 'switchover', target: code }), hint),
      ),
    ...regions.map(({ code }) =>
      run(`evacuate-${code}`, `Evacuate ${code}`, ask({ act: 'evacuate', region: code }), hint),
    ),
    ...regions.map(({ code }) =>
      run(`drill-${code}`, `Drill in ${code}`, ask({ act: 'drill', level: 'tabletop', region: code }), hint),
    ),
  ];
}
