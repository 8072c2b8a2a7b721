/** Exit codes of every command (docs/cli.md). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  auditBroken: 5,
  notDone: 6,
  tooLate: 7,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that the caller can mend: what was attempted, what stopped it, what to do next. */
export class CliProblem extends Error {
  override name = 'CliProblem';
  readonly exitCode: ExitCode;
  /** Problem+json of the API, or fields that do not fit, for `--json`. */
  readonly detail: Record<string, unknown>;

  constructor(exitCode: ExitCode, message: string, detail: Record<string, unknown> = {}) {
    super(message);
    this.exitCode = exitCode;
    this.detail = detail;
  }
}

/** The command was called with something it does not take. */
export class UsageProblem extends CliProblem {
  override name = 'UsageProblem';

  constructor(message: string, detail: Record<string, unknown> = {}) {
    super(EXIT.usage, message, detail);
  }
}

const BY_CODE: Record<string, ExitCode> = {
  validation: EXIT.usage,
  malformed: EXIT.usage,
  'not-signed-in': EXIT.refused,
  forbidden: EXIT.refused,
  conflict: EXIT.refused,
  refused: EXIT.refused,
  'not-found': EXIT.notFound,
};

/** The exit code for an error's code, of a verb or of the API. */
export function exitCodeOf(code: string): ExitCode {
  return BY_CODE[code] ?? EXIT.failed;
}

/** A message with each field that does not fit on a line of its own. */
export function withFields(message: string, fields: Record<string, string> | undefined): string {
  const lines = Object.entries(fields ?? {}).map(([field, problem]) => `  ${field || 'input'} ${problem}`);
  return [message, ...lines].join('\n');
}
