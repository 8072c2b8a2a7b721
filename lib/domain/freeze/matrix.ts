import { ACTION_KINDS, type ActionKind, actionKindOf } from './action-kinds.ts';
import { exceptionsFor, type FreezeException } from './exception.ts';
import { type Freeze, isInForce } from './freeze.ts';

/** `partly`: one kind of operation of several is frozen; `excepted`: all that holds it lets something through. */
export type CellState = 'open' | 'frozen' | 'partly' | 'excepted';

/** What stands against one kind of action in one Region. */
export interface FreezeCell {
  region: string;
  actionKind: ActionKind;
  state: CellState;
  /** In force, those that hold most first. */
  freezes: readonly Freeze[];
  /** In force, of whoever they are. */
  exceptions: readonly FreezeException[];
  /** When the last of them ends; null where nothing holds it, or until somebody lifts it. */
  until: string | null;
  /** The next freeze of it that is not in force. */
  next: Freeze | null;
}

/** Region × action kind in one environment, at that moment. `freezes` carry every exception, whoever may use it. */
export function freezeMatrix(
  freezes: readonly Freeze[],
  { environment, regions }: { environment: string; regions: readonly string[] },
  now: Date,
): FreezeCell[][] {
  const here = freezes.filter((freeze) => freeze.environment === null || freeze.environment === environment);
  return regions.map((region) =>
    ACTION_KINDS.map((actionKind) => cellOf(here, { environment, region, actionKind }, now)),
  );
}

function cellOf(
  freezes: readonly Freeze[],
  at: { environment: string; region: string; actionKind: ActionKind },
  now: Date,
): FreezeCell {
  const { environment, region, actionKind } = at;
  const touching = freezes.filter(
    (freeze) => (freeze.region === null || freeze.region === region) && touches(freeze, actionKind),
  );
  const standing = touching
    .filter((freeze) => isInForce(freeze, now))
    .toSorted((a, b) => breadth(b) - breadth(a) || lasting(b) - lasting(a));
  const next = touching
    .filter((freeze) => Date.parse(freeze.startsAt) > now.getTime())
    .toSorted((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt))[0];
  const through = standing.map(({ exceptions }) =>
    exceptionsFor(exceptions, { environment, regions: [region], actionKind }, now),
  );
  const last = standing.toSorted((a, b) => lasting(b) - lasting(a))[0];
  return {
    region,
    actionKind,
    state: stateOf(standing, through),
    freezes: standing,
    exceptions: through.flatMap((exceptions) => exceptions ?? []),
    until: last?.endsAt ?? null,
    next: next ?? null,
  };
}

function stateOf(
  standing: readonly Freeze[],
  through: readonly (readonly FreezeException[] | null)[],
): CellState {
  if (standing.length === 0) return 'open';
  if (through.every((exceptions) => exceptions !== null)) return 'excepted';
  return standing.some((freeze, index) => freeze.kind === null && through[index] === null)
    ? 'frozen'
    : 'partly';
}

function touches(freeze: Freeze, actionKind: ActionKind): boolean {
  if (actionKind === 'rollback') return freeze.actionKind === 'rollback';
  if (freeze.kind !== null) return actionKindOf(freeze.kind) === actionKind;
  return freeze.actionKind === null || freeze.actionKind === actionKind;
}

/** A whole group before one kind of it. */
const breadth = ({ kind }: Freeze) => (kind === null ? 1 : 0);
const lasting = ({ endsAt }: Freeze) => (endsAt === null ? Number.POSITIVE_INFINITY : Date.parse(endsAt));
