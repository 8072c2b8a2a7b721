import { CLOCK_WORDS, SEED_BUDGETS } from '#lib/domain/recovery/clocks.ts';
import { byteWords, durationWords, listOf, shareWords } from '#lib/domain/recovery/words.ts';
import { utcSecond } from '#lib/domain/time/utc.ts';
import type { RecoveryReport, ReportClock } from './report.ts';

/** A report in words, section by section: what HTML and PDF both say. */
export interface ReportDocument {
  title: string;
  /** "Failover of production, OP-1004" */
  subtitle: string;
  /** The answer in one sentence. */
  answer: string;
  tone: Tone;
  sections: Section[];
}

export type Tone = 'ok' | 'warning' | 'critical' | 'plain';

export interface Cell {
  text: string;
  tone?: Tone;
}

export interface Column {
  label: string;
  number?: boolean;
  /** Of the width that numbers leave, beside the others; 1 where it is absent. */
  weight?: number;
}

/** A line of text; `href`, from the console's own address, where the console shows more. */
export type Line = string | { text: string; href: string };

export const lineText = (line: Line): string => (typeof line === 'string' ? line : line.text);

export type Section = { title: string; note?: string } & (
  | { kind: 'pairs'; pairs: { label: string; value: Cell }[] }
  | { kind: 'lines'; lines: Line[] }
  | { kind: 'table'; columns: Column[]; rows: Cell[][] }
);

/** Everything of the report that people read, without what cannot be known. */
export function documentOf(report: RecoveryReport): ReportDocument {
  const { operation, estate } = report;
  return {
    title: operation.title,
    subtitle: `${operation.kind} of ${operation.environment}, ${operation.id}, ${estate.title} (${estate.label})`,
    answer: answerOf(report),
    tone: operation.state === 'done' ? 'ok' : operation.state === 'incomplete' ? 'warning' : 'critical',
    sections: [
      openSection(report),
      clockSection(report),
      lossSection(report),
      resultSection(report),
      orderSection(report),
      pathSection(report),
      slowSection(report),
      stepSection(report),
      fenceSection(report),
      approvalSection(report),
      checkSection(report),
      requestSection(report),
      timelineSection(report),
      evidenceSection(report),
      auditSection(report),
    ].filter((section) => section !== null),
  };
}

function answerOf({ operation, path }: RecoveryReport): string {
  const took = `It took ${durationWords(path.totalSeconds)}.`;
  return operation.outcome ? `${operation.outcome} ${took}` : took;
}

const cell = (text: string, tone?: Tone): Cell => (tone ? { text, tone } : { text });
const time = (at: string | null) => (at === null ? 'never' : utcSecond(at));
const seconds = (amount: number | null) => (amount === null ? '–' : durationWords(amount));

function clockSection({ clocks, clients, clientsError, outageAt, operation }: RecoveryReport): Section {
  const rows = clocks.map((clock) => {
    const { line, says } = SEED_BUDGETS[clock.clock];
    const tone: Tone = clock.state === 'stopped' ? (clock.overBudget ? 'warning' : 'ok') : 'plain';
    const shown = clock.state === 'running' ? `${clock.shown}, not reached` : clock.shown;
    return [
      cell(CLOCK_WORDS[clock.clock]),
      cell(shown, clock.state === 'running' ? 'critical' : tone),
      cell(durationWords(clock.budgetSeconds)),
      cell(usualWords(clock.usual)),
      cell(`${line}: ${says}`),
    ];
  });
  const seen = clients
    ? [['orders', clients.orders] as const, ['reads', clients.reads] as const].map(([what, down]) => [
        cell(`clients without ${what}`),
        cell(
          `${durationWords(down.seconds)}${down.lasts ? ', and still' : ''}`,
          down.lasts ? 'critical' : 'plain',
        ),
        cell('–'),
        cell('–'),
        cell('measured by clients themselves'),
      ])
    : [];
  const unasked = clients
    ? ''
    : ` What clients saw was not measured${clientsError ? `: ${clientsError}` : ''}.`;
  return {
    title: 'Clocks',
    kind: 'table',
    note: `Counted from ${outageAt ? `the outage, ${time(outageAt)}` : `the start of the run, ${time(operation.startedAt)}`}.${unasked}`,
    columns: [
      { label: 'Until' },
      { label: 'Took', number: true },
      { label: 'Budget', number: true },
      { label: 'Earlier runs', weight: 1.4 },
      { label: 'Of the budget', weight: 1.6 },
    ],
    rows: [...rows, ...seen],
  };
}

function usualWords(usual: ReportClock['usual']): string {
  if (usual === null) return 'none yet';
  const median = durationWords(usual.medianSeconds);
  if (usual.runs === 1) return `${median}, once`;
  return `median ${median}, p95 ${durationWords(usual.p95Seconds)}, ${usual.runs} runs`;
}

/** First of all, so that nobody forgets it. */
function openSection({ open }: RecoveryReport): Section | null {
  if (open.length === 0) return null;
  return {
    title: 'Left undone',
    note: 'By decision of a person; a second one reviews it.',
    kind: 'table',
    columns: [{ label: 'Step', weight: 3 }, { label: 'Region' }, { label: 'How it stands', weight: 3 }],
    rows: open.map(({ title, region, words }) => [cell(title), cell(region ?? ''), cell(words, 'warning')]),
  };
}

function lossSection({ rpo }: RecoveryReport): Section | null {
  if (!rpo) return null;
  const { accepted, measured } = rpo;
  const worse = measured !== null && measured.seconds > accepted.seconds;
  return {
    title: 'What could be lost',
    kind: 'pairs',
    pairs: [
      {
        label: 'Accepted by requester and approvers',
        value: cell(
          `up to ${durationWords(accepted.seconds)} of orders${accepted.bytes === null ? '' : `, ${byteWords(accepted.bytes)}`}, measured ${time(accepted.measuredAt)}`,
        ),
      },
      {
        label: 'Measured at the declaration',
        value: measured
          ? cell(
              `at most ${durationWords(measured.seconds)}, ${time(measured.measuredAt)}${measured.lastOrder ? `; last order ${measured.lastOrder.id} of ${time(measured.lastOrder.createdAt)}` : ''}`,
              worse ? 'critical' : 'ok',
            )
          : cell('not measured: the run did not come so far'),
      },
    ],
  };
}

function orderSection({ orders }: RecoveryReport): Section {
  const missing =
    orders.missing === null
      ? cell(`not known${orders.reason ? `: ${orders.reason}` : ''}`)
      : cell(String(orders.missing), orders.missing === 0 ? 'ok' : 'critical');
  const listed = orders.missingOrders.map(
    ({ orderId, region, at }) => `${orderId}, acknowledged in ${region} at ${time(at)}`,
  );
  if (listed.length > 0) {
    return {
      title: 'Acknowledged orders that are missing',
      note: `${missing.text} of ${orders.acknowledged ?? 'an unknown number of'} acknowledged. ${orders.salvaged} were found on a database that was left.`,
      kind: 'lines',
      lines: listed,
    };
  }
  return {
    title: 'Orders',
    kind: 'pairs',
    pairs: [
      {
        label: 'Acknowledged, as clients counted',
        value: cell(orders.acknowledged === null ? 'not known' : String(orders.acknowledged)),
      },
      { label: 'Acknowledged and missing', value: missing },
      { label: 'Found on a database that was left', value: cell(String(orders.salvaged)) },
    ],
  };
}

function resultSection({ facts, left }: RecoveryReport): Section | null {
  if (facts.length + left.length === 0) return null;
  return {
    title: 'What it came to',
    kind: 'lines',
    lines: [...facts, ...left.map((debt) => `Left to be done: ${debt}`)],
  };
}

function pathSection({ path }: RecoveryReport): Section {
  return {
    title: 'Critical path',
    note: `${durationWords(path.totalSeconds)} in all, of which ${durationWords(path.betweenSeconds)} lay between the steps.`,
    kind: 'table',
    columns: [
      { label: 'Step' },
      { label: 'Took', number: true },
      { label: 'Of the run', number: true },
      { label: 'Beside it', number: true },
    ],
    rows: path.parts.map((part) => [
      cell(part.title),
      cell(seconds(part.seconds)),
      cell(shareWords(part.share)),
      cell(part.beside === 0 ? '' : `${part.beside} more`),
    ]),
  };
}

function slowSection({ slow }: RecoveryReport): Section | null {
  if (slow.length === 0) return null;
  return {
    title: 'Slower than usual',
    note: 'Longer than three quarters of their own earlier runs.',
    kind: 'table',
    columns: [
      { label: 'Step' },
      { label: 'Took', number: true },
      { label: 'Usually up to', number: true },
      { label: 'Runs', number: true },
    ],
    rows: slow.map((step) => [
      cell(step.title),
      cell(seconds(step.seconds), 'warning'),
      cell(seconds(step.p75Seconds)),
      cell(String(step.runs)),
    ]),
  };
}

const STEP_TONES: Readonly<Record<string, Tone>> = {
  done: 'ok',
  skipped: 'plain',
  omitted: 'warning',
  failed: 'critical',
  unknown: 'critical',
};

function stepSection({ steps }: RecoveryReport): Section {
  return {
    title: 'Steps',
    kind: 'table',
    columns: [
      { label: 'Step', weight: 3 },
      { label: 'Region' },
      { label: 'Began' },
      { label: 'Took', number: true },
      { label: 'State' },
    ],
    rows: steps.map((step) => [
      cell(step.irreversible ? `${step.title} (point of no return)` : step.title),
      cell(step.region ?? ''),
      cell(step.startedAt ? step.startedAt.slice(11, 19) : ''),
      cell(seconds(step.seconds)),
      cell(step.attempt > 1 ? `${step.state}, attempt ${step.attempt}` : step.state, STEP_TONES[step.state]),
    ]),
  };
}

function fenceSection({ fences }: RecoveryReport): Section | null {
  if (fences.length === 0) return null;
  const words = { done: 'fenced', dropped: 'no longer to be fenced', pending: 'not fenced yet' } as const;
  return {
    title: 'Fences',
    kind: 'lines',
    lines: fences.flatMap((fence) => [
      `${fence.instanceId} in ${fence.region}: ${words[fence.state as keyof typeof words] ?? fence.state}${fence.endedAt ? ` since ${time(fence.endedAt)}` : ''}, ${fence.attempts} tries.`,
      ...(fence.splitBrainAt
        ? [`It was seen to take orders beside the new primary at ${time(fence.splitBrainAt)}.`]
        : []),
      ...fence.means.map(({ name, outcome, at, note }) => `${name}: ${outcome} at ${time(at)}, ${note}`),
    ]),
  };
}

function approvalSection({ approvals, needed, operation, review }: RecoveryReport): Section {
  const decided = approvals.map(({ person, decision, at, via, reason, counts }) => {
    const vain = counts ? '' : ', of another plan';
    return `${person.name}: ${decision} at ${time(at)} by ${via}${vain}${reason ? `. ${reason}` : ''}`;
  });
  const emergency = operation.emergency
    ? [
        'Started as an emergency, without approval.',
        ...(operation.overridden.length > 0 ? [`Overridden by name: ${listOf(operation.overridden)}.`] : []),
      ]
    : [];
  const owed = review
    ? [
        review.reviewedAt
          ? `Reviewed by ${review.reviewedBy?.name ?? 'somebody'} at ${time(review.reviewedAt)}: ${review.verdict}. ${review.note}`
          : `${review.owedBy.name} owes a review by ${time(review.dueAt)}.`,
      ]
    : [];
  const needs = operation.emergency
    ? []
    : [`${needed} ${needed === 1 ? 'approval was' : 'approvals were'} needed.`];
  return { title: 'Approvals', kind: 'lines', lines: [...emergency, ...needs, ...decided, ...owed] };
}

const CHECK_TONES = {
  pass: 'ok',
  warn: 'warning',
  accept: 'warning',
  refuse: 'critical',
  unknown: 'warning',
} as const;

function checkSection({ checks }: RecoveryReport): Section | null {
  if (checks.length === 0) return null;
  return {
    title: 'Checks when it was asked for',
    kind: 'table',
    columns: [{ label: 'Verdict' }, { label: 'Check', weight: 8 }],
    rows: checks.map(({ verdict, message }) => [cell(verdict, CHECK_TONES[verdict]), cell(message)]),
  };
}

function requestSection({ operation, price }: RecoveryReport): Section {
  const { requester, via, requestedAt, startedAt, endedAt, reason, digest, preempted, preemptedBy } =
    operation;
  const pair = (label: string, value: string) => ({ label, value: cell(value) });
  return {
    title: 'Request',
    kind: 'pairs',
    pairs: [
      pair('Asked for by', `${requester.name} by ${via}, ${time(requestedAt)}`),
      pair('Reason', reason),
      pair('Ran', `${time(startedAt)} to ${time(endedAt)}`),
      pair('Plan', digest),
      ...(preempted
        ? [
            pair(
              'Took the environment from',
              `${preempted.id}, ${preempted.title}, which ended ${preempted.state}`,
            ),
          ]
        : []),
      ...(preemptedBy ? [pair('Gave the environment to', `${preemptedBy.id}, ${preemptedBy.title}`)] : []),
      ...(price
        ? [
            pair(
              'Price',
              `${price.monthlyDollars.toFixed(0)} dollars a month if it stayed so (${price.basis})`,
            ),
          ]
        : []),
    ],
  };
}

function timelineSection({ timeline }: RecoveryReport): Section | null {
  if (timeline.length === 0) return null;
  return {
    title: 'Timeline',
    kind: 'table',
    columns: [{ label: 'UTC' }, { label: 'What' }, { label: 'Of', weight: 5 }],
    rows: timeline.map(({ at, kind, text }) => [cell(at.slice(11, 23)), cell(kind), cell(text)]),
  };
}

function evidenceSection({ steps }: RecoveryReport): Section | null {
  const lines = steps.flatMap(({ title, evidence, calls }) => [
    ...evidence.map(({ at, text }) => `${at.slice(11, 19)} ${title}: ${text}`),
    ...calls
      .filter(({ mutating }) => mutating)
      .map(
        ({ at, service, action, region, status, requestId }) =>
          `${at.slice(11, 19)} ${title}: ${service} ${action} in ${region}, ${status}${requestId ? `, request ${requestId}` : ''}`,
      ),
  ]);
  if (lines.length === 0) return null;
  return {
    title: 'Evidence',
    note: 'What the steps observed, and every call that changed something.',
    kind: 'lines',
    lines,
  };
}

function auditSection({ audit }: RecoveryReport): Section {
  return {
    title: 'Audit log',
    kind: 'lines',
    lines: [
      {
        text: `${audit.entries} entries of this operation${audit.firstSeq ? `, rows ${audit.firstSeq} to ${audit.lastSeq}` : ''}: ${audit.path}`,
        href: audit.path,
      },
      ...(audit.firstSeq === null
        ? []
        : [{ text: `The first of them: row ${audit.firstSeq}`, href: `/audit?row=${audit.firstSeq}` }]),
      `Head of the log when this was written: row ${audit.head.seq}, SHA-256 ${audit.head.hash}`,
    ],
  };
}
