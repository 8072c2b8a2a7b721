import fs from 'node:fs';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { type Report, toMarkdown } from './report.ts';

const FILE = path.join(import.meta.dirname, '../docs/performance.md');

const HEAD = `# Performance

Written by \`npm run bench -- --write\`, never by hand. Every section says where and when it was measured: compare ratios, and compare milliseconds only on one machine. A missed target stands here as such.
`;

/** Puts the result of one bench into docs/performance.md and leaves the others' sections as they are. */
export function writeSection(bench: Bench, report: Report, measuredOn: string): void {
  const page = fs.existsSync(FILE) ? fs.readFileSync(FILE, 'utf8') : HEAD;
  fs.writeFileSync(FILE, withSection(page, bench, `${measuredOn}.\n\n${toMarkdown(report)}`));
}

/** The page with that bench's section replaced, or added at its end. */
export function withSection(
  page: string,
  { name, title }: Pick<Bench, 'name' | 'title'>,
  body: string,
): string {
  const heading = `## ${title} (\`${name}\`)`;
  const section = `${heading}\n\n${body.trim()}\n`;
  const start = page.indexOf(heading);
  if (start < 0) return `${page.trimEnd()}\n\n${section}`;
  const next = page.indexOf('\n## ', start);
  const after = next < 0 ? '' : `\n${page.slice(next + 1)}`;
  return `${page.slice(0, start)}${section}${after}`;
}
