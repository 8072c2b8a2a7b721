import { describe, expect, test } from 'vitest';
import type { RequestModel, RpoOffer } from './request-model.ts';
import {
  type Draft,
  EMPTY_DRAFT,
  emergencyBlocker,
  inputOf,
  isWorse,
  overridden,
  readDraft,
  requestBlocker,
  requestKey,
  rpoState,
} from './request-rules.ts';

const NOW = Date.parse('2026-11-23T09:41:00.000Z');
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString();
const bound = (seconds: number, bytes: number | null) => ({ seconds, bytes, measuredAt: at(40) });
const offer = (over: Partial<RpoOffer> = {}): RpoOffer => ({
  bound: bound(0.31, 41_000),
  when: 'before the loss',
  withinSeconds: null,
  orders: null,
  ordersPerSecond: null,
  lastOrder: null,
  ...over,
});

const model = (over: Partial<RequestModel> = {}): RequestModel => ({
  kind: 'failover',
  params: { lost: 'us-east-1', target: 'eu-west-1' },
  environment: 'production',
  title: 'Fail over to eu-west-1',
  note: '',
  choices: [],
  changes: [],
  plan: { steps: 9, irreversible: null, href: '/' as RequestModel['plan']['href'], typicalSeconds: null },
  checks: [
    { id: 'seen', status: 'ok', text: 'It fails.' },
    { id: 'residency', status: 'warning', text: 'Orders leave.', accept: 'I accept it' },
  ],
  rpo: offer(),
  typed: { name: 'us-east-1', why: 'given up' },
  proof: null,
  price: { lines: [], monthlyDollars: 0 },
  agreement: { rule: '', candidates: '', expires: '' },
  permission: { allowed: true },
  refusal: null,
  emergency: { permission: { allowed: true }, debt: '', override: ['B-05', 'C-08'] },
  keepHref: null,
  digest: 'd1',
  shape: 's1',
  ...over,
});

const filled: Draft = {
  accepted: ['residency'],
  rpo: bound(0.31, 41_000),
  rpoDigest: 'd0',
  rpoShape: 's1',
  typed: 'us-east-1',
  reason: 'It refuses connections.',
  override: 'b-05, C-08',
  password: '',
};

describe('isWorse', () => {
  test.each<[string, [number, number | null], [number, number | null], boolean]>([
    ['the same', [0.31, 41_000], [0.31, 41_000], false],
    ['less', [0.31, 41_000], [0.2, 40_000], false],
    ['later', [0.31, 41_000], [0.32, 41_000], true],
    ['more bytes', [0.31, 41_000], [0.31, 41_001], true],
    ['bytes not known any more', [0.31, 41_000], [0.31, null], true],
    ['bytes never known', [0.31, null], [0.31, null], false],
    ['bytes known by now', [0.31, null], [0.31, 5], false],
  ])('%s', (_, accepted, now, expected) => {
    expect(isWorse(bound(...accepted), bound(...now))).toBe(expected);
  });
});

describe('rpoState', () => {
  test.each<[string, RpoOffer | null, Draft['rpo'], string]>([
    ['nothing may be lost', null, null, 'none'],
    ['not accepted', offer(), null, 'open'],
    ['accepted', offer(), bound(0.31, 41_000), 'accepted'],
    ['became worse since', offer({ bound: bound(4.2, 41_000) }), bound(0.31, 41_000), 'worse'],
    ['became better since', offer({ bound: bound(0.1, 41_000) }), bound(0.31, 41_000), 'accepted'],
    ['measured too long ago', offer({ withinSeconds: 15 }), bound(0.31, 41_000), 'stale'],
    ['final, however old', offer({ withinSeconds: null }), bound(0.31, 41_000), 'accepted'],
  ])('%s', (_, offered, accepted, state) => {
    expect(rpoState(offered, accepted, NOW)).toBe(state);
  });
});

test('findings are overridden by their names alone, however they are written', () => {
  expect(overridden(['B-05', 'C-08'], 'c-08 B-05;')).toEqual(['B-05', 'C-08']);
  expect(overridden(['B-05', 'C-08'], 'B-055 yes')).toEqual([]);
});

describe('requestBlocker', () => {
  test('a whole request is free', () => {
    expect(requestBlocker(model(), filled, NOW)).toBeUndefined();
  });
  test.each<[string, Partial<RequestModel>, Partial<Draft>, RegExp]>([
    [
      'the grant first',
      { permission: { allowed: false, reason: 'Role viewer may not.' } },
      {},
      /^Role viewer/,
    ],
    ['then what refuses it', { refusal: 'No path (B-05).' }, {}, /^No path/],
    ['then what is to be accepted', {}, { accepted: [] }, /part 2/],
    ['then the loss', {}, { rpo: null }, /part 3/],
    ['a loss that became more', { rpo: offer({ bound: bound(9, 41_000) }) }, {}, /More may be lost now/],
    ['an old measurement', { rpo: offer({ withinSeconds: 15 }) }, {}, /longer than 15\u00a0s ago/],
    ['then the reason', {}, { reason: '  ' }, /^Write a reason/],
    ['then the name', {}, { typed: 'us-east-' }, /^Type us-east-1/],
  ])('%s', (_, over, draft, reason) => {
    expect(requestBlocker(model(over), { ...filled, ...draft }, NOW)).toMatch(reason);
  });
});

describe('emergencyBlocker', () => {
  test('no check stops it: neither a refusal nor a tick', () => {
    const refused = model({ refusal: 'No path (B-05).' });
    expect(emergencyBlocker(refused, { ...filled, accepted: [] }, NOW)).toBeUndefined();
  });
  test.each<[string, Partial<RequestModel>, Partial<Draft>, RegExp]>([
    ['another kind', { emergency: null }, {}, /^Only what brings/],
    [
      'who may not',
      { emergency: { permission: { allowed: false, reason: 'Not on call.' }, debt: '', override: [] } },
      {},
      /^Not on call/,
    ],
    ['a finding that is not typed', {}, { override: 'B-05' }, /^Type C-08 to start/],
    ['the loss', {}, { rpo: null }, /part 3/],
    ['the reason', {}, { reason: '' }, /^Write a reason/],
    ['the name', {}, { typed: '' }, /^Type us-east-1/],
  ])('%s', (_, over, draft, reason) => {
    expect(emergencyBlocker(model(over), { ...filled, ...draft }, NOW)).toMatch(reason);
  });
});

test('what is sent names the bound that was accepted, not the one that is offered now', () => {
  const better = model({ rpo: offer({ bound: bound(0.1, 1) }) });
  expect(inputOf(better, filled)).toEqual({
    kind: 'failover',
    params: { lost: 'us-east-1', target: 'eu-west-1' },
    accepted: ['residency'],
    rpo: bound(0.31, 41_000),
    overridden: ['B-05', 'C-08'],
    reason: 'It refuses connections.',
    digest: 'd0',
    confirm: 'us-east-1',
    password: '',
  });
  expect(inputOf(model({ rpo: null, emergency: null }), filled)).toMatchObject({
    rpo: null,
    overridden: [],
    digest: 'd1',
  });
});

test('a bound that was accepted for another plan is to be accepted again, a new measurement alone is not', () => {
  expect(requestBlocker(model({ digest: 'd2' }), filled, NOW)).toBeUndefined();
  const another = model({ digest: 'd2', shape: 's2' });
  for (const blocker of [requestBlocker, emergencyBlocker])
    expect(blocker(another, filled, NOW)).toBe('Accept what may be lost, in part 3.');
  expect(requestBlocker(another, { ...filled, rpoShape: 's2' }, NOW)).toBeUndefined();
});

test('another target is another request: what was typed is not carried over', () => {
  const other = model({ params: { lost: 'us-east-1', target: 'ap-southeast-1' } });
  expect(requestKey(model())).not.toBe(requestKey(other));
  expect(requestKey(model({ digest: 'd2' }))).toBe(requestKey(model()));
});

test('nothing is filled in to begin with', () => {
  expect(requestBlocker(model({ checks: [], rpo: null, typed: null }), EMPTY_DRAFT, NOW)).toMatch(/reason/);
});

describe('a proof of who asks', () => {
  const stale = { by: 'password' as const, freshUntil: new Date(NOW - 1_000).toISOString() };

  test.each<[string, RequestModel['proof'], string, RegExp | undefined]>([
    ['none is needed where all can be undone', null, '', undefined],
    ['a fresh one counts', { ...stale, freshUntil: new Date(NOW + 1_000).toISOString() }, '', undefined],
    ['an old one asks for the password, last of all', stale, '', /^Give your password/],
    ['the password is enough', stale, 'correct horse', undefined],
    ['where nothing was proved it is asked for', { ...stale, freshUntil: null }, '', /^Give your password/],
    ['who has no password signs in again', { by: 'provider', freshUntil: null }, 'x', /^Sign in again/],
  ])('%s', (_, proof, password, rule) => {
    const draft = { ...filled, password };
    for (const blocker of [requestBlocker, emergencyBlocker]) {
      const said = blocker(model({ proof }), draft, NOW);
      if (rule === undefined) expect(said).toBeUndefined();
      else expect(said).toMatch(rule);
    }
  });

  test('what is typed and given goes with the request, and nothing of it into what is kept', () => {
    const draft = { ...filled, password: 'correct horse' };
    expect(inputOf(model(), draft)).toMatchObject({ confirm: 'us-east-1', password: 'correct horse' });
    expect(readDraft(draft)).toEqual({ ...filled, password: '' });
    expect(readDraft(null)).toBeNull();
  });
});
