import type { BrowserContext } from '@playwright/test';

/** What a browser must never report. A test that provokes one on purpose says so with `expectFault`. */
export class FaultWatch {
  readonly #faults: string[] = [];
  readonly #expected: RegExp[] = [];

  /** Collects from every page of the context: policy violations, uncaught errors, errors on the console. */
  async follow(context: BrowserContext): Promise<void> {
    context.on('console', (message) => {
      if (message.type() === 'error')
        this.#record('console', `${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.#record('page error', String(error.error())));
    await context.exposeBinding('meridianReportViolation', (_source, violation: string) =>
      this.#record('securitypolicyviolation', violation),
    );
    await context.addInitScript(() => {
      const { meridianReportViolation: report } = window as unknown as {
        meridianReportViolation: (violation: string) => void;
      };
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
        report(`${violatedDirective} ${blockedURI} in ${sourceFile}`),
      );
    });
  }

  expectFault(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  get unexpected(): string[] {
    return this.#faults.filter((fault) => !this.#expected.some((pattern) => pattern.test(fault)));
  }

  #record(kind: string, text: string): void {
    this.#faults.push(`${kind}: ${text}`);
  }
}
