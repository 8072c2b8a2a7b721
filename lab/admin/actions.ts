import type { Push, Pushed } from '#lab/ecr/index.ts';
import type { Chaos, ChaosState, LinkChaos } from '#lab/kernel/chaos.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { type ChaosInputs, chaosInputs } from './chaos-input.ts';
import { parseInput } from './input.ts';

export type Action = (input: unknown) => Promise<unknown>;

/** What the lab itself has to do beyond a change of chaos. */
export interface LabControl {
  /** Everything back to the estate's first state. */
  reset(): Promise<void>;
  /** An image to the Regions' registries. */
  push(push: Push): Pushed;
}

/** Everything `POST` may ask, by route. Each answers with the chaos now in force. */
export function createActions(estate: Estate, chaos: Chaos, control: LabControl): Record<string, Action> {
  const inputs = chaosInputs(estate);
  const acting =
    <Route extends keyof ChaosInputs>(
      route: Route,
      act: (input: ReturnType<ChaosInputs[Route]['parse']>) => Promise<void>,
    ) =>
    async (raw: unknown) => {
      await act(parseInput(inputs[route], raw) as ReturnType<ChaosInputs[Route]['parse']>);
      return chaos.state();
    };
  const change = (patch: Partial<ChaosState>) => chaos.change(patch);

  return {
    '/chaos': acting('chaos', change),
    '/outage': acting('outage', ({ region, mode }) =>
      change({ outages: { ...chaos.state().outages, [region]: mode } }),
    ),
    '/heal': acting('heal', ({ region }) =>
      region === undefined ? chaos.heal() : change(healedRegion(chaos.state(), region)),
    ),
    '/cut': acting('cut', ({ between, mode, oneWay }) =>
      change({ links: withLinks(chaos, between, oneWay, (link) => ({ ...link, mode })) }),
    ),
    '/lag': acting('lag', (lag) => change(lagPatch(chaos, lag))),
    '/throttle': acting('throttle', (rule) => change({ throttles: withRule(chaos.state().throttles, rule) })),
    '/inject': acting('inject', ({ region, ...shop }) =>
      change({ shop: { ...chaos.state().shop, [region]: shop } }),
    ),
    '/rds': acting('rds', ({ region, promotion, replicaDelaySeconds }) => {
      const now = chaos.rds(region);
      const next = {
        promotion: promotion ?? now.promotion,
        replicaDelaySeconds: replicaDelaySeconds ?? now.replicaDelaySeconds,
      };
      return change({ rds: { ...chaos.state().rds, [region]: next } });
    }),
    '/image': acting('image', (fault) => change({ images: withImage(chaos.state().images, fault) })),
    '/push': async (raw: unknown) => ({
      ...chaos.state(),
      pushed: control.push(parseInput(inputs.push, raw)),
    }),
    '/rate': acting('rate', ({ requestsPerSecond }) => change({ shopperRate: requestsPerSecond })),
    '/route53': acting('route53', ({ controlPlane }) => change({ route53ControlPlane: controlPlane })),
    '/clock': acting('clock', ({ skewSeconds }) => change({ clockSkewSeconds: skewSeconds })),
    '/reset': acting('reset', () => control.reset()),
  };
}

function withLinks(
  chaos: Chaos,
  [from, to]: [string, string],
  oneWay: boolean,
  next: (link: LinkChaos) => LinkChaos,
): ChaosState['links'] {
  const there = { [`${from}>${to}`]: next(chaos.link(from, to)) };
  const back = oneWay ? {} : { [`${to}>${from}`]: next(chaos.link(to, from)) };
  return { ...chaos.state().links, ...there, ...back };
}

type LagInput = ReturnType<ChaosInputs['lag']['parse']>;

function lagPatch(chaos: Chaos, lag: LagInput): Partial<ChaosState> {
  const { applyDelaySeconds, replayPaused } = chaos.state();
  if ('between' in lag) {
    return {
      links: withLinks(chaos, lag.between, false, (link) => ({ ...link, extraRttMs: lag.extraRttMs })),
    };
  }
  if ('seconds' in lag) return { applyDelaySeconds: { ...applyDelaySeconds, [lag.region]: lag.seconds } };
  const others = replayPaused.filter((code) => code !== lag.region);
  return { replayPaused: lag.paused ? [...others, lag.region] : others };
}

/** A rule replaces the one for the same calls; a share of 0 takes it away. */
function withRule(
  rules: ChaosState['throttles'],
  rule: ChaosState['throttles'][number],
): ChaosState['throttles'] {
  const target = (one: typeof rule) => JSON.stringify([one.service, one.operation, one.region, one.kind]);
  const others = rules.filter((one) => target(one) !== target(rule));
  return rule.share === 0 ? others : [...others, rule];
}

/** One fault a version and place; `none` takes it away. */
function withImage(
  faults: ChaosState['images'],
  { trouble, ...about }: ReturnType<ChaosInputs['image']['parse']>,
): ChaosState['images'] {
  const others = faults.filter(({ version, region }) => version !== about.version || region !== about.region);
  return trouble === 'none' ? others : [...others, { ...about, trouble }];
}

/** Everything that names this Region goes; what is account-wide stays. */
function healedRegion(state: ChaosState, region: string): Partial<ChaosState> {
  const without = <Value>(map: Record<string, Value>) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !key.split('>').includes(region)));
  return {
    outages: without(state.outages),
    links: without(state.links),
    applyDelaySeconds: without(state.applyDelaySeconds),
    shop: without(state.shop),
    rds: without(state.rds),
    replayPaused: state.replayPaused.filter((code) => code !== region),
    throttles: state.throttles.filter((rule) => rule.region !== region),
    images: state.images.filter((fault) => fault.region !== region),
  };
}
