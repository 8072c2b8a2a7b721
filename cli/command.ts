import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type ExitCode, UsageProblem } from './exit.ts';

export interface CommandOutput {
  /** What `--json` prints. */
  json: unknown;
  /** What a person reads. */
  text: string;
  exitCode?: ExitCode;
}

export interface CommandInput {
  positionals: string[];
  /** Value of `--name`, undefined when it was left out. */
  value(name: string): string | undefined;
  /** Value of `--name`; throws a UsageProblem when it was left out. */
  required(name: string): string;
  /** Every value of a `--name` that may come more than once; commas separate too. */
  values(name: string): string[];
  flag(name: string): boolean;
  /** Whole number of `--name`. */
  number(name: string): number | undefined;
  json: boolean;
}

export interface Option {
  /** Shown in help: `--days <number>`; without a value, a flag. */
  value?: string;
  many?: boolean;
  help: string;
}

export interface Command {
  /** `token create` */
  name: string;
  /** What stands after the name: `<id>`. */
  positionals?: string;
  summary: string;
  /** Lines under the usage, of what is worth knowing. */
  notes?: string;
  options?: Record<string, Option>;
  /** How many positionals it takes. */
  takes?: { least: number; most: number };
  run(input: CommandInput): Promise<CommandOutput>;
}

/** Reads a command's arguments. Throws a UsageProblem that names the option which does not fit. */
export function readInput(command: Command, args: readonly string[]): CommandInput {
  const options: ParseArgsOptionsConfig = { json: { type: 'boolean' } };
  for (const [name, { value, many }] of Object.entries(command.options ?? {}))
    options[name] = value ? { type: 'string', multiple: many ?? false } : { type: 'boolean' };
  const { values, positionals } = parse(args, options);
  const { least, most } = command.takes ?? { least: 0, most: 0 };
  if (positionals.length < least)
    throw new UsageProblem(`${command.name} needs ${command.positionals ?? 'more'}.`);
  if (positionals.length > most)
    throw new UsageProblem(`${command.name} does not take "${positionals[most]}".`);
  const text = (name: string) => {
    const given = values[name];
    return typeof given === 'string' ? given : undefined;
  };
  return {
    positionals,
    value: text,
    required(name) {
      const given = text(name);
      if (given) return given;
      throw new UsageProblem(`--${name} is missing: ${command.options?.[name]?.help ?? ''}.`);
    },
    values(name) {
      const given = values[name];
      const list = Array.isArray(given) ? given.map(String) : typeof given === 'string' ? [given] : [];
      return list.flatMap((part) => part.split(',')).filter(Boolean);
    },
    flag: (name) => values[name] === true,
    number(name) {
      const given = text(name);
      if (given === undefined) return undefined;
      if (/^\d{1,9}(\.\d+)?$/.test(given)) return Number(given);
      throw new UsageProblem(`--${name} is "${given}"; it must be a number.`);
    },
    json: values.json === true,
  };
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageProblem(`${message.replace(/\. To specify.*$/s, '')}.`.replace(/\.\.$/, '.'));
  }
}

/** Usage of one command. */
export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, json: { help: 'print JSON' } }).map(
    ([name, { value, help }]: [string, Option]) => [`--${name}${value ? ` ${value}` : ''}`, help] as const,
  );
  const width = Math.max(...options.map(([option]) => option.length));
  return [
    `Usage: npm run meridian -- ${command.name}${command.positionals ? ` ${command.positionals}` : ''} [options]`,
    '',
    `${command.summary}.`,
    ...(command.notes ? ['', command.notes] : []),
    '',
    ...options.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`),
  ].join('\n');
}
