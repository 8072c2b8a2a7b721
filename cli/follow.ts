import { z } from 'zod';
import { isEnded, OPERATION_STATES } from '#lib/domain/operation/state.ts';
import type { Command, CommandInput, CommandOutput } from './command.ts';
import { CliProblem, EXIT, UsageProblem } from './exit.ts';
import { getJson } from './remote.ts';

/** How long each answer is held by the server, seconds; well within the time that a request may take. */
const HELD_SECONDS = 20;
const USUAL_TIMEOUT_SECONDS = 3_600;

const Followed = z.looseObject({
  id: z.string(),
  state: z.enum(OPERATION_STATES),
  outcome: z.string().nullable(),
  steps: z.object({ total: z.number(), done: z.number(), current: z.string().nullable() }),
});

export const TIMEOUT_OPTION = { timeout: { value: '<seconds>', help: '3600 by default' } } as const;

/** How a followed operation ends the command (docs/cli.md). */
export const FOLLOW_NOTES =
  'Ends with 0 when it is done, 6 when it ended otherwise (rolled back, failed, rejected), 7 when the time ran out while it ran, held or waited. Steps go to standard error.';

/** The id of an operation among the arguments. */
export function operationId(input: CommandInput): string {
  const id = input.positionals[0] ?? '';
  if (/^OP-\d{1,12}$/.test(id)) return id;
  throw new UsageProblem(`"${id}" is not an operation; one reads OP-1001.`);
}

/** Follows one operation to its end, under the word that suits who waits: a person, or a pipeline. */
export function waitCommand(name: string): Command {
  return {
    name,
    positionals: '<id>',
    takes: { least: 1, most: 1 },
    summary: 'Wait until an operation has ended',
    notes: FOLLOW_NOTES,
    options: TIMEOUT_OPTION,
    run: (input) => followOperation(input, operationId(input)),
  };
}

/** Waits until it has ended, by requests that the server holds; says each change on standard error. */
export async function followOperation(input: CommandInput, id: string): Promise<CommandOutput> {
  const until = Date.now() + (input.number('timeout') ?? USUAL_TIMEOUT_SECONDS) * 1_000;
  let said = '';
  let known: string | undefined;
  for (;;) {
    const leftSeconds = Math.ceil((until - Date.now()) / 1_000);
    const operation = await getJson(Followed, `/operations/${id}`, {
      ...(known === undefined
        ? {}
        : { known, wait: String(Math.max(0, Math.min(HELD_SECONDS, leftSeconds))) }),
    });
    const { state, steps, outcome } = operation;
    const now = `${state}, ${steps.done} of ${steps.total} steps${steps.current ? `: ${steps.current}` : ''}${state === 'holding' && outcome ? ` (${outcome})` : ''}`;
    if (now !== said && !input.json) process.stderr.write(`${now}\n`);
    said = now;
    known = state;
    if (isEnded(state))
      return {
        json: operation,
        text: `${id} is ${state}. ${outcome ?? ''}`.trimEnd(),
        exitCode: state === 'done' ? EXIT.done : EXIT.notDone,
      };
    if (Date.now() >= until)
      throw new CliProblem(
        EXIT.tooLate,
        `${id} has not ended in time; it is ${state}. ${outcome ?? ''}`.trimEnd(),
        {
          id,
          state,
        },
      );
  }
}
