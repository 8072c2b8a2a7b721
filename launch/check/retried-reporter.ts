import fs from 'node:fs';
import path from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/**
 * Writes the names of the tests that passed at a further try, as a list in JSON, into the file that `--outputFile.retried` names:
 * vitest's own JSON report has no place for them. Exported as vitest wants it.
 */
export default class RetriedReporter implements Reporter {
  #file: string | undefined;

  onInit({ config: { outputFile } }: Vitest): void {
    this.#file = typeof outputFile === 'object' ? outputFile.retried : undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!this.#file) throw new Error('Name the file of retried tests: --outputFile.retried=<file>');
    const retried = modules.flatMap((module) =>
      [...module.children.allTests('passed')]
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => `${module.relativeModuleId.split(path.sep).join('/')} › ${test.fullName}`),
    );
    fs.writeFileSync(this.#file, JSON.stringify(retried));
  }
}
