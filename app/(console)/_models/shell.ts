import type { OperationBarModel, PaletteItem, ShellModel } from '#components/shell/model.ts';
import { type Environment, type Estate, findEnvironment } from '#lib/domain/estate/estate.ts';
import { routes } from '#lib/routes.ts';
import { countWaiting } from '#lib/services/approvals/count.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { findActiveOperation, listOperations } from '#lib/services/operations/read.ts';
import { readStoredOperation } from '#lib/services/operations/stored.ts';
import type { SignedIn } from '#lib/web/session.ts';
import { controlPermission, stopPlan } from './acts.ts';
import { duration, within } from './common.ts';

type Active = NonNullable<Awaited<ReturnType<typeof findActiveOperation>>>;

/** Bars, rail and palette, the same on every page. */
export async function shellModel(
  context: VerbContext & { actor: SignedIn },
  environmentName: string,
): Promise<ShellModel> {
  const { estate, now, actor } = context;
  const environment = findEnvironment(estate, environmentName);
  const [active, waiting] = [
    await findActiveOperation(context, environmentName),
    await countWaiting(context),
  ];
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
    home: { region: estate.console.homeRegion, databaseRegion: estate.console.databaseRegion },
    person: {
      name: actor.name,
      email: actor.email,
      roles: [...new Set(actor.grants.map(({ role }) => role))].join(', ') || 'no role',
    },
    counts: {
      ...(waiting > 0 ? { approvals: { count: waiting, status: 'waiting' as const } } : {}),
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
    palette: palette(estate, within(estate, environmentName), environment?.regions ?? []),
  };
}

function runningBar(
  context: VerbContext,
  active: Active,
  environment: Environment | undefined,
): OperationBarModel {
  const done = active.steps.filter(({ state }) => state === 'done' || state === 'skipped').length;
  const current =
    active.steps.find(({ state }) => state === 'running' || state === 'holding') ?? active.steps[done];
  const since = current?.startedAt
    ? duration((context.now.getTime() - current.startedAt.getTime()) / 1_000)
    : null;
  const stoppable = {
    ...active,
    done,
    total: active.steps.length,
    putsBack: (readStoredOperation(active.plan)?.compensation ?? []).map(({ title }) => title),
  };
  const back = 2 * context.estate.dns.ttlSeconds + Math.ceil(60 / (environment?.timeScale ?? 1));
  const doing = {
    preempting: 'Waiting until the environment is let go of',
    queued: 'Waiting for a worker',
    paused: 'Paused',
    holding: `Held at ${current?.title.toLowerCase() ?? 'its gate'}`,
    aborting: 'Aborting: putting traffic back',
    reverting: 'Reverting: putting traffic back',
  }[active.state as string];
  return {
    state: active.state === 'paused' ? 'paused' : active.state === 'holding' ? 'held' : 'running',
    id: active.id,
    href: routes.operation(active.id, within(context.estate, active.environment)),
    title: active.title,
    step: { index: Math.min(done + 1, active.steps.length), count: active.steps.length },
    progress: `${doing ?? `Step ${Math.min(done + 1, active.steps.length)} of ${active.steps.length}, ${current?.title.toLowerCase() ?? 'starting'}`}${since ? `, ${since}` : ''}`,
    pause: controlPermission(context.actor, active, 'pause'),
    resume: controlPermission(context.actor, active, 'resume'),
    abort: controlPermission(context.actor, active, 'abort'),
    abortPlan: stopPlan(stoppable, 'abort', back),
  };
}

async function idleBar(context: VerbContext, environment: string): Promise<OperationBarModel> {
  const { items } = await listOperations(context, { environment, state: 'ended', limit: 1 });
  const last = items[0];
  const said = last
    ? ` Last: ${last.id} ${last.state} at ${(last.endedAt ?? last.createdAt).toISOString().slice(11, 16)} UTC.`
    : '';
  return { state: 'idle', sentence: `No operation is running in ${environment}.${said}` };
}

function palette(estate: Estate, here: { environment?: string }, served: readonly string[]): PaletteItem[] {
  const regions = estate.regions.filter(({ code }) => served.includes(code));
  const go = (id: string, label: string, href: PaletteItem['href'], hint?: string): PaletteItem => ({
    id,
    group: 'Go to',
    label,
    href,
    ...(hint ? { hint } : {}),
  });
  return [
    go('overview', 'Overview', routes.overview(here), 'G O'),
    go('traffic', 'Traffic', routes.traffic(here), 'G T'),
    go('replication', 'Replication', routes.replication(here), 'G R'),
    go('operations', 'Operations', routes.operations(here), 'G P'),
    go('approvals', 'Approvals', routes.approvals(here), 'G A'),
    go('cost', 'Cost', routes.cost(here), 'G C'),
    go('audit', 'Audit', routes.audit(here), 'G L'),
    go('settings', 'People and freezes', routes.settings(here), 'G S'),
    ...regions.map(({ code, name }) => ({
      id: `region-${code}`,
      group: 'Regions',
      label: code,
      hint: name,
      href: routes.region(code, here),
    })),
    ...(regions.length < 2 ? [] : shifts(regions, here)),
    {
      id: 'freeze',
      group: 'Run',
      label: 'Freeze or release changes',
      href: routes.settings({ ...here, tab: 'freezes' }),
    },
  ];
}

/** What one Region alone has no use for. */
function shifts(regions: Estate['regions'], here: { environment?: string }): PaletteItem[] {
  return [
    {
      id: 'shift',
      group: 'Run',
      label: 'Shift traffic',
      hint: 'opens the composer',
      href: routes.traffic({ ...here, compose: 'geography' }),
    },
    ...regions.map(({ code }) => ({
      id: `drain-${code}`,
      group: 'Run',
      label: `Drain ${code}`,
      hint: 'opens the composer',
      href: routes.traffic({ ...here, compose: 'drain', region: code }),
    })),
  ];
}
