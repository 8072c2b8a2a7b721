import type { RunbookLine, RunbookModel, Tab } from '#components/recovery/model.ts';
import type { Status } from '#components/ui/model.ts';
import {
  lintRunbook,
  type RunbookEffect,
  type RunbookIssue,
  worstEffect,
} from '#lib/domain/recovery/lint-runbook.ts';
import {
  MISSING_PROCEDURES,
  PROCEDURES,
  RUNBOOK,
  type RunbookCommand,
  type RunbookStep,
} from '#lib/domain/recovery/runbook.ts';
import { routes } from '#lib/routes.ts';
import { count } from '../common.ts';
import type { Frame } from './frame.ts';

const EFFECTS = {
  destroys: { status: 'critical', word: 'destroys' },
  'acts-elsewhere': { status: 'critical', word: 'acts elsewhere' },
  'cannot-work': { status: 'critical', word: 'cannot work' },
  unsafe: { status: 'warning', word: 'unsafe' },
  unverifiable: { status: 'unknown', word: 'unverifiable' },
} as const satisfies Record<RunbookEffect, { status: Status; word: string }>;

const VERDICTS = [
  { key: undefined, label: 'All', of: () => true },
  { key: 'broken', label: 'Cannot work', of: ({ status }: RunbookLine) => status === 'critical' },
  {
    key: 'unsafe',
    label: 'Unsafe',
    of: ({ status }: RunbookLine) => status === 'warning' || status === 'unknown',
  },
  { key: 'right', label: 'Right', of: ({ status }: RunbookLine) => status === 'ok' },
] as const;

/** The strategy document's runbook, command by command, beside what each would really do. It is the same on every estate. */
export function runbookModel({ here }: Frame, verdict: string | undefined): RunbookModel {
  const issues = lintRunbook();
  const lines = RUNBOOK.flatMap((step) => linesOf(step, issues));
  const chosen = VERDICTS.find(({ key }) => key !== undefined && key === verdict) ?? VERDICTS[0];
  return {
    summary: summaryOf(lines, issues),
    review: {
      status: 'warning',
      text: `${count(MISSING_PROCEDURES.length, 'procedure')} missing (R-04)`,
    },
    filters: VERDICTS.map(
      ({ key, label, of }): Tab => ({
        label: `${label} ${lines.filter(of).length}`,
        href: routes.recovery({ ...here, tab: 'runbook', verdict: key }),
        current: key === chosen.key,
      }),
    ),
    lines: lines.filter(chosen.of),
  };
}

function summaryOf(lines: readonly RunbookLine[], issues: readonly RunbookIssue[]): string {
  const broken = lines.filter(({ status }) => status === 'critical').length;
  const failover = RUNBOOK.filter(({ procedure }) => procedure === 'failover');
  const stops = failover.findIndex(({ key }) =>
    issues.some(({ stepKey, effect }) => stepKey === key && EFFECTS[effect].status === 'critical'),
  );
  const where = stops < 0 ? 'runs to its end' : `stops at its step ${stops + 1}, “${failover[stops]?.title}”`;
  return `As written, the failover ${where}; ${broken} of ${lines.length} entries cannot work.`;
}

/** What the step as a whole promises or leaves out, then each of its commands. */
function linesOf(step: RunbookStep, issues: readonly RunbookIssue[]): RunbookLine[] {
  const own = issues.filter(({ stepKey }) => stepKey === step.key);
  const ofStep = own.filter(({ command }) => command === '');
  return [
    ...ofStep.map((issue, index) =>
      lineOf(step, { id: `${step.key}-${index}`, written: headingOf(step) }, [issue]),
    ),
    ...step.commands.map((command, index) =>
      lineOf(
        step,
        { id: `${step.key}-command-${index}`, written: command.text, lines: command.lines },
        own.filter((issue) => issue.command !== '' && sameLines(issue, command)),
      ),
    ),
  ];
}

function sameLines(issue: RunbookIssue, command: RunbookCommand): boolean {
  return issue.lines[0] === command.lines[0] && issue.lines[1] === command.lines[1];
}

function headingOf({ title, budget }: RunbookStep): string {
  return `${title} (${budget})`;
}

function lineOf(
  step: RunbookStep,
  said: { id: string; written: string; lines?: RunbookCommand['lines'] },
  issues: readonly RunbookIssue[],
): RunbookLine {
  const { id, written, lines = [step.line, step.line] as const } = said;
  const effect = worstEffect(issues);
  const procedure = PROCEDURES.find((candidate) => candidate.procedure === step.procedure);
  const number = RUNBOOK.filter(({ procedure: of }) => of === step.procedure).indexOf(step) + 1;
  return {
    id,
    line: lines[0] === lines[1] ? `L${lines[0]}` : `L${lines[0]}–${lines[1]}`,
    section: `${procedure?.title ?? step.procedure}, step ${number}`,
    written,
    ...(effect ? EFFECTS[effect] : ({ status: 'ok', word: 'right as written' } as const)),
    why: issues.map(({ message }) => message).join(' '),
    row: [...new Set(issues.map(({ row }) => row))].join(', '),
    instead: issues.length === 0 ? null : issues.map(({ correction }) => correction).join(' '),
  };
}
