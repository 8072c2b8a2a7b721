import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { operationId } from '../follow.ts';
import { CURSOR, listText, pageOf, valuesOf } from '../list.ts';
import { getFile, getJson, postJson } from '../remote.ts';
import { section, table, time } from '../text.ts';

// What the command line shows of the API's answers; `--json` prints them whole.
const ENVIRONMENT = { environment: { value: '<name>', help: 'the estate’s first by default' } };

const Cell = z.looseObject({ id: z.string(), check: z.string(), verdict: z.string(), message: z.string() });
const Readiness = z.looseObject({
  environment: z.string(),
  verdict: z.string(),
  score: z.number(),
  writer: z.looseObject({ message: z.string() }),
  regions: z
    .array(z.looseObject({ region: z.string(), state: z.string(), since: z.string(), reason: z.string() }))
    .nullable(),
  scenarios: z.array(
    z.looseObject({
      title: z.string(),
      target: z.string().nullable(),
      verdict: z.string(),
      score: z.number(),
      cells: z.array(Cell),
    }),
  ),
});
const Fences = z.object({
  items: z.array(
    z.looseObject({
      region: z.string(),
      instanceId: z.string(),
      state: z.string(),
      attempts: z.number(),
      operation: z.string().nullable(),
      lastError: z.string().nullable(),
      splitBrainAt: z.string().nullable(),
    }),
  ),
});
const Reviews = pageOf(
  z.looseObject({
    id: z.string(),
    title: z.string(),
    reason: z.string(),
    state: z.string(),
    dueAt: z.string(),
    owedBy: z.looseObject({ name: z.string() }),
    reviewedBy: z.looseObject({ name: z.string() }).nullable(),
    verdict: z.string().nullable(),
  }),
);

const status: Command = {
  name: 'recovery status',
  summary: 'Who takes the orders, who fails since when, what is to be fenced and reviewed',
  notes: 'Ends with 3 while a Region fails.',
  options: ENVIRONMENT,
  async run(input) {
    const environment = input.value('environment');
    const [readiness, fences, reviews] = await Promise.all([
      getJson(Readiness, '/readiness', { environment }),
      getJson(Fences, '/fences', { environment, state: 'pending' }),
      getJson(Reviews, '/reviews', { environment }),
    ]);
    const { writer, regions } = readiness;
    const failing = (regions ?? []).some(({ state }) => state === 'failing');
    return {
      json: {
        environment: readiness.environment,
        writer,
        regions,
        fences: fences.items,
        reviews: reviews.items,
      },
      text: [
        writer.message,
        '',
        table(
          ['Region', 'State', 'Since', 'Why'],
          (regions ?? []).map(({ region, state, since, reason }) => [region, state, time(since), reason]),
          'No worker looks at the Regions now.',
        ),
        '',
        section('To be fenced', fenceLines(fences)),
        section('To be reviewed', reviewLines(reviews)),
      ].join('\n'),
      exitCode: failing ? EXIT.refused : EXIT.done,
    };
  },
};

function fenceLines({ items }: z.output<typeof Fences>): string {
  const lines = items.map(
    ({ region, instanceId, attempts, lastError, splitBrainAt }) =>
      `${instanceId} in ${region}, ${attempts} tries${lastError ? `: ${lastError}` : ''}${splitBrainAt ? '  SPLIT BRAIN' : ''}`,
  );
  return lines.length > 0 ? lines.join('\n') : 'nothing';
}

function reviewLines({ items }: z.output<typeof Reviews>): string {
  const lines = items.map(
    ({ title, owedBy, dueAt, state }) => `${title}, owed by ${owedBy.name}, ${state}, by ${time(dueAt)}`,
  );
  return lines.length > 0 ? lines.join('\n') : 'nothing';
}

const readiness: Command = {
  name: 'recovery readiness',
  summary: 'What can be lost against what has to hold',
  notes: 'Ends with 3 when something is blocked.',
  options: { ...ENVIRONMENT, all: { help: 'also what is well' } },
  async run(input) {
    const found = await getJson(Readiness, '/readiness', { environment: input.value('environment') });
    const shown = (verdict: string) => input.flag('all') || verdict !== 'ok';
    return {
      json: found,
      text: [
        `${found.environment}: ${found.verdict}, ${found.score} of 100`,
        ...found.scenarios.flatMap(({ title, target, verdict, score, cells }) => [
          '',
          `${title}: ${verdict}, ${score} of 100${target ? `; ${target} would take over` : ''}`,
          table(
            ['Check', 'Verdict', ''],
            cells
              .filter((cell) => shown(cell.verdict))
              .map((cell) => [cell.check, cell.verdict, cell.message]),
            'Nothing stands against it.',
          ),
        ]),
      ].join('\n'),
      exitCode: found.verdict === 'blocked' ? EXIT.refused : EXIT.done,
    };
  },
};

const Findings = z.looseObject({
  environment: z.string(),
  open: z.number(),
  items: z.array(
    z.looseObject({
      code: z.string(),
      title: z.string(),
      severity: z.string(),
      state: z.string(),
      evidence: z.looseObject({ text: z.string() }),
      remedy: z.looseObject({ text: z.string() }).nullable(),
      dismissal: z.looseObject({ reason: z.string() }).nullable(),
    }),
  ),
});

const findings: Command = {
  name: 'recovery findings',
  summary: 'What the strategy document gets wrong, and what the estate shows of it',
  options: { ...ENVIRONMENT, all: { help: 'also what is gone or dismissed' } },
  async run(input) {
    const found = await getJson(Findings, '/findings', { environment: input.value('environment') });
    const items = found.items.filter(
      ({ state, dismissal }) => input.flag('all') || (state !== 'gone' && dismissal === null),
    );
    return {
      json: found,
      text: [
        `${found.environment}: ${found.open} open`,
        '',
        table(
          ['Code', 'Severity', 'State', 'What', 'Seen'],
          items.map(({ code, severity, state, title, evidence, dismissal }) => [
            code,
            severity,
            dismissal ? `dismissed: ${dismissal.reason}` : state,
            title,
            evidence.text,
          ]),
          'There is none.',
        ),
      ].join('\n'),
    };
  },
};

const Options = z.looseObject({
  lost: z.string(),
  options: z.array(
    z.looseObject({
      title: z.string(),
      refusal: z.string().nullable(),
      does: z.array(z.string()),
      cannot: z.array(z.string()),
      clocks: z.record(z.string(), z.looseObject({ message: z.string() })),
      risk: z.looseObject({ message: z.string() }).nullable(),
      contract: z
        .looseObject({ seconds: z.number(), bytes: z.number().nullable(), measuredAt: z.string() })
        .nullable(),
    }),
  ),
  preempts: z.string().nullable(),
});

const options: Command = {
  name: 'recovery options',
  summary: 'What can be done about a lost Region, and what each way costs',
  options: {
    ...ENVIRONMENT,
    lost: { value: '<region>', help: 'Region that is lost' },
    target: { value: '<region>', help: 'Region that should take over; the best ranked by default' },
  },
  async run(input) {
    const found = await getJson(Options, '/recovery/options', {
      environment: input.value('environment'),
      lost: input.required('lost'),
      target: input.value('target'),
    });
    return {
      json: found,
      text: [
        ...found.options.map(({ title, refusal, does, cannot, clocks, risk, contract }) =>
          section(
            title,
            [
              ...(refusal ? [`NOT NOW: ${refusal}`] : []),
              ...does,
              ...cannot,
              ...Object.values(clocks).map(({ message }) => message),
              ...(risk ? [risk.message] : []),
              ...(contract ? [acceptLoss(contract)] : []),
            ].join('\n'),
          ),
        ),
        ...(found.preempts ? [found.preempts] : []),
      ].join('\n\n'),
    };
  },
};

/** What start takes to accept just that. */
function acceptLoss({
  seconds,
  bytes,
  measuredAt,
}: {
  seconds: number;
  bytes: number | null;
  measuredAt: string;
}): string {
  return `--accept-loss ${seconds}${bytes === null ? '' : `/${bytes}`}@${measuredAt}`;
}

const report: Command = {
  name: 'recovery report',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'Save the report of a recovery or a drill that has ended',
  options: {
    format: { value: 'json|html|pdf', help: 'pdf by default' },
    out: { value: '<file>', help: '<id>.<format> by default' },
  },
  async run(input) {
    const id = operationId(input);
    const format = input.value('format') ?? 'pdf';
    const file =
      input.value('out') ?? `${id}.${['json', 'html', 'pdf'].includes(format) ? format : 'report'}`;
    const bytes = await getFile(`/operations/${id}/report?format=${encodeURIComponent(format)}`);
    await writeFile(file, bytes);
    return { json: { file, bytes: bytes.length }, text: `Wrote ${file}, ${bytes.length} bytes.` };
  },
};

const Salvage = z.object({
  items: z.array(
    z.looseObject({
      id: z.string(),
      region: z.string(),
      foundIn: z.string(),
      product: z.number(),
      amount: z.string(),
      customer: z.string(),
      createdAt: z.string(),
    }),
  ),
  total: z.number(),
  nextCursor: z.string().nullable(),
});
/** The API's largest page. */
const PAGE = '500';

const salvage: Command = {
  name: 'recovery salvage',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'Orders that a database which was left has and the present one has not',
  async run(input) {
    const id = operationId(input);
    const orders: z.output<typeof Salvage>['items'] = [];
    let cursor: string | undefined;
    do {
      const page = await getJson(Salvage, `/operations/${id}/salvage`, { limit: PAGE, cursor });
      orders.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    return {
      json: orders,
      text: table(
        ['Order', 'Placed in', 'At', 'Product', 'Amount', 'Customer', 'Found in'],
        orders.map(({ id: order, region, createdAt, product, amount, customer, foundIn }) => [
          order,
          region,
          time(createdAt),
          String(product),
          amount,
          customer,
          foundIn,
        ]),
        'There is none.',
      ),
    };
  },
};

const reviewList: Command = {
  name: 'review list',
  summary: 'What was done without approval, and who has looked at it since',
  notes: 'A review is a person’s judgement: it is decided in the console, never by a token.',
  options: {
    ...ENVIRONMENT,
    state: { value: 'open|paid|all', help: 'open by default' },
    ...CURSOR,
  },
  async run(input) {
    const page = await getJson(Reviews, '/reviews', valuesOf(input, ['environment', 'state', 'cursor']));
    return {
      json: page,
      text: listText(
        ['Id', 'What', 'Owed by', 'State', 'Due', 'Reviewed'],
        page.items.map(({ id, title, owedBy, state, dueAt, reviewedBy, verdict }) => [
          id,
          title,
          owedBy.name,
          state,
          time(dueAt),
          reviewedBy ? `${verdict} by ${reviewedBy.name}` : '–',
        ]),
        'There is none.',
        page.nextCursor,
      ),
    };
  },
};

const Drills = z.looseObject({
  environment: z.string(),
  calendar: z.array(
    z.looseObject({
      level: z.string(),
      region: z.string(),
      state: z.string(),
      dueAt: z.string().nullable(),
      last: z.looseObject({ operation: z.string(), at: z.string() }).nullable(),
    }),
  ),
  schedules: z.array(
    z.looseObject({
      id: z.string(),
      level: z.string(),
      region: z.string(),
      cadence: z.string(),
      nextDueAt: z.string(),
      reason: z.string(),
    }),
  ),
});

const drillList: Command = {
  name: 'drill list',
  summary: 'When each drill is due, by the quarter and by what was scheduled',
  notes: 'Ends with 3 when one is overdue or was never held.',
  options: ENVIRONMENT,
  async run(input) {
    const found = await getJson(Drills, '/drills', { environment: input.value('environment') });
    const late = found.calendar.some(({ state }) => state === 'overdue' || state === 'never');
    return {
      json: found,
      text: [
        table(
          ['Level', 'Region', 'State', 'Due', 'Last', 'By'],
          found.calendar.map(({ level, region, state, dueAt, last }) => [
            level,
            region,
            state,
            time(dueAt),
            time(last?.at),
            last?.operation ?? '–',
          ]),
          'There is none.',
        ),
        '',
        section(
          'Scheduled',
          found.schedules
            .map(
              ({ level, region, cadence, nextDueAt, reason }) =>
                `${time(nextDueAt)}  ${level} of ${region}, ${cadence}: ${reason}`,
            )
            .join('\n') || 'nothing',
        ),
      ].join('\n'),
      exitCode: late ? EXIT.refused : EXIT.done,
    };
  },
};

const drillSchedule: Command = {
  name: 'drill schedule',
  summary: 'Say when a drill is due; it starts nothing',
  options: {
    environment: { value: '<name>', help: 'production by default' },
    level: { value: '<level>', help: 'readiness, tabletop, promotion, evacuation or switchover' },
    region: { value: '<region>', help: 'that is drilled' },
    at: { value: '<time>', help: 'such as 2026-12-01T09:00:00Z' },
    cadence: { value: 'once|quarterly', help: 'quarterly by default' },
    reason: { value: '<text>', help: 'why' },
  },
  async run(input) {
    const made = await postJson(z.looseObject({ id: z.string(), dueAt: z.string() }), '/drills/schedule', {
      environment: input.value('environment') ?? 'production',
      level: input.required('level'),
      region: input.required('region'),
      at: input.required('at'),
      cadence: input.value('cadence'),
      reason: input.required('reason'),
    });
    return { json: made, text: `It is due ${time(made.dueAt)}.` };
  },
};

export const recoveryCommands: readonly Command[] = [
  status,
  readiness,
  findings,
  options,
  report,
  salvage,
  reviewList,
  drillList,
  drillSchedule,
];
