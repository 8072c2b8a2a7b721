import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendAudit } from '#lib/data/audit.ts';
import { startAuditAnchor } from '#lib/services/audit/anchor.ts';
import { csvCell, exportAudit, streamAudit } from '#lib/services/audit/export.ts';
import { isSignedBy, latestHead, loadSigningKey, readHeads, recordHead } from '#lib/services/audit/heads.ts';
import { listAudit, readAuditHead } from '#lib/services/audit/read.ts';
import { verifyAudit, verifyLog } from '#lib/services/audit/verify.ts';
import { failure, testWorld } from './harness.ts';

const world = testWorld();
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'meridian-heads-'));
  await asOwner('truncate audit_entry');
  await append(40);
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function append(rows: number, message = 'naïve — ünïcode ✓'): Promise<void> {
  for (let i = 0; i < rows; i += 1) {
    await appendAudit(world.database.pool, {
      verb: i % 2 === 0 ? 'test.even' : 'test.odd',
      actor: { kind: 'system', id: 'test' },
      outcome: 'done',
      message,
      detail: { i },
    });
  }
}

/** What only the tables' owner can do, once they have switched the trigger off. */
async function asOwner(statement: string): Promise<void> {
  await world.owner.query('alter table audit_entry disable trigger user');
  await world.owner.query(statement);
  await world.owner.query('alter table audit_entry enable trigger user');
}

const verify = (options = {}) => verifyLog(world.database.pool, options);

/** Makes rows `from` and later a chain of their own again, as someone who can run `audit_append`'s formula would. */
const rechain = (from: number) =>
  asOwner(`do $$ declare r record; previous bytea; begin
    select coalesce((select hash from audit_entry where seq = ${from} - 1), decode(repeat('00', 32), 'hex')) into previous;
    for r in select * from audit_entry where seq >= ${from} order by seq loop
      update audit_entry set prev_hash = previous, hash = sha256(previous || int8send(r.seq)
        || convert_to(audit_time(r.at), 'UTF8') || convert_to(r.entry, 'UTF8')) where seq = r.seq returning hash into previous;
    end loop; end $$`);

describe('verifying the chain', () => {
  it('finds a whole log whole', async () => {
    expect(await verify()).toMatchObject({ ok: true, rows: 40, from: 1, broken: null, complete: true });
    expect((await verify()).head?.hash).toBe((await readAuditHead(world.database))?.hash);
  });

  it.each([
    [
      'an entry changed',
      `update audit_entry set entry = replace(entry, '"i":16', '"i":17') where seq = 17`,
      17,
      'hash',
    ],
    ['a time changed', `update audit_entry set at = at + interval '1 microsecond' where seq = 9`, 9, 'hash'],
    ['a row removed', 'delete from audit_entry where seq = 20', 21, 'gap'],
    ['the beginning removed', 'delete from audit_entry where seq <= 3', 4, 'gap'],
    [
      'a row replaced together with its hash',
      `update audit_entry set entry = '{"actor":{"id":"x"},"outcome":"done","verb":"x"}', hash = sha256(prev_hash || int8send(seq)
         || convert_to(audit_time(at), 'UTF8') || convert_to('{"actor":{"id":"x"},"outcome":"done","verb":"x"}', 'UTF8')),
         actor_id = 'x', verb = 'x' where seq = 12`,
      13,
      'prev',
    ],
    [
      'a row hidden from a filter',
      `update audit_entry set verb = 'test.other' where seq = 14`,
      14,
      'columns',
    ],
    [
      'a row hidden from its Region',
      `update audit_entry set region = 'eu-west-1' where seq = 15`,
      15,
      'columns',
    ],
  ])('names the first row that does not fit: %s', async (_, statement, seq, why) => {
    await asOwner(statement);
    const report = await verify();
    expect(report.ok).toBe(false);
    expect(report.broken).toMatchObject({ seq, why });
    expect(report.broken?.message).toContain(String(seq));
  });

  it('finds a gap that is wider than what it reads at a time', async () => {
    await asOwner('delete from audit_entry where seq between 11 and 35');
    expect((await verify({ chunkRows: 5 })).broken).toMatchObject({ seq: 11, why: 'gap' });
  });

  it('finds a time that runs backwards in a chain that is otherwise whole', async () => {
    await asOwner(`update audit_entry set at = at - interval '1 day' where seq = 30`);
    await rechain(30);
    expect((await verify()).broken).toMatchObject({ seq: 30, why: 'order' });
  });

  it('starts after a row that is trusted', async () => {
    await asOwner(`update audit_entry set entry = replace(entry, '"i":4', '"i":5') where seq = 5`);
    expect(await verify({ after: 10 })).toMatchObject({ ok: true, from: 11, rows: 30 });
    expect(await verify({ after: 4 })).toMatchObject({ ok: false, broken: { seq: 5 } });
  });

  it('says how far it came when the time ran out', async () => {
    const report = await verify({ deadlineMs: -1, chunkRows: 15 });
    expect(report).toMatchObject({ ok: true, rows: 15, complete: false, head: { seq: 15 } });
  });

  it('is a verb for those who may, and leaves a row of its own', async () => {
    const auditor = await world.person('auditor');
    const before = await world.auditSeq();
    expect(await verifyAudit(world.contextFor(auditor), {})).toMatchObject({
      ok: true,
      from: 1,
      complete: true,
    });
    expect(await world.auditAfter(before)).toMatchObject([{ verb: 'audit.verify', detail: { ok: true } }]);
    const viewer = await world.person('viewer');
    expect((await failure(verifyAudit(world.contextFor(viewer), {}))).code).toBe('forbidden');
  });
});

describe('signed heads', () => {
  const record = async () =>
    recordHead(world.database, { dataDir, key: await loadSigningKey({ dataDir }), now: new Date() });
  const kept = async () => readHeads(dataDir, (await loadSigningKey({ dataDir })).publicKey);

  it('are written once for each newest row, by a key that only we may read', async () => {
    const first = await record();
    expect(await record()).toBeNull();
    await append(3);
    const second = await record();
    expect([first?.seq, second?.seq]).toEqual([40, 43]);
    expect((await latestHead(dataDir))?.seq).toBe(43);
    const key = path.join(dataDir, 'keys', 'audit-ed25519.pem');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    const { publicKey } = await loadSigningKey({ dataDir });
    expect(first && isSignedBy(first, publicKey)).toBe(true);
    expect(first && isSignedBy({ ...first, seq: 41 }, publicKey)).toBe(false);
  });

  it('prove a whole log, and find one whose end was cut off', async () => {
    await record();
    await append(5);
    await record();
    const { heads } = await kept();
    expect(await verify({ heads })).toMatchObject({ ok: true, heads: { compared: 2, broken: null } });
    await asOwner('delete from audit_entry where seq > 42');
    expect((await verify()).ok).toBe(true);
    const report = await verify({ heads });
    expect(report).toMatchObject({ ok: false, heads: { compared: 1 } });
    expect(report.heads.broken).toMatch(/Row 45 was signed .* ends with row 42: its end was cut off/);
  });

  it('find a log that was rewritten whole', async () => {
    await record();
    await asOwner(`update audit_entry set entry = replace(entry, '"i":7', '"i":8') where seq = 8`);
    await rechain(8);
    expect((await verify()).ok).toBe(true);
    const { heads } = await kept();
    expect((await verify({ heads })).heads.broken).toContain('Row 40 is not the row that was signed');
  });

  it('do not count when they are forged or damaged', async () => {
    await record();
    const [name = ''] = await readdir(path.join(dataDir, 'audit-heads'));
    const file = path.join(dataDir, 'audit-heads', name);
    const line = await readFile(file, 'utf8');
    await writeFile(file, `${line}${line.replace('"seq":40', '"seq":39')}not a head\n`);
    const { heads, problems } = await kept();
    expect(heads).toHaveLength(1);
    expect(problems).toHaveLength(2);
  });

  it('take a key from the environment, and only Ed25519', async () => {
    const pem = (type: 'ed25519' | 'x25519') => {
      const { privateKey } =
        type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
      return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    };
    const given = pem('ed25519');
    const plain = given.replaceAll(/-----.*-----|\n/g, '');
    const ids = await Promise.all(
      [given, plain, given.replaceAll('\n', '\\n')].map((signingKey) =>
        loadSigningKey({ dataDir, signingKey }),
      ),
    );
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
    await expect(loadSigningKey({ dataDir, signingKey: pem('x25519') })).rejects.toThrow('must be Ed25519');
    await expect(loadSigningKey({ dataDir, signingKey: 'nonsense' })).rejects.toThrow('MERIDIAN_SIGNING_KEY');
  });

  it('are made by the worker as it starts and told to its log', async () => {
    const told: unknown[] = [];
    const anchor = await startAuditAnchor({
      database: world.database,
      place: { dataDir },
      everyMs: 60_000,
      log: (message, fields) => told.push([message, fields?.seq]),
    });
    await anchor.stop();
    expect(told).toEqual([['audit head', 40]]);
  });
});

describe('exporting', () => {
  async function exported(input: object): Promise<string> {
    const auditor = await world.person('auditor');
    const asked = await exportAudit(world.contextFor(auditor), input);
    let text = '';
    for await (const part of streamAudit(world.database, asked)) text += part;
    return text;
  }

  it('gives lines that can be verified without this program, without rows made since', async () => {
    const lines = (await exported({ format: 'json', verb: 'test.odd' })).trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    const row = JSON.parse(lines[3] ?? '');
    expect(row).toMatchObject({ seq: 8 });
    expect(JSON.parse(row.entry)).toMatchObject({ verb: 'test.odd' });
  });

  it('gives a table that no spreadsheet will compute', async () => {
    await append(1, '=HYPERLINK("https://evil.example")');
    const text = await exported({});
    expect(text.split('\r\n')[0]).toContain('seq,at,actor_kind');
    expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    expect(['=1', '+1', '-1', '@x', '\tx'].map(csvCell)).toEqual(["'=1", "'+1", "'-1", "'@x", "'\tx"]);
    expect(csvCell('a,"b"')).toBe('"a,""b"""');
  });

  it('is for those who may, and recorded with its filter', async () => {
    const viewer = await world.person('viewer');
    expect((await failure(exportAudit(world.contextFor(viewer), {}))).code).toBe('forbidden');
    const before = await world.auditSeq();
    await exported({ verb: 'operation.' });
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'audit.export', detail: { filter: { verb: 'operation.', format: 'csv' } } },
    ]);
  });
});

it('is read by filter, a page at a time, newest first', async () => {
  const viewer = world.contextFor(await world.person('viewer'));
  const first = await listAudit(viewer, { verb: 'test.', limit: 15 });
  expect(first.rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 15 }, (_, i) => 40 - i));
  const second = await listAudit(viewer, { verb: 'test.', limit: 100, before: first.nextBefore });
  expect(second.rows).toHaveLength(25);
  expect(second.nextBefore).toBeNull();
  expect((await listAudit(viewer, { verb: 'test.odd', limit: 100 })).rows).toHaveLength(20);
  for (const [field, value] of Object.entries({
    before: '99999999999999999999',
    from: '0000-01-01T00:00:00Z',
    operation: "'; drop",
  }))
    expect((await failure(listAudit(viewer, { [field]: value }))).code).toBe('validation');
});
