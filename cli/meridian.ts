import { LaunchProblem } from '#launch/problem.ts';
import { databaseTrouble } from '#lib/data/database.ts';
import { MeridianError, ValidationError } from '#lib/errors.ts';
import { type Command, helpOf, readInput } from './command.ts';
import { approvalCommands } from './commands/approvals.ts';
import { auditCommands } from './commands/audit.ts';
import { breakGlassCommands } from './commands/breakglass.ts';
import { deploymentCommands } from './commands/deployments.ts';
import { estateCommands } from './commands/estate.ts';
import { freezeCommands } from './commands/freezes.ts';
import { operationCommands } from './commands/operations.ts';
import { peopleCommands } from './commands/people.ts';
import { recoveryCommands } from './commands/recovery.ts';
import { releaseCommands } from './commands/releases.ts';
import { CliProblem, EXIT, type ExitCode, exitCodeOf, UsageProblem, withFields } from './exit.ts';

// npm run meridian -- <command>. What it prints goes to standard output, everything about it to standard error.

const REMOTE = 'Through the API, as the owner of MERIDIAN_TOKEN (MERIDIAN_URL names another console)';
const LOCAL = 'On the server itself, as the database’s owner; audited as local:<user>@<host>';
const GROUPS: readonly { title: string; commands: readonly Command[] }[] = [
  {
    title: REMOTE,
    commands: [
      ...deploymentCommands,
      ...operationCommands,
      ...releaseCommands,
      ...approvalCommands,
      ...freezeCommands,
      ...recoveryCommands,
    ],
  },
  { title: LOCAL, commands: [...peopleCommands, ...estateCommands, ...auditCommands, ...breakGlassCommands] },
];
const COMMANDS = GROUPS.flatMap(({ commands }) => commands);

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    'Usage: npm run meridian -- <command> [options]',
    ...GROUPS.flatMap(({ title, commands }) => [
      '',
      `${title}:`,
      ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ]),
    '',
    '<command> --help says more; --json prints JSON. Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused, 4 not found,',
    '5 audit log or bundle broken, 6 operation not done, 7 time ran out. docs/cli.md has examples.',
  ].join('\n');
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const words = args.filter((argument) => argument !== '--help' && argument !== '-h');
  const command = findCommand(words);
  if (!command) {
    if (words.length > 0 && words[0] !== 'help') throw unknownCommand(words);
    print(overview());
    return EXIT.done;
  }
  if (words.length < args.length) {
    print(helpOf(command));
    return EXIT.done;
  }
  const input = readInput(command, args.slice(command.name.split(' ').length));
  const output = await command.run(input);
  if (input.json) {
    if (output.json !== undefined) print(JSON.stringify(output.json, bigintAsText, 2));
  } else if (output.text) print(output.text);
  return output.exitCode ?? EXIT.done;
}

function findCommand(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
}

function unknownCommand(words: readonly string[]): UsageProblem {
  const near = COMMANDS.filter(({ name }) => name.startsWith(`${words[0]} `)).map(({ name }) => name);
  return new UsageProblem(
    near.length > 0
      ? `There is no command "${words.slice(0, 2).join(' ')}". There are: ${near.join(', ')}.`
      : `There is no command "${words[0]}". npm run meridian -- help lists them.`,
  );
}

interface Told {
  exitCode: ExitCode;
  message: string;
  detail: Record<string, unknown>;
}

/** What to say of a failure: a sentence, never a stack. */
function tell(error: unknown): Told {
  if (error instanceof CliProblem)
    return { exitCode: error.exitCode, message: error.message, detail: error.detail };
  if (error instanceof MeridianError) {
    const fields = error instanceof ValidationError ? error.fields : undefined;
    return {
      exitCode: exitCodeOf(error.code),
      message: withFields(error.message, fields),
      detail: { code: error.code, ...(fields ? { fields } : {}) },
    };
  }
  const trouble = databaseTrouble(error);
  if (trouble) {
    return {
      exitCode: EXIT.failed,
      message: `The database does not answer (${trouble}). Is Meridian running?`,
      detail: {},
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    exitCode: EXIT.failed,
    message: error instanceof LaunchProblem ? message : `It failed: ${message}`,
    detail: {},
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

const args = process.argv.slice(2);
process.exitCode = await run(args).catch((error: unknown) => {
  const { exitCode, message, detail } = tell(error);
  if (args.includes('--json')) print(JSON.stringify({ error: message, exitCode, ...detail }, null, 2));
  else process.stderr.write(`${message}\n`);
  return exitCode;
});
