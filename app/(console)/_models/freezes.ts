import type {
  CellDetail,
  CreateModel,
  ExceptionRow,
  FreezeMatrix,
  FreezeRow,
  FreezesModel,
  MatrixCell,
} from '#components/freezes/model.ts';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { ACTION_KINDS, type ActionKind } from '#lib/domain/freeze/action-kinds.ts';
import { type Freeze, freezeReason, isInForce } from '#lib/domain/freeze/freeze.ts';
import { type CellState, type FreezeCell, freezeMatrix } from '#lib/domain/freeze/matrix.ts';
import { sentence } from '#lib/domain/recovery/words.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import { type FreezesQuery, type FreezesTab, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { ROLLBACK_WARNING } from '#lib/services/freezes/input.ts';
import { listFreezes, readStandingFreezes } from '#lib/services/freezes/list.ts';
import { listExceptions } from '#lib/services/freezes/list-exceptions.ts';
import { findActiveOperation } from '#lib/services/operations/read.ts';
import { count, listOf, within } from './common.ts';
import { calendarModel } from './freeze-calendar.ts';
import { freezeDetail } from './freeze-detail.ts';
import { exceptionRow, type FreezesAsked, freezeRow } from './freeze-rows.ts';
import { COLUMN_WORDS, EVERY_REGION, holdsWords, kindChoices } from './freeze-words.ts';

const TABS: readonly { key: FreezesTab; label: string }[] = [
  { key: 'now', label: 'Now' },
  { key: 'calendar', label: 'Calendar' },
  { key: 'exceptions', label: 'Exceptions' },
  { key: 'past', label: 'Past' },
];

type Here = { environment?: string };

/** What is frozen in this environment, when, and what may go through: one tab of it, and what is chosen. */
export async function freezesModel(
  context: VerbContext,
  environment: string,
  asked: FreezesAsked,
): Promise<FreezesModel> {
  const here = within(context.estate, environment);
  const tab = TABS.find(({ key }) => key === asked.tab)?.key ?? 'now';
  const standing = await readStandingFreezes(context);
  const regions = findEnvironment(context.estate, environment)?.regions ?? [];
  const cells = freezeMatrix(standing, { environment, regions }, context.now);
  const inForce = standing.filter(
    (freeze) =>
      isInForce(freeze, context.now) && (freeze.environment === null || freeze.environment === environment),
  );
  const listed = await rowsOf(context, environment, tab, asked, here);
  const exceptions = await exceptionsOf(context, environment, tab, asked, here);
  const active = await findActiveOperation(context, environment);
  const paged = tab === 'exceptions' ? exceptions : listed;
  const state = asked.state === 'all' ? { state: 'all' } : {};
  return {
    at: context.now.toISOString(),
    environment,
    status: inForce.length > 0 ? 'held' : 'ok',
    answer: answerOf(inForce),
    detail:
      'Nothing new begins under a freeze, and what is queued is held at its first gate. Putting back is frozen only where a freeze names it.',
    tab,
    tabs: TABS.map(({ key, label }) => ({
      label,
      href: routes.freezes({ ...here, ...(key === 'now' ? {} : { tab: key }) }),
      current: key === tab,
    })),
    stop: { permission: permits(context.actor.grants, 'freeze.change'), plan: stopPlan(environment, active) },
    create: createModel(context, environment, active),
    matrix: tab === 'now' ? matrixModel(cells, here) : null,
    cell: cellDetail(cells, asked, here),
    chosen: asked.freeze ? await freezeDetail(context, asked.freeze, standing, here) : null,
    rows: listed.rows,
    calendar: tab === 'calendar' ? await calendarModel(context, environment, asked, here) : null,
    exceptions: exceptions.rows,
    exceptionFilters: [
      { label: 'Open', href: routes.freezes({ ...here, tab: 'exceptions' }), current: asked.state !== 'all' },
      {
        label: 'All',
        href: routes.freezes({ ...here, tab: 'exceptions', state: 'all' }),
        current: asked.state === 'all',
      },
    ],
    summary:
      tab === 'exceptions' ? count(exceptions.rows.length, 'exception') : count(listed.rows.length, 'freeze'),
    newer: asked.cursor ? routes.freezes({ ...here, tab, ...state }) : null,
    older: paged.next === null ? null : routes.freezes({ ...here, tab, ...state, cursor: paged.next }),
    closeHref: routes.freezes({ ...here, ...(tab === 'now' ? {} : { tab }), ...kept(asked) }),
  };
}

/** What stays in the address when a panel is closed or another is opened. */
function kept({ month, zone, state }: FreezesAsked): FreezesQuery {
  return { ...(month ? { month } : {}), ...(zone ? { zone } : {}), ...(state ? { state } : {}) };
}

const PAGE = 50;

async function rowsOf(
  context: VerbContext,
  environment: string,
  tab: FreezesTab,
  asked: FreezesAsked,
  here: Here,
): Promise<{ rows: FreezeRow[]; next: string | null }> {
  if (tab !== 'now' && tab !== 'past') return { rows: [], next: null };
  const { items, nextCursor } = await listFreezes(context, {
    environment,
    state: tab === 'past' ? 'ended' : 'open',
    limit: PAGE,
    ...(asked.cursor ? { cursor: asked.cursor } : {}),
  });
  const query = { ...here, ...(tab === 'now' ? {} : { tab }) };
  return { rows: items.map((item) => freezeRow(item, query, asked.freeze ?? null)), next: nextCursor };
}

async function exceptionsOf(
  context: VerbContext,
  environment: string,
  tab: FreezesTab,
  asked: FreezesAsked,
  here: Here,
): Promise<{ rows: ExceptionRow[]; next: string | null }> {
  if (tab !== 'exceptions') return { rows: [], next: null };
  const { items, nextCursor } = await listExceptions(context, {
    environment,
    state: asked.state === 'all' ? 'all' : 'open',
    limit: PAGE,
    ...(asked.cursor ? { cursor: asked.cursor } : {}),
  });
  const query = { ...here, tab: 'exceptions' as const, ...(asked.state === 'all' ? { state: 'all' } : {}) };
  return { rows: items.map((item) => exceptionRow(context, item, query)), next: nextCursor };
}

function answerOf(inForce: readonly Freeze[]): string {
  if (inForce.length === 0) return 'Nothing is frozen.';
  const [line] = inForce.filter(({ stopTheLine }) => stopTheLine);
  if (line) return sentence(freezeReason(line));
  const [first] = inForce;
  if (first && inForce.length === 1) return sentence(freezeReason(first));
  return `${count(inForce.length, 'freeze')} are in force.`;
}

const CELLS = {
  open: ['ok', 'open'],
  frozen: ['held', 'frozen'],
  partly: ['held', 'frozen in part'],
  excepted: ['warning', 'exception'],
} as const satisfies Record<CellState, readonly [Status, string]>;

function matrixModel(cells: readonly (readonly FreezeCell[])[], here: Here): FreezeMatrix {
  return {
    regions: cells.map((row) => row[0]?.region ?? ''),
    kinds: ACTION_KINDS.map((key) => ({ key, label: COLUMN_WORDS[key], title: holdsWords(key) })),
    rows: cells.map((row) => row.map((cell) => cellModel(cell, here))),
  };
}

function cellModel(cell: FreezeCell, here: Here): MatrixCell {
  const [status, word] = CELLS[cell.state];
  return {
    status,
    word,
    until: cell.until,
    next: cell.next?.startsAt ?? null,
    href: routes.freezes({ ...here, region: cell.region, kind: cell.actionKind }),
  };
}

function cellDetail(
  cells: readonly (readonly FreezeCell[])[],
  { region, kind, freeze }: FreezesAsked,
  here: Here,
): CellDetail | null {
  const cell = cells.flat().find((found) => found.region === region && found.actionKind === kind);
  if (!cell || freeze !== undefined) return null;
  const [status, word] = CELLS[cell.state];
  const kindLabel = COLUMN_WORDS[cell.actionKind as ActionKind];
  const hrefOf = (id: string) => routes.freezes({ ...here, freeze: id });
  return {
    region: cell.region,
    kind: cell.actionKind,
    kindLabel,
    status,
    word,
    sentences:
      cell.freezes.length === 0
        ? [{ text: `No freeze covers it in ${cell.region}.`, href: null }]
        : cell.freezes.map((found) => ({ text: sentence(freezeReason(found)), href: hrefOf(found.id) })),
    next:
      cell.next === null
        ? null
        : {
            text: `Next: from ${utcMinute(cell.next.startsAt)}. ${sentence(freezeReason(cell.next))}`,
            href: hrefOf(cell.next.id),
          },
    holds: holdsWords(cell.actionKind),
  };
}

type Active = Awaited<ReturnType<typeof findActiveOperation>>;

function stopPlan(environment: string, active: Active): ActPlan {
  return {
    title: `Freeze changes in ${environment}`,
    note: 'stop the line',
    changes: [
      { label: 'New operations', before: 'allowed', after: 'frozen' },
      ...(active ? [{ label: active.id, before: active.state, after: 'held at its next gate' }] : []),
      { label: 'Abort, revert, rollback', before: 'allowed', after: 'allowed' },
    ],
    changeNote: 'Stays until somebody lifts it here.',
    checks: [heldCheck(active)],
    agreement: 'Nobody else. Operators, approvers and admins may stop the line.',
    verb: 'Freeze changes',
    reason: 'required',
  };
}

function heldCheck(active: Active): ActPlan['checks'][number] {
  return active
    ? { id: 'held', status: 'warning', text: `${active.id} runs and will be held where it stands.` }
    : { id: 'idle', status: 'ok', text: 'No operation is running.' };
}

function createModel(context: VerbContext, environment: string, active: Active): CreateModel {
  const { estate, actor } = context;
  const regions = findEnvironment(estate, environment)?.regions ?? [];
  return {
    permission: permits(actor.grants, 'freeze.change'),
    environments: [
      ...estate.environments.map(({ name }) => ({ value: name, label: name })),
      { value: '', label: `all: ${listOf(estate.environments.map(({ name }) => name))}` },
    ],
    regions: [{ value: '', label: EVERY_REGION }, ...regions.map((code) => ({ value: code, label: code }))],
    kinds: kindChoices(),
    checks: [
      active
        ? {
            id: 'runs',
            status: 'ok',
            text: `${active.id} runs and goes on: a freeze holds what has not begun. Stop the line to hold it too.`,
          }
        : { id: 'idle', status: 'ok', text: 'No operation is running.' },
    ],
    rollbackWarning: ROLLBACK_WARNING,
  };
}
