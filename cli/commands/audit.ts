import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dataDirectory } from '#launch/paths.ts';
import { exportAudit, streamAudit } from '#lib/services/audit/export.ts';
import { loadSigningKey, readHeads, readPublicKey, recordHead } from '#lib/services/audit/heads.ts';
import { type ChainReport, verifyLog } from '#lib/services/audit/verify.ts';
import type { Command } from '../command.ts';
import { CliProblem, EXIT } from '../exit.ts';
import { applicationOwnsTables, withLocalContext, withOwner } from '../local.ts';
import { time } from '../text.ts';

const verify: Command = {
  name: 'audit verify',
  summary: 'Compute every hash of the audit log again and name the first row that does not fit',
  notes:
    'With --heads also against the heads signed outside the database, which finds a log whose end was cut off or that was\nrewritten whole. Ends with 5 when something does not fit.',
  options: {
    heads: { help: 'compare with the signed heads in the data folder' },
    'public-key': { value: '<file>', help: 'PEM of the key that signed them; the data folder’s by default' },
  },
  async run(input) {
    const kept =
      input.flag('heads') || input.value('public-key') ? await signedHeads(input.value('public-key')) : null;
    const started = performance.now();
    const report = await withOwner((database) =>
      verifyLog(database.pool, { heads: kept?.heads ?? [], onProgress: showProgress }),
    );
    const seconds = (performance.now() - started) / 1_000;
    const problems = kept?.problems ?? [];
    const ok = report.ok && problems.length === 0;
    const rewritable = applicationOwnsTables();
    const warning = rewritable ? [REWRITABLE] : [];
    return {
      json: { ...report, ok, headProblems: problems, seconds, rewritable },
      text: [verdictText(report, seconds), ...headText(report, kept), ...problems, ...warning].join('\n'),
      exitCode: ok ? EXIT.done : EXIT.auditBroken,
    };
  },
};

const REWRITABLE =
  'Note: DATABASE_URL and MERIDIAN_OWNER_URL name one role, so the application itself could rewrite this log. Give it a role that owns nothing.';

async function signedHeads(publicKeyFile: string | undefined) {
  const dataDir = dataDirectory();
  if (!publicKeyFile) {
    const { publicKey } = await loadSigningKey({ dataDir, signingKey: process.env.MERIDIAN_SIGNING_KEY });
    return readHeads(dataDir, publicKey);
  }
  const pem = await readFile(publicKeyFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliProblem(EXIT.usage, `${publicKeyFile} cannot be read: ${error.code ?? error.message}.`);
  });
  return readHeads(dataDir, readPublicKey(pem));
}

function verdictText(report: ChainReport, seconds: number): string {
  const rate = seconds > 0 ? Math.round(report.rows / seconds) : 0;
  const checked = `${report.rows} rows in ${seconds.toFixed(1)} s, ${rate} rows/s`;
  if (report.broken) {
    return `BROKEN at row ${report.broken.seq} (${report.broken.why}): ${report.broken.message}\nChecked ${checked}. Keep the database as it is, and restore a copy beside it to compare.`;
  }
  if (report.heads.broken) return `BROKEN: ${report.heads.broken}\nChecked ${checked}.`;
  const head = report.head
    ? ` The newest is row ${report.head.seq} of ${time(report.head.at)}, ${report.head.hash}.`
    : '';
  return `The chain is whole: ${checked}.${head}`;
}

function headText(report: ChainReport, kept: { heads: unknown[] } | null): string[] {
  if (!kept) return [];
  return kept.heads.length === 0
    ? ['There are no signed heads in the data folder: nothing to compare with.']
    : [`${report.heads.compared} of ${kept.heads.length} signed heads compared.`];
}

function showProgress(rows: number): void {
  if (process.stderr.isTTY && rows % 100_000 < 5_000) process.stderr.write(`\r${rows} rows `);
}

const head: Command = {
  name: 'audit head',
  summary: 'Sign the newest row of the log and print it, to be kept elsewhere',
  async run() {
    const dataDir = dataDirectory();
    const key = await loadSigningKey({ dataDir, signingKey: process.env.MERIDIAN_SIGNING_KEY });
    const signed = await withOwner(async (database) => {
      await recordHead(database, { dataDir, key, now: new Date() });
      return (await readHeads(dataDir, key.publicKey)).heads.at(-1) ?? null;
    });
    const publicKey = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return {
      json: { head: signed, publicKey },
      text: signed
        ? `${JSON.stringify(signed)}\n${publicKey.trimEnd()}`
        : 'The log is empty: there is nothing to sign.',
    };
  },
};

const exportRows: Command = {
  name: 'audit export',
  summary: 'Write the audit log as CSV or JSON lines; the export is itself recorded',
  options: {
    format: { value: 'csv|json', help: 'csv by default; json holds exactly what was hashed' },
    out: { value: '<file>', help: 'standard output by default' },
    verb: { value: '<verb>', help: 'one verb, or a prefix that ends in a dot' },
    actor: { value: '<id>', help: 'one actor' },
    operation: { value: '<id>', help: 'one operation' },
    outcome: { value: 'done|refused|failed', help: 'how it ended' },
    from: { value: '<time>', help: 'ISO 8601 with offset' },
    to: { value: '<time>', help: 'ISO 8601 with offset' },
  },
  async run(input) {
    const names = ['format', 'verb', 'actor', 'operation', 'outcome', 'from', 'to'];
    const filter = Object.fromEntries(
      names.map((name) => [name, input.value(name)]).filter(([, value]) => value !== undefined),
    );
    const out = input.value('out');
    const target = out ? createWriteStream(out, { mode: 0o600 }) : process.stdout;
    let bytes = 0;
    await withLocalContext(async (context) => {
      const asked = await exportAudit(context, filter);
      for await (const part of streamAudit(context.database, asked)) {
        bytes += Buffer.byteLength(part);
        if (!target.write(part)) await once(target, 'drain');
      }
    });
    if (!out) return { json: undefined, text: '' };
    target.end();
    await once(target, 'finish');
    return { json: { file: out, bytes }, text: `Wrote ${bytes} bytes to ${out}.` };
  },
};

export const auditCommands: readonly Command[] = [verify, head, exportRows];
