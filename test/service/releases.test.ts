import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RegistryObservation, ServiceObservation } from '#lib/domain/observation/kinds.ts';
import type { RefusedError, ValidationError } from '#lib/errors.ts';
import { getReleaseDetail, listReleases } from '#lib/services/releases/list.ts';
import { clearRelease, markBad, markReleaseBad } from '#lib/services/releases/mark.ts';
import { readRelease } from '#lib/services/releases/read.ts';
import { registerRelease } from '#lib/services/releases/register.ts';
import { failure, type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;

let operator: TestPerson;
let approver: TestPerson;
let made = 0;

beforeEach(async () => {
  operator = await world.person('operator');
  approver = await world.person('approver');
});

/** A version that no other test has. */
function fresh(changes: Record<string, unknown> = {}) {
  made += 1;
  return {
    version: `v3.${made}.0`,
    digest: `sha256:${made.toString(16).padStart(64, '0')}`,
    schema: 'expand',
    schemaNote: 'Adds a column that older code does not read.',
    notes: 'Faster checkout.',
    changeUrl: 'https://git.example.com/shop/pull/812',
    author: 'Jo Writer',
    ...changes,
  };
}

async function registered(changes: Record<string, unknown> = {}, by = operator) {
  const release = fresh(changes);
  await registerRelease(world.contextFor(by), release);
  return release;
}

/** A deployment as a run leaves it; planned and run elsewhere. */
async function deployment(fields: { version: string; environment: string; state: string }): Promise<string> {
  const ended = fields.state === 'running' ? null : new Date();
  const { rows } = await world.database.pool.query<{ id: string }>(
    `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
       needed, expires_at, started_at, ended_at)
     values ('deployment', $1, 'Deploy', $2, $3, '{}', $4, 'a test', $5, 'console', 0, now(), now(), $6) returning id`,
    [
      fields.environment,
      fields.state,
      { request: { version: fields.version } },
      'd'.repeat(64),
      operator.id,
      ended,
    ],
  );
  return rows[0]?.id ?? '';
}

describe('registering a release', () => {
  it('keeps it as it was said, with one audit row', async () => {
    const release = fresh();
    const before = await world.auditSeq();
    const answer = await registerRelease(world.contextFor(operator), release);
    expect(answer).toMatchObject({ version: release.version, digest: release.digest, created: true });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'release.register',
        outcome: 'done',
        subject: `release/${release.version}`,
        detail: { digest: release.digest, created: true, author: 'Jo Writer', schema: 'expand' },
      },
    ]);
    expect(await readRelease(world.database, release.version)).toEqual({
      ...release,
      registeredBy: operator.id,
      registeredAt: answer.registeredAt,
      bad: null,
    });
    await expect(
      world.owner.query(`update release set digest = $2 where version = $1`, [
        release.version,
        digestOf('f'),
      ]),
    ).rejects.toThrow(/stays as it was registered/);
  });

  it('by a token that carries it names the token; its owner is the author where none is said', async () => {
    const ci = world.contextFor(operator, { tokenScopes: ['release.register'], via: 'api' });
    const release = fresh({ author: undefined, changeUrl: undefined, notes: undefined });
    await registerRelease(ci, release);
    expect(await getReleaseDetail(ci, release.version)).toMatchObject({
      author: operator.name,
      registrant: { id: operator.id, name: operator.name },
      changeUrl: null,
      notes: '',
    });
    const [entry] = (await world.auditAfter()).filter(
      ({ subject }) => subject === `release/${release.version}`,
    );
    expect(entry?.actor).toMatchObject({ kind: 'token', owner: operator.id });
    const other = world.contextFor(operator, { tokenScopes: ['operation.request'] });
    expect(await failure(registerRelease(other, fresh()))).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('scope release.register'),
    });
  });

  it('again is the same release, and writes nothing', async () => {
    const release = await registered();
    const again = await registerRelease(world.contextFor(await world.person('operator')), {
      ...release,
      notes: 'Other words.',
    });
    expect(again.created).toBe(false);
    expect(await readRelease(world.database, release.version)).toMatchObject({
      notes: release.notes,
      registeredBy: operator.id,
    });
  });

  it.each([
    ['another image', { digest: digestOf('e') }],
    ['another statement on the schema', { schema: 'contract' }],
  ])('again with %s is a conflict', async (_, changes) => {
    const release = await registered();
    const error = await failure(registerRelease(world.contextFor(operator), { ...release, ...changes }));
    expect([error.code, error.message]).toEqual(['conflict', expect.stringContaining(release.version)]);
    expect(await readRelease(world.database, release.version)).toMatchObject({
      digest: release.digest,
      schema: release.schema,
    });
  });

  it('of one version by two at once leaves one, and tells the other of the image that won', async () => {
    for (let round = 0; round < 5; round += 1) {
      const release = fresh();
      const images = [digestOf('1'), digestOf('2')];
      const tries = await Promise.allSettled(
        images.map((digest) => registerRelease(world.contextFor(operator), { ...release, digest })),
      );
      const [won] = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const [lost] = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(lost).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(won?.digest.slice(0, 19) ?? '-'),
      });
    }
  });

  it('of one version and image by many at once makes it once', async () => {
    const release = fresh();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => registerRelease(world.contextFor(operator), release)),
    );
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ registeredAt }) => registeredAt)).size).toBe(1);
  });

  it.each([
    ['a tag that moves', { version: 'latest' }, 'version', /tag that moves/],
    ['half of a version', { version: 'v3.1' }, 'version', /moves with every release/],
    ['an image named by a tag', { digest: 'ecommerce/shop:v3.1.0' }, 'digest', /64 hexadecimal digits/],
    ['a digest in capitals', { digest: digestOf('A') }, 'digest', /lower case/],
    ['no statement on the schema', { schemaNote: ' ' }, 'schemaNote', /older code/],
    ['another kind of schema change', { schema: 'both' }, 'schema', /none, expand, contract/],
    ['a link that runs', { changeUrl: 'javascript:alert(1)' }, 'changeUrl', /http or https/],
    ['too many notes', { notes: 'x'.repeat(10_001) }, 'notes', /10,000/],
    ['an empty author', { author: '  ' }, 'author', /missing/],
    ['a field of its own', { tag: 'latest' }, 'tag', /not a field/],
  ])('is refused whole for %s', async (_, changes, field, message) => {
    const release = fresh(changes);
    const error = (await failure(registerRelease(world.contextFor(operator), release))) as ValidationError;
    expect(Object.keys(error.fields)).toEqual([field]);
    expect(error.fields[field]).toMatch(message);
    expect(await readRelease(world.database, release.version)).toBeNull();
  });

  it('needs an operator, of any Region, and is recorded when refused', async () => {
    const european = await world.person([{ role: 'operator', region: 'eu-west-1', action: null }]);
    await registerRelease(world.contextFor(european), fresh());
    for (const role of ['viewer', 'approver', 'admin'] as const) {
      const before = await world.auditSeq();
      const error = await failure(registerRelease(world.contextFor(await world.person(role)), fresh()));
      expect(error.code).toBe('forbidden');
      expect(await world.auditAfter(before)).toMatchObject([
        { verb: 'release.register', outcome: 'refused', rule: 'forbidden' },
      ]);
    }
  });
});

describe('a bad release', () => {
  it('is marked once, by whom and why, and its image is not registered anew', async () => {
    const release = await registered();
    const before = await world.auditSeq();
    await markReleaseBad(world.contextFor(operator), {
      version: release.version,
      reason: '4 % of orders fail',
    });
    expect(await getReleaseDetail(world.contextFor(approver), release.version)).toMatchObject({
      bad: { by: operator.id, reason: '4 % of orders fail', operation: null },
      judge: { name: operator.name },
      may: { markBad: { allowed: false }, clear: { allowed: true } },
    });
    expect(await world.auditAfter(before)).toMatchObject([
      {
        verb: 'release.mark-bad',
        subject: `release/${release.version}`,
        detail: { reason: '4 % of orders fail' },
      },
    ]);
    const twice = await failure(
      markReleaseBad(world.contextFor(operator), { version: release.version, reason: 'again' }),
    );
    expect((twice as RefusedError).rule).toBe('bad-already');
    const twin = await failure(
      registerRelease(world.contextFor(operator), fresh({ digest: release.digest })),
    );
    expect([(twin as RefusedError).rule, twin.message]).toEqual([
      'bad-image',
      expect.stringContaining(release.version),
    ]);
  });

  it('of two who judge it at once keeps the first verdict', async () => {
    const release = await registered();
    const tries = await Promise.allSettled(
      ['one', 'two', 'three'].map((word) =>
        markReleaseBad(world.contextFor(operator), { version: release.version, reason: `${word} of us` }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is marked by a gate in the engine’s own transaction: all of it, or nothing', async () => {
    const release = await registered();
    const operation = await deployment({
      version: release.version,
      environment: 'production',
      state: 'reverted',
    });
    const verdict = { version: release.version, reason: 'errors above 1 %', operation, by: null };
    await expect(
      world.database.inTransaction(async (connection) => {
        expect(await markBad(connection, verdict)).toBe(true);
        throw new Error('the worker died');
      }),
    ).rejects.toThrow('the worker died');
    expect(await readRelease(world.database, release.version)).toMatchObject({ bad: null });

    const mark = () => world.database.inTransaction((connection) => markBad(connection, verdict));
    expect([await mark(), await mark()]).toEqual([true, false]);
    expect(await readRelease(world.database, release.version)).toMatchObject({
      bad: { by: null, reason: 'errors above 1 %', operation },
    });
    const unknown = { ...verdict, version: 'v999.0.0' };
    expect(await world.database.inTransaction((connection) => markBad(connection, unknown))).toBe(false);
  });

  it('is cleared by an approver of every Region who did not register it', async () => {
    const both = await world.person([
      { role: 'operator', region: null, action: null },
      { role: 'approver', region: null, action: null },
    ]);
    const release = await registered({}, both);
    const input = { version: release.version, reason: 'the test was wrong' };
    expect(((await failure(clearRelease(world.contextFor(approver), input))) as RefusedError).rule).toBe(
      'not-bad',
    );
    await markReleaseBad(world.contextFor(operator), { version: release.version, reason: 'errors' });
    const european = await world.person([{ role: 'approver', region: 'eu-west-1', action: null }]);
    for (const person of [operator, european])
      expect((await failure(clearRelease(world.contextFor(person), input))).code).toBe('forbidden');
    expect(((await failure(clearRelease(world.contextFor(both), input))) as RefusedError).rule).toBe(
      'own-release',
    );
    const before = await world.auditSeq();
    await clearRelease(world.contextFor(approver), input);
    expect(await world.auditAfter(before)).toMatchObject([
      { verb: 'release.clear', detail: { reason: 'the test was wrong', was: 'errors' } },
    ]);
    expect(await readRelease(world.database, release.version)).toMatchObject({ bad: null });
  });

  it('that nobody registered is not found', async () => {
    for (const verb of [markReleaseBad, clearRelease]) {
      const person = await world.person(verb === markReleaseBad ? 'operator' : 'approver');
      const error = await failure(verb(world.contextFor(person), { version: 'v404.0.0', reason: 'errors' }));
      expect(error.code).toBe('not-found');
    }
    expect((await failure(getReleaseDetail(world.contextFor(operator), 'v404.0.0'))).code).toBe('not-found');
    expect((await failure(getReleaseDetail(world.contextFor(operator), '\0'))).code).toBe('not-found');
  });
});

describe('the list', () => {
  it('pages newest first, without a gap or a repeat, also where many were registered at one moment', async () => {
    const now = new Date('2026-11-20T10:00:00.000Z');
    for (let n = 0; n < 5; n += 1) await registerRelease(world.contextFor(operator, { now }), fresh());
    const versions: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listReleases(world.contextFor(approver), {
        limit: 3,
        ...(cursor ? { cursor } : {}),
      });
      versions.push(...page.items.map(({ version }) => version));
      cursor = page.nextCursor;
    } while (cursor);
    const { rows } = await world.database.pool.query<{ version: string }>(
      'select version from release order by registered_at desc, version desc',
    );
    expect(versions).toEqual(rows.map(({ version }) => version));
  });

  it('is narrowed to bad ones, and to the others', async () => {
    const [good, bad] = [await registered(), await registered()];
    await markReleaseBad(world.contextFor(operator), { version: bad.version, reason: 'errors' });
    const of = async (state: string) =>
      (await listReleases(world.contextFor(approver), { state, limit: '200' })).items.map(
        ({ version }) => version,
      );
    expect(await of('bad')).toContain(bad.version);
    expect(await of('bad')).not.toContain(good.version);
    expect(await of('good')).toContain(good.version);
    expect(await of('good')).not.toContain(bad.version);
  });

  it.each([
    ['cursor', { cursor: 'x' }],
    ['limit', { limit: 0 }],
    ['state', { state: 'odd' }],
  ])('refuses a %s that does not fit', async (field, input) => {
    const error = (await failure(listReleases(world.contextFor(operator), input))) as ValidationError;
    expect(Object.keys(error.fields)).toEqual([field]);
  });
});

describe('where a release stands', () => {
  it('is what the Regions’ registries and clusters show, and what staging has run', async () => {
    const release = await registered();
    const registry = (image: string): RegistryObservation => ({
      repository: 'ecommerce/shop',
      immutableTags: true,
      images: [{ digest: image, tags: [release.version], pushedAt: null, scan: null }],
    });
    const service: ServiceObservation = {
      namespace: 'shop',
      service: 'shop',
      liveVersion: release.version,
      liveColour: 'green',
      liveSince: '2026-11-26T08:00:00.000Z',
      deployments: [
        {
          name: 'shop-green',
          version: release.version,
          image: `x@${release.digest}`,
          desired: 3,
          ready: 3,
          colour: 'green',
          digest: release.digest,
        },
      ],
    };
    await world.observe({
      change: ({ region, kind, name }) =>
        region === 'eu-west-1' && kind === 'service' && name === 'shop' ? service : undefined,
      extra: [
        { region: 'us-east-1', kind: 'registry', name: 'ecommerce/shop', value: registry(release.digest) },
        { region: 'eu-west-1', kind: 'registry', name: 'ecommerce/shop', value: registry(digestOf('9')) },
      ],
    });
    await deployment({ version: release.version, environment: 'staging', state: 'reverted' });
    expect((await getReleaseDetail(world.contextFor(operator), release.version)).staging).toBeNull();
    const proof = await deployment({ version: release.version, environment: 'staging', state: 'done' });
    const detail = await getReleaseDetail(world.contextFor(operator), release.version);
    expect(detail.registries.map(({ region, state }) => [region, state])).toEqual([
      ['us-east-1', 'present'],
      ['eu-west-1', 'moved'],
      ['ap-southeast-1', 'unknown'],
    ]);
    expect(detail.inEveryRegistry).toBe(false);
    expect(detail.remarks.map(({ code }) => code)).toEqual(['moved', 'unknown']);
    expect(detail.liveIn).toMatchObject([
      { environment: 'production', region: 'eu-west-1', colour: 'green', sameImage: true },
    ]);
    expect(detail.staging).toMatchObject({ operation: proof });

    const later = new Date(Date.now() + 3_600_000);
    const stale = await getReleaseDetail(world.contextFor(operator, { now: later }), release.version);
    expect(new Set(stale.registries.map(({ state }) => state))).toEqual(new Set(['unknown']));
    expect(stale.liveIn).toEqual([]);
  });

  it('is asked of by nobody without a grant', async () => {
    const nobody = { ...operator, id: randomUUID(), grants: [] };
    expect((await failure(listReleases(world.contextFor(nobody), {}))).code).toBe('forbidden');
  });
});
