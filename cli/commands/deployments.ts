import { z } from 'zod';
import type { Command, CommandInput, CommandOutput } from '../command.ts';
import { EXIT, UsageProblem } from '../exit.ts';
import { FOLLOW_NOTES, followOperation, operationId, TIMEOUT_OPTION, waitCommand } from '../follow.ts';
import { getJson, postJson } from '../remote.ts';

// Deployments for pipelines: one word a step of the pipeline, exit codes that it can branch on (docs/ci.md).

const Requested = z.looseObject({ id: z.string(), state: z.string() });
const DryRun = z.looseObject({
  title: z.string(),
  digest: z.string(),
  needed: z.number(),
  open: z.array(z.string()),
  checks: z.array(z.looseObject({ code: z.string(), verdict: z.string(), message: z.string() })),
});

const deploy: Command = {
  name: 'deploy',
  positionals: '<version>',
  takes: { least: 1, most: 1 },
  summary: 'Ask for a deployment of a registered release, and with --wait follow it to its end',
  notes: `Without --wait ends with 0 once it is requested. ${FOLLOW_NOTES} What is refused ends with 3. The token needs operation.request.`,
  options: {
    environment: { value: '<name>', help: 'production by default' },
    regions: { value: '<region>', many: true, help: 'in this order; all of the environment’s by default' },
    at: { value: '<time>', help: 'start then, such as 2026-11-26T22:00:00Z; at once by default' },
    'low-traffic': { help: 'each Region in the hours in which it has the fewest requests' },
    soak: { value: '<minutes>', help: 'in each Region before the next; 30 by default' },
    'staging-exception': { value: '<text>', help: 'why, where staging has not proven it' },
    reason: { value: '<text>', help: 'why; approvers read it' },
    accept: { value: '<code>', many: true, help: 'checks that are accepted' },
    key: { value: '<text>', help: 'Idempotency-Key: a pipeline that repeats itself asks only once' },
    'dry-run': { help: 'plan and check it only; ends with 3 where a check stands against it' },
    wait: { help: 'follow it until it has ended' },
    ...TIMEOUT_OPTION,
  },
  async run(input) {
    const body = {
      kind: 'deployment',
      environment: input.value('environment') ?? 'production',
      params: deploymentParams(input),
      acknowledged: input.values('accept'),
    };
    if (input.flag('dry-run')) return plan(body);
    const made = await postJson(
      Requested,
      '/operations',
      { ...body, reason: input.required('reason') },
      input.value('key'),
    );
    return requested(input, made);
  },
};

function deploymentParams(input: CommandInput) {
  const [version] = input.positionals;
  const regions = input.values('regions');
  const at = input.value('at');
  if (at !== undefined && input.flag('low-traffic'))
    throw new UsageProblem('Say when by --at or by --low-traffic, not by both.');
  return {
    version,
    ...(regions.length > 0 ? { regions } : {}),
    ...(at === undefined ? {} : { schedule: { kind: 'at', at } }),
    ...(input.flag('low-traffic') ? { schedule: { kind: 'low-traffic' } } : {}),
    soakMinutes: input.number('soak'),
    stagingException: input.value('staging-exception'),
  };
}

async function plan(body: object): Promise<CommandOutput> {
  const planned = await postJson(DryRun, '/operations', { ...body, dryRun: true });
  const said = planned.checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ code, verdict, message }) => `${verdict.padEnd(8)}${code}  ${message}`);
  return {
    json: planned,
    text: [
      planned.title,
      ...said,
      `Approvals needed: ${planned.needed}. Digest: ${planned.digest}`,
      ...(planned.open.length > 0 ? [`Stands against it: ${planned.open.join(', ')}.`] : []),
    ].join('\n'),
    exitCode: planned.open.length > 0 ? EXIT.refused : EXIT.done,
  };
}

/** What was asked for, or how it ended where that is to be waited for. */
async function requested(input: CommandInput, made: { id: string; state: string }): Promise<CommandOutput> {
  if (input.flag('wait')) {
    if (!input.json) process.stderr.write(`${made.id} is requested.\n`);
    return followOperation(input, made.id);
  }
  const next = {
    queued: 'It starts.',
    scheduled: 'It starts at its time.',
    'awaiting-approval': 'It waits for approval.',
  }[made.state];
  return {
    json: made,
    text: `${made.id} is requested. ${next ?? `It is ${made.state}.`}\nFollow it: npm run meridian -- wait ${made.id}`,
  };
}

const wait = waitCommand('wait');

const rollback: Command = {
  name: 'rollback',
  positionals: '[<id>]',
  takes: { least: 0, most: 1 },
  summary: 'Put a deployment back: one that runs turns round, one that is over gets an operation of its own',
  notes: `Without an id: every Region that the last deployment switched, or those of --regions, to what each served before or to --to. Waits for nobody by default, and no freeze holds it that does not name rollbacks. With --wait: 0 when the former version serves, ${EXIT.notDone} when not, ${EXIT.tooLate} when the time ran out. The token needs operation.control with an id, operation.request without.`,
  options: {
    environment: { value: '<name>', help: 'production by default' },
    regions: { value: '<region>', many: true, help: 'only these' },
    to: { value: '<version>', help: 'an earlier one; what each Region served before by default' },
    reason: { value: '<text>', help: 'why' },
    'mark-bad': {
      help: 'say that the release is bad: nothing is deployed or rolled back to it (needs release.mark-bad)',
    },
    key: { value: '<text>', help: 'Idempotency-Key' },
    wait: { help: 'follow it until it has ended' },
    ...TIMEOUT_OPTION,
  },
  async run(input) {
    const reason = input.required('reason');
    const id = input.positionals.length > 0 ? operationId(input) : undefined;
    const asked = id === undefined ? await askRollback(input, reason) : await turnRound(input, id, reason);
    if (!input.flag('wait')) return { json: asked, text: `${asked.id} puts it back; it is ${asked.state}.` };
    const followed = await followOperation(input, asked.id);
    return { ...followed, exitCode: backExitCode(followed, asked.id === id) };
  },
};

/** A run that turned round has done what was asked when it is reverted. */
function backExitCode({ json, exitCode }: CommandOutput, isTurned: boolean) {
  const state = z.looseObject({ state: z.string() }).safeParse(json).data?.state;
  return isTurned && state === 'reverted' ? EXIT.done : exitCode;
}

async function askRollback(input: CommandInput, reason: string) {
  if (input.flag('mark-bad'))
    throw new UsageProblem('--mark-bad needs the deployment: meridian rollback OP-1001 --mark-bad.');
  const regions = input.values('regions');
  return postJson(
    Requested,
    '/operations',
    {
      kind: 'rollback',
      environment: input.value('environment') ?? 'production',
      params: { ...(regions.length > 0 ? { regions } : {}), to: input.value('to') },
      reason,
    },
    input.value('key'),
  );
}

async function turnRound(input: CommandInput, id: string, reason: string) {
  if (input.values('regions').length > 0 || input.value('to') !== undefined)
    throw new UsageProblem('--regions and --to are for a rollback without an id.');
  const turned = await postJson(Requested, `/operations/${id}/revert`, { reason }, input.value('key'));
  if (input.flag('mark-bad')) {
    const { request } = await getJson(Deployed, `/operations/${id}`);
    await postJson(z.looseObject({}), `/releases/${request.version}/mark-bad`, { reason });
  }
  return turned;
}

const Deployed = z.looseObject({ request: z.looseObject({ version: z.string() }) });

const approve: Command = {
  name: 'approve',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'Approve the plan with this digest',
  notes:
    'A token may only where the policy lets tokens approve, and never what its owner asked for. Ends with 3 when it may not, or when the plan is another by now.',
  options: {
    digest: {
      value: '<digest>',
      help: 'of the plan that was looked at; "deploy --dry-run" and "operation show" print it',
    },
    reason: { value: '<text>', help: 'a remark' },
    wait: { help: 'follow it until it has ended' },
    ...TIMEOUT_OPTION,
  },
  async run(input) {
    const id = operationId(input);
    const made = await postJson(
      z.looseObject({ state: z.string(), approvals: z.number(), needed: z.number() }),
      `/operations/${id}/approve`,
      { digest: input.required('digest'), reason: input.value('reason') },
    );
    if (input.flag('wait')) return followOperation(input, id);
    return { json: made, text: `${id} is ${made.state}, ${made.approvals} of ${made.needed} approvals.` };
  },
};

function cutShort(word: 'skip-soak' | 'promote', summary: string): Command {
  return {
    name: `operation ${word}`,
    positionals: '<id>',
    takes: { least: 1, most: 1 },
    summary,
    notes:
      word === 'skip-soak'
        ? 'Needs operation.skip-soak, and somebody other than who asked for it. Its gate still turns round what is beyond a limit.'
        : 'Soaks and gates stay.',
    options: {
      ...(word === 'skip-soak' ? { step: { value: '<key>', help: 'the soak: soak-us-east-1' } } : {}),
      reason: { value: '<text>', help: 'why; needed' },
    },
    async run(input) {
      const id = operationId(input);
      const made = await postJson(z.looseObject({ state: z.string() }), `/operations/${id}/${word}`, {
        ...(word === 'skip-soak' ? { step: input.required('step') } : {}),
        reason: input.required('reason'),
      });
      return { json: made, text: `${id} goes on at its next look.` };
    },
  };
}

export const deploymentCommands: readonly Command[] = [
  deploy,
  wait,
  rollback,
  approve,
  cutShort('skip-soak', 'Waive the rest of a soak, for a reason'),
  cutShort('promote', 'Leave out the waits between the Regions that remain'),
];
