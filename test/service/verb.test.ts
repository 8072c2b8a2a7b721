import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { RefusedError, ThrottledError, ValidationError } from '#lib/errors.ts';
import { defineVerb } from '#lib/services/verb.ts';
import { failure, testWorld } from './harness.ts';

const world = testWorld();

const writeLease = defineVerb({
  name: 'test.write',
  action: 'freeze.change',
  input: z.strictObject({
    name: z.string().min(1),
    nested: z.strictObject({ count: z.int().max(9) }).optional(),
    ending: z.enum(['fine', 'refuse', 'throttle', 'break']).default('fine'),
    region: z.string().optional(),
  }),
  scope: (input) => ({ subject: `lease/${input.name}`, regions: input.region ? [input.region] : [] }),
  async run(context, input) {
    await context.database.prisma.lease.create({
      data: { name: input.name, holder: 'test', epoch: 1, expiresAt: context.now },
    });
    if (input.ending === 'refuse')
      throw new RefusedError('test-rule', 'Nothing was written: the rule says no.');
    if (input.ending === 'throttle') throw new ThrottledError('Too often.', 5);
    if (input.ending === 'break') throw new Error('secret detail of a defect');
    return { result: { name: input.name }, detail: { name: input.name } };
  },
});

const exists = async (name: string) => (await world.database.prisma.lease.count({ where: { name } })) > 0;

it('writes and audits in one transaction', async () => {
  const person = await world.person('operator');
  const before = await world.auditSeq();
  const name = randomUUID();
  await writeLease(world.contextFor(person), { name });
  expect(await exists(name)).toBe(true);
  const [entry] = await world.auditAfter(before);
  expect(entry).toMatchObject({
    verb: 'test.write',
    outcome: 'done',
    subject: `lease/${name}`,
    via: 'console',
    actor: { kind: 'person', id: person.id },
  });
  expect(JSON.stringify(entry)).not.toContain(person.name);
});

it('sends a connection one statement at a time, also where relations are read side by side', async () => {
  const { prisma, pool, inTransaction } = world.database;
  const warned: string[] = [];
  const onWarning = ({ message }: Error) => void warned.push(message);
  process.on('warning', onWarning);
  const counts = await inTransaction(() =>
    Promise.all([
      prisma.lease.count(),
      pool.query('select 1'),
      prisma.lease.count(),
      prisma.approvalDecision.findMany({ include: { person: true, principal: true } }),
    ]),
  );
  process.off('warning', onWarning);
  expect(counts).toHaveLength(4);
  expect(warned).toEqual([]);
});

it('writes nothing of what was sent beside a statement that fails', async () => {
  const { pool, inTransaction } = world.database;
  const name = randomUUID();
  const write = () =>
    pool.query(
      `insert into lease (name, holder, epoch, expires_at) values ($1, 'test', 1, now())
       on conflict (name) do update set holder = 'again'`,
      [name],
    );
  const beside: Promise<unknown>[] = [];
  await expect(
    inTransaction(async () => {
      const failing = pool.query('select 1 / 0');
      beside.push(write(), write(), write());
      await failing;
    }),
  ).rejects.toThrow('division by zero');
  expect((await Promise.allSettled(beside)).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  expect(await exists(name)).toBe(false);
});

it('audits a refusal by itself and leaves nothing of the write', async () => {
  const before = await world.auditSeq();
  const name = randomUUID();
  const person = await world.person('operator');
  await failure(writeLease(world.contextFor(person), { name, ending: 'refuse' }));
  expect(await exists(name)).toBe(false);
  expect(await world.auditAfter(before)).toMatchObject([
    { outcome: 'refused', rule: 'test-rule', message: 'Nothing was written: the rule says no.' },
  ]);
});

it('neither audits nor shows what is no refusal', async () => {
  const before = await world.auditSeq();
  const person = await world.person('operator');
  await expect(writeLease(world.contextFor(person), { name: randomUUID(), ending: 'break' })).rejects.toThrow(
    'secret detail',
  );
  await failure(writeLease(world.contextFor(person), { name: randomUUID(), ending: 'throttle' }));
  expect(await world.auditAfter(before)).toEqual([]);
});

it('asks for permission before it looks at the input', async () => {
  const error = await failure(writeLease(world.contextFor(await world.person('viewer')), 'nonsense'));
  expect(error.code).toBe('forbidden');
});

it('names each field that does not fit, and each that is not one', async () => {
  const person = await world.person('operator');
  const error = await failure(
    writeLease(world.contextFor(person), { name: '', nested: { count: 12, more: 1 }, extra: true }),
  );
  expect(error).toBeInstanceOf(ValidationError);
  expect(Object.keys((error as ValidationError).fields).sort()).toEqual([
    'extra',
    'name',
    'nested.count',
    'nested.more',
  ]);
});

it('holds a grant to its Region and to its action', async () => {
  const narrowed = await world.person([{ role: 'operator', region: 'eu-west-1', action: 'freeze.change' }]);
  const context = world.contextFor(narrowed);
  await writeLease(context, { name: randomUUID(), region: 'eu-west-1' });
  const elsewhere = await failure(writeLease(context, { name: randomUUID(), region: 'us-east-1' }));
  expect(elsewhere.message).toContain('us-east-1');
  const other = await world.person([{ role: 'operator', region: null, action: 'operation.abort' }]);
  expect((await failure(writeLease(world.contextFor(other), { name: randomUUID() }))).code).toBe('forbidden');
});

it('holds a token to its scopes', async () => {
  const person = await world.person('operator');
  const without = world.contextFor(person, { tokenScopes: ['read'], via: 'api' });
  const error = await failure(writeLease(without, { name: randomUUID() }));
  expect(error.message).toContain('scope freeze.change');
  const before = await world.auditSeq();
  const within = world.contextFor(person, { tokenScopes: ['freeze.change'], via: 'api' });
  await writeLease(within, { name: randomUUID() });
  expect(await world.auditAfter(before)).toMatchObject([
    { via: 'api', actor: { kind: 'token', owner: person.id } },
  ]);
});

it.each([
  ['a NUL', { name: 'a\0b' }, 'name'],
  ['half of a surrogate pair', { name: 'a\ud83d' }, 'name'],
  ['a NUL in a name of a field', { 'a\0b': 1, name: 'fine' }, 'a\ufffdb'],
])('refuses %s, which PostgreSQL cannot hold, by the name of its field', async (_, input, field) => {
  const person = await world.person('operator');
  const before = await world.auditSeq();
  const error = await failure(writeLease(world.contextFor(person), input));
  expect(error).toBeInstanceOf(ValidationError);
  expect(Object.keys((error as ValidationError).fields)).toContain(field);
  expect(await world.auditAfter(before)).toMatchObject([{ outcome: 'refused', rule: 'validation' }]);
});

it('takes input nested beyond all reason as bad input', async () => {
  let deep: unknown = 'x';
  for (let i = 0; i < 100_000; i += 1) deep = [deep];
  const person = await world.person('operator');
  const error = await failure(writeLease(world.contextFor(person), { name: 'x', nested: deep }));
  expect(error.code).toBe('validation');
});

it('gives the same sentence of the database being busy, whoever holds the log', async () => {
  const blocker = world.owner;
  const person = await world.person('operator');
  await blocker.query('begin');
  await blocker.query('select pg_advisory_xact_lock(7002, 1)');
  try {
    const error = await failure(writeLease(world.contextFor(person), { name: randomUUID() }));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('again');
  } finally {
    await blocker.query('rollback');
  }
});
