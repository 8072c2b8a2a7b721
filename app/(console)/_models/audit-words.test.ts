import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { AUDIT_VERBS } from '#lib/domain/audit/verbs.ts';
import { auditWords, VERB_GROUPS } from './audit-words.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

it('has words of its own for every act of the log', () => {
  const words = AUDIT_VERBS.map(auditWords);
  expect(new Set(words).size).toBe(AUDIT_VERBS.length);
  for (const [index, verb] of AUDIT_VERBS.entries()) {
    expect(words[index], verb).not.toBe(verb);
    expect(words[index], verb).toMatch(/^[A-Za-z][^.]+$/);
  }
});

it('shows the verb of another version as it was written', () => {
  expect(auditWords('operation.dream')).toBe('operation.dream');
});

it('can narrow the log to every act', () => {
  const missing = AUDIT_VERBS.filter((verb) => !VERB_GROUPS.some(({ value }) => verb.startsWith(value)));
  expect(missing).toEqual([]);
  const idle = VERB_GROUPS.filter(({ value }) => !AUDIT_VERBS.some((verb) => verb.startsWith(value)));
  expect(idle).toEqual([]);
});

it('names no act that nothing does', () => {
  const sources = ['lib', 'worker', 'cli', 'launch']
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.join(ROOT, folder, file),
      ),
    )
    .filter((file) => /(?<!\.test)\.ts$/.test(file) && !file.includes(`${path.sep}generated${path.sep}`))
    .filter((file) => !file.endsWith(path.join('audit', 'verbs.ts')))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  expect(AUDIT_VERBS.filter((verb) => !sources.includes(`'${verb}'`))).toEqual([]);
});
