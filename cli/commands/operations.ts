import { z } from 'zod';
import { OPERATION_STATES } from '#lib/domain/operation/state.ts';
import type { Command, CommandInput, CommandOutput } from '../command.ts';
import { EXIT } from '../exit.ts';
import { operationId, waitCommand } from '../follow.ts';
import { CURSOR, listText, pageOf, valuesOf } from '../list.ts';
import { getJson, postJson } from '../remote.ts';
import { percent, section, table, time } from '../text.ts';
import { ASKED_OPTIONS, askedOf } from './asked.ts';

// What the command line shows of the API's answers; `--json` prints them whole.
const Loose = z.looseObject({});
const Check = z.looseObject({ code: z.string(), verdict: z.string(), message: z.string() });
const Planned = z.looseObject({
  title: z.string(),
  digest: z.string(),
  needed: z.number(),
  approval: z.looseObject({
    risk: z.string(),
    reasons: z.array(z.string()),
    requirements: z.array(
      z.looseObject({ words: z.string(), met: z.boolean(), mayMeet: z.array(z.string()) }),
    ),
  }),
  open: z.array(z.string()),
  checks: z.array(Check),
  changes: z.array(z.object({ label: z.string(), before: z.string(), after: z.string() })),
  overridable: z.array(z.looseObject({ id: z.string(), message: z.string() })),
  confirm: z.looseObject({ name: z.string(), why: z.string() }).nullable(),
  price: z.looseObject({ monthlyDollars: z.number() }),
  steps: z.array(z.looseObject({ title: z.string() })),
});
const Summary = z.looseObject({
  id: z.string(),
  title: z.string(),
  state: z.string(),
  environment: z.string(),
  createdAt: z.string(),
  requester: z.looseObject({ name: z.string() }),
  outcome: z.string().nullable(),
});
const Detail = Summary.extend({
  state: z.enum(OPERATION_STATES),
  digest: z.string(),
  reason: z.string(),
  needed: z.number(),
  expiresAt: z.string(),
  steps: z.object({ total: z.number(), done: z.number(), current: z.string().nullable() }),
  decisions: z.array(
    z.looseObject({
      decision: z.string(),
      reason: z.string(),
      person: z.looseObject({ name: z.string() }),
      inNameOf: z.looseObject({ name: z.string() }).nullable(),
    }),
  ),
  approval: z.looseObject({
    requirements: z.array(
      z.looseObject({
        words: z.string(),
        met: z.boolean(),
        mayMeet: z.array(z.string()),
        offDuty: z.string().nullable(),
      }),
    ),
    voided: z.looseObject({ at: z.string(), differences: z.array(z.string()) }).nullable(),
  }),
});
const Comments = z.object({
  items: z.array(
    z.looseObject({ person: z.looseObject({ name: z.string() }), body: z.string(), writtenAt: z.string() }),
  ),
});
const Steps = z.object({
  items: z.array(
    z.looseObject({ key: z.string(), title: z.string(), state: z.string(), attempt: z.number() }),
  ),
});

const plan: Command = {
  name: 'operation plan',
  summary: 'Plan an operation and check it, without storing anything',
  notes: 'Ends with 3 when a check refuses it or must be accepted first.',
  options: { ...ASKED_OPTIONS, accept: { value: '<code>', many: true, help: 'checks that are accepted' } },
  async run(input) {
    const planned = await postJson(Planned, '/operations', {
      ...(await askedOf(input, 'measured')),
      environment: input.value('environment') ?? 'production',
      acknowledged: input.values('accept'),
      dryRun: true,
    });
    return {
      json: planned,
      text: planText(planned),
      exitCode: planned.open.length > 0 ? EXIT.refused : EXIT.done,
    };
  },
};

function planText(planned: z.output<typeof Planned>): string {
  const dollars = planned.price.monthlyDollars;
  return [
    planned.title,
    '',
    table(
      ['', 'Now', 'After'],
      planned.changes.map(({ label, before, after }) => [label, before, after]),
      'Nothing changes.',
    ),
    '',
    table(
      ['Check', 'Verdict', ''],
      planned.checks.map(({ code, verdict, message }) => [code, verdict, message]),
      '',
    ),
    '',
    section('Steps', planned.steps.map(({ title }, index) => `${index + 1}. ${title}`).join('\n')),
    '',
    `Price: ${dollars < 0 ? '−' : '+'}$${Math.abs(dollars).toFixed(0)} a month.`,
    agreementText(planned.approval),
    `Digest: ${planned.digest}`,
    ...(planned.open.length > 0
      ? [
          `Not to be requested as it stands: ${planned.open.join(', ')}. What may be accepted is, by --accept <code>.`,
        ]
      : []),
    ...(planned.confirm
      ? [`It cannot be undone: --confirm ${planned.confirm.name}, ${planned.confirm.why}.`]
      : []),
    ...(planned.overridable.length > 0
      ? [`An emergency overrides by --override: ${planned.overridable.map(({ id }) => id).join(', ')}.`]
      : []),
  ].join('\n');
}

/** "To agree: 2 approvers, 1 operator. High risk: …" */
function agreementText({ risk, reasons, requirements }: z.output<typeof Planned>['approval']): string {
  const words = requirements.map((requirement) => requirement.words).join(', ') || 'nobody';
  return [`To agree: ${words}.`, ...(risk === 'high' ? [`High risk: ${reasons.join(' ')}`] : [])].join(' ');
}

/** What comes of a request that needs nobody. */
const NEXT: Readonly<Record<string, string>> = {
  queued: 'It starts.',
  scheduled: 'It starts when its time has come.',
};

const start: Command = {
  name: 'operation start',
  summary: 'Ask for an operation; it waits for approval, or starts where policy needs none',
  notes:
    'With --emergency a failover or an evacuation starts at once, without approval, and you owe a review. What stands against it is overridden by its id, with --override.',
  options: {
    ...ASKED_OPTIONS,
    reason: { value: '<text>', help: 'why; approvers read it' },
    accept: { value: '<code>', many: true, help: 'checks that are accepted' },
    digest: { value: '<digest>', help: 'of the plan that was looked at; refused when it has changed' },
    key: { value: '<key>', help: 'Idempotency-Key: a pipeline that repeats itself asks only once' },
    confirm: { value: '<name>', help: 'typed where a step cannot be undone; the plan says which name' },
    emergency: { help: 'start at once, and owe a review' },
    override: { value: '<id>', many: true, help: 'what stands against an emergency, by its id' },
  },
  async run(input) {
    const asked = {
      ...(await askedOf(input, 'given')),
      environment: input.value('environment') ?? 'production',
      reason: input.required('reason'),
      digest: input.value('digest'),
      confirm: input.value('confirm'),
    };
    if (input.flag('emergency')) return startEmergency(input, asked);
    const body = { ...asked, acknowledged: input.values('accept') };
    const Requested = z.looseObject({
      id: z.string(),
      state: z.string(),
      needed: z.number(),
      digest: z.string(),
    });
    const made = await postJson(Requested, '/operations', body, input.value('key'));
    const next = NEXT[made.state] ?? 'It waits for approval.';
    return {
      json: made,
      text: `${made.id} is requested. ${next}\nFollow it: npm run meridian -- operation wait ${made.id}`,
    };
  },
};

async function startEmergency(input: CommandInput, asked: Record<string, unknown>): Promise<CommandOutput> {
  const Started = z.looseObject({
    id: z.string(),
    state: z.string(),
    preempts: z.string().nullable(),
    review: z.looseObject({ dueAt: z.string() }),
  });
  const body = { ...asked, overridden: input.values('override') };
  const made = await postJson(Started, '/operations/emergency', body, input.value('key'));
  const how = made.preempts
    ? `It starts as soon as ${made.preempts} has let go of the environment, within 30 s.`
    : 'It starts.';
  return {
    json: made,
    text: `${made.id} is an emergency. ${how} You owe a review of it by ${time(made.review.dueAt)}.\nFollow it: npm run meridian -- operation wait ${made.id}`,
  };
}

const list: Command = {
  name: 'operation list',
  summary: 'Operations, newest first',
  options: {
    environment: { value: '<name>', help: 'only there' },
    state: { value: '<state>', help: 'active, ended, or one state' },
    limit: { value: '<number>', help: '25 by default' },
    ...CURSOR,
  },
  async run(input) {
    const page = await getJson(
      pageOf(Summary),
      '/operations',
      valuesOf(input, ['environment', 'state', 'limit', 'cursor']),
    );
    const rows = page.items.map(({ id, state, environment, title, requester, createdAt }) => [
      id,
      state,
      environment,
      title,
      requester.name,
      time(createdAt),
    ]);
    const columns = ['Id', 'State', 'Environment', 'Title', 'Requested by', 'At'];
    return { json: page, text: listText(columns, rows, 'There are no operations.', page.nextCursor) };
  },
};

const show: Command = {
  name: 'operation show',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'One operation with its steps',
  async run(input) {
    const id = operationId(input);
    const [operation, steps, comments] = await Promise.all([
      getJson(Detail, `/operations/${id}`),
      getJson(Steps, `/operations/${id}/steps`),
      getJson(Comments, `/operations/${id}/comments`),
    ]);
    return {
      json: { ...operation, stepList: steps.items, comments: comments.items },
      text: [
        `${operation.id}  ${operation.state}  ${operation.title}`,
        `${operation.environment}, requested by ${operation.requester.name} at ${time(operation.createdAt)}: ${operation.reason}`,
        `Digest ${operation.digest}, needs ${operation.needed}, to be approved by ${time(operation.expiresAt)}`,
        ...agreementLines(operation),
        ...comments.items.map(({ person, body, writtenAt }) => `${time(writtenAt)} ${person.name}: ${body}`),
        ...(operation.outcome ? [operation.outcome] : []),
        '',
        table(
          [{ title: '', align: 'right' }, 'Step', 'State', { title: 'Tries', align: 'right' }, 'Key'],
          steps.items.map(({ key, title, state, attempt }, i) => [
            String(i + 1),
            title,
            state,
            String(attempt),
            key,
          ]),
          'It has no steps.',
        ),
      ].join('\n'),
    };
  },
};

/** Who decided, and what of a request that waits is open yet. */
function agreementLines({ state, decisions, approval }: z.output<typeof Detail>): string[] {
  const open = state === 'awaiting-approval' ? approval.requirements.filter(({ met }) => !met) : [];
  return [
    ...decisions.map(
      ({ person, inNameOf, decision, reason }) =>
        `${person.name}${inNameOf ? ` for ${inNameOf.name}` : ''}: ${decision}${reason ? `, ${reason}` : ''}`,
    ),
    ...open.map(
      ({ words, mayMeet, offDuty }) =>
        `Open: ${words}. ${offDuty ?? (mayMeet.length > 0 ? `May be met by ${mayMeet.join(', ')}.` : 'Nobody may meet it.')}`,
    ),
    ...(approval.voided
      ? [`Voided at ${time(approval.voided.at)}: ${approval.voided.differences.join(', ')}`]
      : []),
  ];
}

function decision(word: 'approve' | 'reject' | 'ask-changes', summary: string): Command {
  return {
    name: `operation ${word}`,
    positionals: '<id>',
    takes: { least: 1, most: 1 },
    summary,
    notes: 'The digest says which plan you looked at; "operation show" prints it.',
    options: {
      digest: { value: '<digest>', help: 'of the plan you looked at' },
      reason: { value: '<text>', help: word === 'approve' ? 'a remark' : 'why; the requester reads it' },
      for: { value: '<person>', help: 'decide as the delegate of that person, by id' },
    },
    async run(input) {
      const id = operationId(input);
      const body = {
        digest: input.required('digest'),
        reason: word === 'approve' ? input.value('reason') : input.required('reason'),
        inNameOf: input.value('for'),
      };
      const made = await postJson(
        z.looseObject({
          state: z.string(),
          approvals: z.number().optional(),
          needed: z.number().optional(),
          open: z.array(z.string()).optional(),
        }),
        `/operations/${id}/${word}`,
        body,
      );
      const count = made.approvals === undefined ? '' : `, ${made.approvals} of ${made.needed} approvals`;
      const open = made.open?.length ? ` Open: ${made.open.join(', ')}.` : '';
      return { json: made, text: `${id} is ${made.state}${count}.${open}` };
    },
  };
}

const comment: Command = {
  name: 'operation comment',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'Say something about a request or a run; it stays',
  options: { body: { value: '<text>', help: 'what is said; needed' } },
  async run(input) {
    const id = operationId(input);
    const made = await postJson(z.looseObject({ id: z.string() }), `/operations/${id}/comment`, {
      body: input.required('body'),
    });
    return { json: made, text: `Said about ${id}.` };
  },
};

function control(
  word: 'withdraw' | 'pause' | 'resume' | 'abort' | 'revert' | 'leave',
  summary: string,
): Command {
  return {
    name: `operation ${word}`,
    positionals: '<id>',
    takes: { least: 1, most: 1 },
    summary,
    options:
      word === 'withdraw'
        ? {}
        : { reason: { value: '<text>', help: word === 'leave' ? 'why; needed' : 'kept in the log' } },
    async run(input) {
      const id = operationId(input);
      const made = await postJson(
        z.looseObject({ id: z.string(), state: z.string() }),
        `/operations/${id}/${word}`,
        word === 'withdraw'
          ? {}
          : { reason: word === 'leave' ? input.required('reason') : input.value('reason') },
      );
      const text =
        made.id === id
          ? `${id}: ${word} is asked for; it is ${made.state} now.`
          : `${made.id} puts ${id} back; it is ${made.state}.`;
      return { json: made, text };
    },
  };
}

/** Behind the point of no return: go on without a step that holds, or end the run with what is open on record. */
function leaveUndone(word: 'omit' | 'close', summary: string): Command {
  return {
    name: `operation ${word}`,
    positionals: '<id>',
    takes: { least: 1, most: 1 },
    summary,
    notes:
      'Only while a step holds behind the point of no return. You owe a review by a second person for it.',
    options: {
      ...(word === 'omit' ? { step: { value: '<key>', help: 'of the step that holds; needed' } } : {}),
      reason: { value: '<text>', help: 'why; needed' },
    },
    async run(input) {
      const id = operationId(input);
      const made = await postJson(
        z.looseObject({ state: z.string(), review: z.looseObject({ dueAt: z.string() }) }),
        `/operations/${id}/${word}`,
        {
          ...(word === 'omit' ? { step: input.required('step') } : {}),
          reason: input.required('reason'),
        },
      );
      const what =
        word === 'omit' ? 'goes on without it at its next look' : 'ends incomplete at its next look';
      return { json: made, text: `${id} ${what}. You owe a review of it by ${time(made.review.dueAt)}.` };
    },
  };
}

const wait = waitCommand('operation wait');

const status: Command = {
  name: 'status',
  summary: 'What serves where, what runs, what waits, what is frozen',
  options: { environment: { value: '<name>', help: 'the estate’s first by default' } },
  async run(input) {
    const environment = input.value('environment');
    const [regions, active, approvals, freezes] = await Promise.all([
      getJson(Regions, '/regions', { environment }),
      getJson(z.object({ items: z.array(Summary) }), '/operations', { environment, state: 'active' }),
      getJson(z.object({ items: z.array(Summary.partial()) }), '/approvals', { environment }),
      getJson(z.object({ items: z.array(Loose) }), '/freezes', { environment }),
    ]);
    return {
      json: { ...regions, active: active.items, approvals: approvals.items, freezes: freezes.items },
      text: statusText(regions, active.items, approvals.items, freezes.items),
    };
  },
};

const observed = <Value extends z.ZodType>(value: Value) => z.looseObject({ value: value.nullable() });
const Regions = z.looseObject({
  environment: z.string(),
  requestsPerSecond: z.number(),
  uncounted: z.array(z.string()),
  regions: z.array(
    z.looseObject({
      code: z.string(),
      configuredShare: z.number().nullable(),
      measuredShare: z.number().nullable(),
      traffic: observed(
        z.looseObject({
          requestsPerSecond: z.number(),
          errorRate: z.number().nullable(),
          p95Ms: z.number().nullable(),
        }),
      ),
      nodes: observed(z.looseObject({ ready: z.number(), total: z.number() })),
      healthCheck: observed(z.looseObject({ healthy: z.boolean().nullable() })),
      lag: observed(
        z.looseObject({ seconds: z.number().nullable(), class: z.string(), idle: z.boolean() }),
      ).nullable(),
      service: observed(z.looseObject({ liveVersion: z.string().nullable() })),
    }),
  ),
});

function statusText(
  state: z.output<typeof Regions>,
  active: z.output<typeof Summary>[],
  approvals: Partial<z.output<typeof Summary>>[],
  freezes: z.output<typeof Loose>[],
): string {
  const rows = state.regions.map((region) => {
    const traffic = region.traffic.value;
    const health = region.healthCheck.value?.healthy;
    const lag = region.lag?.value;
    return [
      region.code,
      health === undefined || health === null ? 'unknown' : health ? 'healthy' : 'UNHEALTHY',
      percent(region.configuredShare),
      percent(region.measuredShare),
      traffic ? traffic.requestsPerSecond.toFixed(1) : '–',
      percent(traffic?.errorRate, 2),
      traffic?.p95Ms ? `${Math.round(traffic.p95Ms)} ms` : '–',
      region.nodes.value ? `${region.nodes.value.ready}/${region.nodes.value.total}` : '–',
      region.lag === null
        ? 'primary'
        : lag
          ? lag.idle
            ? 'idle'
            : `${(lag.seconds ?? 0).toFixed(1)} s`
          : 'unknown',
      region.service.value?.liveVersion ?? '–',
    ];
  });
  const list = (lines: string[], nothing: string) => (lines.length > 0 ? lines.join('\n') : nothing);
  return [
    `${state.environment}: ${state.requestsPerSecond.toFixed(1)} requests/s${state.uncounted.length > 0 ? `, without ${state.uncounted.join(', ')}` : ''}`,
    '',
    table(STATUS_COLUMNS, rows, 'There are no Regions.'),
    '',
    section(
      'Running',
      list(
        active.map(({ id, state: now, title }) => `${id}  ${now}  ${title}`),
        'nothing',
      ),
    ),
    section(
      'Waiting for approval',
      list(
        approvals.map(({ id, title }) => `${id}  ${title}`),
        'nothing',
      ),
    ),
    section(
      'Freezes',
      list(
        freezes.map(({ state: now, reason }) => `${now}  ${reason}`),
        'none',
      ),
    ),
  ].join('\n');
}

const STATUS_COLUMNS = [
  'Region',
  'Health',
  ...['Configured', 'Measured', 'Req/s', 'Errors', 'p95', 'Nodes', 'Lag'].map((title) => ({
    title,
    align: 'right' as const,
  })),
  'Version',
];

export const operationCommands: readonly Command[] = [
  status,
  plan,
  start,
  list,
  show,
  decision('approve', 'Approve the plan with this digest'),
  decision('reject', 'Reject a request for good'),
  decision('ask-changes', 'Send a request back for changes; it ends, and is asked for anew'),
  comment,
  control('withdraw', 'Take back one’s own request while it waits'),
  control('pause', 'Pause at the next gate'),
  control('resume', 'Go on after a pause'),
  control('abort', 'Stop, and put back what was done'),
  control('revert', 'Put back former weights or versions, or what a stopped recovery left'),
  control('leave', 'End a compensation that has failed; what stands is left as it is'),
  leaveUndone('omit', 'Go on without a step that holds behind the point of no return'),
  leaveUndone('close', 'End a run that holds behind the point of no return, with what is open on record'),
  wait,
];
