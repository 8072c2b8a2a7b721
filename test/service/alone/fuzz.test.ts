import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { ROUTES } from '#lib/api/routes/index.ts';
import { MeridianError } from '#lib/errors.ts';
import { createDelegation, listDelegations, revokeDelegation } from '#lib/services/approvals/delegations.ts';
import { listApprovalHistory } from '#lib/services/approvals/history.ts';
import { listApprovals } from '#lib/services/approvals/list.ts';
import { removePolicy, setPolicy } from '#lib/services/approvals/policies.ts';
import { previewPolicy } from '#lib/services/approvals/preview-policy.ts';
import { exportAudit } from '#lib/services/audit/export.ts';
import { listAudit } from '#lib/services/audit/read.ts';
import { verifyAudit } from '#lib/services/audit/verify.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listDeployments } from '#lib/services/deployments/list.ts';
import { endDrillSchedule, scheduleDrill } from '#lib/services/drills/schedule.ts';
import { listFences } from '#lib/services/fences/list.ts';
import { dismissFinding, liftDismissal } from '#lib/services/findings/dismiss.ts';
import { readFreezeCalendar } from '#lib/services/freezes/calendar.ts';
import { endException, exceptFreeze } from '#lib/services/freezes/exceptions.ts';
import { changeFreeze, createFreeze, liftFreeze } from '#lib/services/freezes/freezes.ts';
import { listFreezes } from '#lib/services/freezes/list.ts';
import { listExceptions } from '#lib/services/freezes/list-exceptions.ts';
import { previewFreeze } from '#lib/services/freezes/preview.ts';
import {
  discardNotification,
  listDeadLetters,
  redeliverNotification,
} from '#lib/services/notifications/dead-letters.ts';
import { closeOperation, omitStep } from '#lib/services/operations/close.ts';
import { commentOperation, listComments } from '#lib/services/operations/comment.ts';
import {
  abortOperation,
  pauseOperation,
  resumeOperation,
  revertOperation,
} from '#lib/services/operations/control.ts';
import {
  approveOperation,
  askForChanges,
  rejectOperation,
  withdrawOperation,
} from '#lib/services/operations/decide.ts';
import { startEmergency } from '#lib/services/operations/emergency.ts';
import { leaveOperation } from '#lib/services/operations/leave.ts';
import { previewShift } from '#lib/services/operations/plan-shift.ts';
import { listOperations } from '#lib/services/operations/read.ts';
import { requestOperation } from '#lib/services/operations/request.ts';
import { promoteOperation, skipSoak } from '#lib/services/operations/skip.ts';
import {
  changeOwnPassword,
  createPerson,
  disablePerson,
  enablePerson,
  renamePerson,
  setPassword,
} from '#lib/services/people/accounts.ts';
import { grantRole, revokeGrant } from '#lib/services/people/grants.ts';
import { listPeople } from '#lib/services/people/list.ts';
import { readRecoveryOptions } from '#lib/services/recovery/options.ts';
import { setRecoveryPolicy } from '#lib/services/recovery/policy.ts';
import { listReleases } from '#lib/services/releases/list.ts';
import { clearRelease, markReleaseBad } from '#lib/services/releases/mark.ts';
import { registerRelease } from '#lib/services/releases/register.ts';
import { listReports } from '#lib/services/reports/read.ts';
import { decideReview } from '#lib/services/reviews/decide.ts';
import { listReviews } from '#lib/services/reviews/list.ts';
import { listSalvage } from '#lib/services/salvage/list.ts';
import { signIn } from '#lib/services/sessions/sign-in.ts';
import { createToken, listTokens, revokeToken } from '#lib/services/tokens/tokens.ts';
import { createWebhook, disableWebhook } from '#lib/services/webhooks/webhooks.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { apiOn } from './api-client.ts';

const world = testWorld();
const api = apiOn(world);

/** Enough to have found what was found, few enough for every run of the tests; FUZZ_RUNS=1000 looks longer. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 40);

let everybody: TestPerson;
let other: TestPerson;
let token: string;
let operationId = '';

beforeAll(async () => {
  await world.observe();
  const roles = ['operator', 'approver', 'auditor', 'admin'] as const;
  everybody = await world.person(roles.map((role) => ({ role, region: null, action: null })));
  other = await world.person('viewer');
  await world.person('admin', { password: 'a long enough password' });
  token = await api.tokenOf(everybody);
  const operator = await world.person('operator');
  operationId = (await requestOperation(world.contextFor(operator), VALID.request)).id;
});

const DRAIN = { mode: 'drain', region: 'us-east-1', points: 10, ramp: { kind: 'immediate' } };
const VALID = {
  request: {
    kind: 'traffic-shift',
    environment: 'production',
    params: DRAIN,
    reason: 'a drill',
    acknowledged: [],
  },
  preview: {
    environment: 'production',
    params: {
      mode: 'split',
      target: { 'us-east-1': 50, 'eu-west-1': 50 },
      ramp: { kind: 'interval', points: 10, intervalHours: 24 },
    },
  },
  restore: {
    environment: 'production',
    params: { mode: 'restore', weights: { eu: { 'eu-west-1': 100 } }, ramp: { kind: 'stepped' } },
  },
  decide: { id: 'OP-1001', digest: 'a'.repeat(64), reason: 'a remark', inNameOf: randomUUID() },
  control: { id: 'OP-1001', reason: 'a remark' },
  freeze: {
    environment: 'production',
    region: 'eu-west-1',
    kind: null,
    reason: 'a drill',
    startsAt: '2026-11-01T00:00:00Z',
    endsAt: '2026-12-01T00:00:00Z',
  },
  policy: {
    environment: 'production',
    kind: '*',
    risk: 'high',
    needed: 2,
    rules: [{ role: 'operator', count: 1, perRegion: true, onCall: true }],
    expiresMinutes: 60,
  },
  delegation: {
    to: randomUUID(),
    reason: 'a holiday',
    startsAt: '2026-12-01T00:00:00Z',
    endsAt: '2026-12-05T00:00:00Z',
  },
  recurring: {
    name: 'Nights',
    actionKind: 'deploy',
    reason: 'a drill',
    recurrence: {
      start: '2026-11-01T22:00',
      rule: 'FREQ=WEEKLY;BYDAY=MO,FR;COUNT=90',
      zone: 'Europe/Berlin',
      durationMinutes: 480,
    },
    acknowledged: ['rollback-frozen'],
  },
  except: {
    freeze: randomUUID(),
    environment: 'production',
    region: 'eu-west-1',
    actionKind: 'shift',
    person: randomUUID(),
    once: true,
    endsAt: '2026-12-01T00:00:00Z',
    reason: 'a drill',
  },
  person: { email: 'x@example.test', name: 'X' },
  token: { name: 'x', scopes: ['operation.request'], expiresInDays: 3 },
  grant: { personId: randomUUID(), role: 'viewer', region: null },
  webhook: { kind: 'signed', name: 'x', url: 'https://hooks.example.com', topics: ['*'] },
  pager: { kind: 'pagerduty', name: 'x', routingKey: 'a'.repeat(32), topics: ['*'] },
  page: { cursor: 'MjAyNi0xMS0yM1QwOTowMDowMC4wMDBaIE9QLTEwMDE', limit: '5' },
  audit: {
    verb: 'operation.',
    from: '2026-11-01T00:00:00Z',
    to: '2026-12-01T00:00:00Z',
    before: '5',
    limit: 3,
  },
  id: { id: randomUUID() },
  failover: {
    kind: 'failover',
    environment: 'production',
    params: {
      lost: 'us-east-1',
      target: 'eu-west-1',
      accept: { seconds: 5, bytes: null, measuredAt: '2026-11-23T09:00:00.000Z' },
    },
    reason: 'it is gone',
  },
  drill: {
    environment: 'production',
    level: 'evacuation',
    region: 'eu-west-1',
    at: '2027-01-01T00:00:00Z',
    cadence: 'quarterly',
    reason: 'the quarter',
  },
  finding: { environment: 'production', code: 'B-05', reason: 'it may stand' },
  release: {
    version: 'v2.1.0',
    digest: `sha256:${'a'.repeat(64)}`,
    schema: 'expand',
    schemaNote: 'adds a column',
    notes: 'new',
    changeUrl: 'https://git.example.com/shop/pull/812',
    author: 'Jo',
  },
  review: { id: randomUUID(), verdict: 'accepted', note: 'it was gone' },
};

const NASTY_TEXT = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    'a\ud83d',
    '\udc00',
    "'; drop table person; --",
    '../../etc/passwd',
    '%00',
    '__proto__',
    'constructor',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '+275760-09-13T00:00:00Z',
    '2026-02-31T00:00:00Z',
    '99999999999999999999999999',
    '-1',
    '1e309',
    'NaN',
    '\u202e\u0000',
    'OP-1001\n',
    'x'.repeat(70_000),
    '🧨'.repeat(300),
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);
const NASTY_NUMBER = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 31,
    1e-300,
  ),
  fc.double(),
);
const NASTY = fc.oneof(
  { weight: 3, arbitrary: NASTY_TEXT },
  { weight: 2, arbitrary: NASTY_NUMBER },
  fc.constantFrom(
    null,
    undefined,
    true,
    [],
    {},
    10n,
    new Date(Number.NaN),
    new Date(8.64e15),
    new Map([['a', 1]]),
    cycle(),
  ),
  fc.anything({
    maxDepth: 3,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
  }),
);

function cycle(): unknown {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  return circle;
}

/** A valid input in which some places, names too, hold what no caller should send. */
function spoilt(valid: object): fc.Arbitrary<unknown> {
  const places = placesOf(valid);
  if (places.length === 0) return NASTY;
  const change = fc.record({ at: fc.constantFrom(...places), value: NASTY, rename: fc.option(NASTY_TEXT) });
  const changed = fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => {
    const copy = structuredClone(valid) as Record<string, unknown>;
    for (const { at, value, rename } of changes) put(copy, at, value, rename);
    return copy;
  });
  return fc.oneof({ weight: 6, arbitrary: changed }, { weight: 1, arbitrary: NASTY });
}

function placesOf(value: object, before: string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, inner]) => [
    [...before, key],
    ...(typeof inner === 'object' && inner !== null ? placesOf(inner, [...before, key]) : []),
  ]);
}

function put(
  target: Record<string, unknown>,
  at: readonly string[],
  value: unknown,
  rename: string | null,
): void {
  const [key = '', ...rest] = at;
  const inner = target[key];
  if (rest.length > 0 && typeof inner === 'object' && inner !== null) {
    put(inner as Record<string, unknown>, rest, value, rename);
    return;
  }
  // A list has places, and no names to change: its `length` cannot even be defined anew.
  const name = rename === null || Array.isArray(target) ? key : rename;
  if (name !== key) delete target[key];
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

type Call = (context: VerbContext, input: unknown) => Promise<unknown>;

const CALLS: [string, Call, object][] = [
  ['operation.request', requestOperation, VALID.request],
  ['preview', previewShift, VALID.preview],
  ['preview of a restore', previewShift, VALID.restore],
  ['operation.request of a failover', requestOperation, VALID.failover],
  ['operation.emergency', startEmergency, { ...VALID.failover, overridden: ['sinking-ship'] }],
  [
    'operation.request of a drill',
    requestOperation,
    { ...VALID.failover, kind: 'drill', params: { level: 'tabletop', region: 'us-east-1' } },
  ],
  [
    'operation.request of a connection',
    requestOperation,
    { ...VALID.failover, kind: 'connect-regions', params: { from: 'eu-west-1', to: 'ap-southeast-1' } },
  ],
  ['finding.dismiss', dismissFinding, VALID.finding],
  ['finding.lift', liftDismissal, VALID.finding],
  ['review.decide', decideReview, VALID.review],
  ['release.register', registerRelease, VALID.release],
  ['release.mark-bad', markReleaseBad, { version: 'v2.1.0', reason: 'errors' }],
  ['release.clear', clearRelease, { version: 'v2.1.0', reason: 'no errors' }],
  [
    'listing releases',
    listReleases,
    { state: 'bad', cursor: 'MjAyNi0xMS0yM1QwOTowMDowMC4wMDBaIHYyLjEuMA', limit: '5' },
  ],
  ['drill.schedule', scheduleDrill, VALID.drill],
  ['drill.unschedule', endDrillSchedule, VALID.id],
  [
    'recovery options',
    readRecoveryOptions,
    { environment: 'production', lost: 'us-east-1', target: 'eu-west-1' },
  ],
  ['listing reviews', listReviews, { state: 'all', owedBy: randomUUID(), limit: '3' }],
  [
    'listing fences',
    listFences,
    { state: 'ended', environment: 'production', operation: 'OP-1001', limit: 3 },
  ],
  ['listing salvage', listSalvage, { operation: 'OP-1001', limit: 3 }],
  ['listing reports', listReports, { environment: 'production', kind: 'failover', limit: '3' }],
  ['operation.approve', approveOperation, VALID.decide],
  ['operation.reject', rejectOperation, VALID.decide],
  ['operation.ask-changes', askForChanges, VALID.decide],
  ['operation.comment', commentOperation, { id: 'OP-1001', body: 'a remark' }],
  ['delegation.create', createDelegation, VALID.delegation],
  ['delegation.revoke', revokeDelegation, VALID.id],
  ['operation.withdraw', withdrawOperation, { id: 'OP-1001' }],
  ['operation.pause', pauseOperation, VALID.control],
  ['operation.resume', resumeOperation, VALID.control],
  ['operation.abort', abortOperation, VALID.control],
  ['operation.revert', revertOperation, VALID.control],
  ['operation.leave', leaveOperation, VALID.control],
  ['operation.close', closeOperation, VALID.control],
  ['operation.omit', omitStep, { ...VALID.control, step: 'rebuild-us-east-1' }],
  ['operation.skip-soak', skipSoak, { id: 'OP-1001', step: 'soak-us-east-1', reason: 'a fix' }],
  ['operation.promote', promoteOperation, { id: 'OP-1001', reason: 'all is well' }],
  [
    'requesting a deployment',
    requestOperation,
    {
      kind: 'deployment',
      environment: 'production',
      params: {
        version: 'v2.0.0',
        regions: ['eu-west-1'],
        schedule: { kind: 'at', at: '2027-01-01T00:00:00Z' },
        soakMinutes: 30,
        stagingException: 'it is urgent',
      },
      reason: 'a release',
      acknowledged: ['staging'],
    },
  ],
  [
    'requesting a rollback',
    requestOperation,
    {
      kind: 'rollback',
      environment: 'production',
      params: { regions: ['eu-west-1'], to: 'v1.9.0' },
      reason: 'it fails',
    },
  ],
  ['freeze.create', createFreeze, VALID.freeze],
  ['freeze.lift', liftFreeze, VALID.id],
  ['freeze.create, recurring', createFreeze, VALID.recurring],
  [
    'freeze.change',
    changeFreeze,
    { ...VALID.id, name: 'x', recurrence: VALID.recurring.recurrence, why: 'x' },
  ],
  ['freeze.except', exceptFreeze, VALID.except],
  ['freeze.end-exception', endException, VALID.id],
  [
    'previewing a freeze',
    async (context, input) => previewFreeze(context, input),
    { recurrence: VALID.recurring.recurrence, endsAt: '2027-12-01T00:00:00Z' },
  ],
  [
    'the calendar of freezes',
    readFreezeCalendar,
    { environment: 'production', from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
  ],
  ['listing exceptions', listExceptions, { ...VALID.page, state: 'all', freeze: randomUUID() }],
  ['policy.set', setPolicy, VALID.policy],
  [
    'policy.recovery',
    setRecoveryPolicy,
    { environment: 'production', onFailing: 'evacuate-reads', accepts: ['residency'], reason: 'a drill' },
  ],
  ['policy.remove', removePolicy, { environment: 'production', kind: '*', risk: 'high', reason: 'x' }],
  [
    'previewing a policy',
    previewPolicy,
    {
      environment: 'production',
      kind: '*',
      asked: { needed: 2, rules: [{ role: 'operator', count: 1 }], expiresMinutes: 60, tokensApprove: true },
    },
  ],
  ['person.create', createPerson, VALID.person],
  ['person.disable', disablePerson, VALID.id],
  ['person.enable', enablePerson, VALID.id],
  ['person.set-password', setPassword, { ...VALID.id, password: 'a long enough password' }],
  ['person.rename', renamePerson, { ...VALID.id, name: 'X' }],
  ['person.change-password', changeOwnPassword, { current: 'x', password: 'short' }],
  ['grant.create', grantRole, VALID.grant],
  ['grant.revoke', revokeGrant, VALID.id],
  ['token.create', createToken, VALID.token],
  ['token.revoke', revokeToken, VALID.id],
  ['webhook.create', createWebhook, VALID.webhook],
  ['webhook.create for PagerDuty', createWebhook, VALID.pager],
  ['webhook.disable', disableWebhook, VALID.id],
  ['notification.redeliver', redeliverNotification, { id: '1' }],
  ['notification.discard', discardNotification, { id: '1' }],
  ['listing dead letters', listDeadLetters, { webhook: randomUUID(), before: '5', limit: '3' }],
  ['audit.verify', verifyAudit, {}],
  ['audit.export', exportAudit, { ...VALID.audit, limit: undefined, before: undefined, format: 'csv' }],
  [
    'listing deployments',
    listDeployments,
    { ...VALID.page, environment: 'production', state: 'done', version: 'v2.1.0' },
  ],
  ['listing operations', listOperations, VALID.page],
  [
    'listing approvals',
    listApprovals,
    { ...VALID.page, tab: 'closed', outcome: 'voided', person: randomUUID(), kind: 'drill' },
  ],
  ['listing a person’s history', listApprovalHistory, { person: randomUUID(), limit: '3' }],
  ['listing comments', listComments, { id: 'OP-1001', limit: '3' }],
  ['listing delegations', listDelegations, { state: 'all', person: randomUUID(), limit: '3' }],
  ['listing freezes', listFreezes, { ...VALID.page, state: 'all', environment: 'production' }],
  ['listing people', listPeople, { q: 'x', role: 'viewer', state: 'active', after: 'a@b', limit: 3 }],
  ['listing tokens', listTokens, { ownerId: randomUUID(), state: 'all', limit: 3 }],
  ['reading the audit log', listAudit, VALID.audit],
];

const SERVICES = path.join(import.meta.dirname, '../../../lib/services');

/** Every verb that another module can call: exported functions of the files that define one. */
async function everyVerb(): Promise<[string, unknown][]> {
  const files = fs
    .readdirSync(SERVICES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'verb.ts')
    .filter((file) => /\bdefineVerb\b/.test(fs.readFileSync(path.join(SERVICES, file), 'utf8')));
  const found = await Promise.all(
    files.map(async (file) => {
      const exported: Record<string, unknown> = await import(path.join(SERVICES, file));
      const verbs = Object.entries(exported).filter(
        ([, value]) => typeof value === 'function' && 'definition' in value,
      );
      expect(verbs.length, `${file} defines verbs and exports none`).toBeGreaterThan(0);
      return verbs.map(([name, value]): [string, unknown] => [`${file} ${name}`, value]);
    }),
  );
  return found.flat();
}

it('leaves no verb out', async () => {
  const verbs = await everyVerb();
  const called = new Set<unknown>(CALLS.map(([, call]) => call));
  const forgotten = verbs.filter(([, verb]) => !called.has(verb)).map(([name]) => name);
  expect(forgotten, 'Add each to CALLS with an input that fits.').toEqual([]);
  expect(verbs.length).toBeGreaterThan(40);
});

it.each(CALLS)('%s refuses what does not fit, and never fails by itself', async (_, call, valid) => {
  await fc.assert(
    fc.asyncProperty(spoilt(valid), async (input) => {
      try {
        await call(world.contextFor(everybody), input);
      } catch (error) {
        if (!(error instanceof MeridianError)) throw error;
        expect(error.status).toBeLessThan(500);
        expect(error.message).not.toMatch(/\n\s+at /);
      }
    }),
    { numRuns: RUNS },
  );
});

it('signing in refuses what does not fit, and never fails by itself', async () => {
  await fc.assert(
    fc.asyncProperty(spoilt({ email: 'x@example.test', password: 'x' }), async (input) => {
      const origin = { address: randomUUID(), userAgent: 'x', requestId: randomUUID() };
      const call = signIn({ database: world.database, now: new Date() }, origin, input);
      await expect(call).rejects.toBeInstanceOf(MeridianError);
    }),
    { numRuns: Math.ceil(RUNS / 2) },
  );
});

const HEADERS = fc.dictionary(
  fc.constantFrom(
    'idempotency-key',
    'content-type',
    'x-meridian-client',
    'content-length',
    'x-forwarded-for',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((text) => text.trim()),
  { maxKeys: 2 },
);
const QUERY = fc.array(
  fc.tuple(
    fc.constantFrom(
      'limit',
      'cursor',
      'environment',
      'before',
      'from',
      'to',
      'state',
      'tab',
      'q',
      'format',
      'id',
      '__proto__',
    ),
    NASTY_TEXT.map((text) => text.slice(0, 400)),
  ),
  { maxLength: 3 },
);
const BODY = fc.oneof(
  ...[
    VALID.request,
    VALID.decide,
    VALID.control,
    VALID.freeze,
    VALID.person,
    VALID.grant,
    VALID.token,
    VALID.release,
    VALID.recurring,
    VALID.except,
  ].map((valid) => spoilt(valid).map(asJson)),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }),
);

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? '';
  } catch {
    return '{"self":'; // a circle has no JSON
  }
}

it.each(ROUTES)('$method $path answers below 500 to anything', async (route) => {
  const ids = () =>
    fc.constantFrom(
      operationId,
      'OP-1',
      'OP-9999999999999',
      other.id,
      randomUUID(),
      'eu-west-1',
      'v2.1.0',
      '%00',
      '...',
      'a%ud83d',
    );
  await fc.assert(
    fc.asyncProperty(fc.constant(null).chain(ids), QUERY, BODY, HEADERS, async (id, query, body, headers) => {
      const search = new URLSearchParams(
        query.map(([name, value]): [string, string] => [name, value.toWellFormed()]),
      );
      const target = `${route.path.replaceAll(/\{\w+\}/g, encodeURIComponent(id))}?${search}`;
      const answer = await api.call(route.method, target, {
        token,
        ...(route.method === 'POST' ? { raw: body as BodyInit } : {}),
        headers: { 'content-type': 'application/json', ...headers },
      });
      expect(answer.status, `${target} ${answer.text.slice(0, 300)}`).toBeLessThan(500);
      expect(answer.text).not.toMatch(/\n\s+at |PrismaClient|node_modules/);
      if (answer.status >= 400) expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }),
    { numRuns: Math.ceil(RUNS / 2) },
  );
});
