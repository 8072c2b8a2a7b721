import { expect, it } from 'vitest';
import { alertOf } from './alert.ts';

const OP = { operation: 'OP-7', environment: 'production' };

it.each<[string, unknown, string]>([
  ['approval.requested', OP, 'trigger info operation/OP-7'],
  ['approval.decided', { ...OP, decision: 'approve' }, 'acknowledge info operation/OP-7'],
  ['approval.decided', { ...OP, decision: 'reject' }, 'resolve info operation/OP-7'],
  ['approval.decided', { ...OP, decision: 'ask-changes' }, 'resolve info operation/OP-7'],
  ['approval.decided', { ...OP, decision: 'expire' }, 'resolve info operation/OP-7'],
  ['operation.started', OP, 'acknowledge info operation/OP-7'],
  ['operation.held', OP, 'trigger error operation/OP-7'],
  ['operation.ended', { ...OP, state: 'done' }, 'resolve critical operation/OP-7'],
  ['operation.ended', { ...OP, state: 'reverted' }, 'resolve critical operation/OP-7'],
  ['operation.ended', { ...OP, state: 'failed' }, 'trigger critical operation/OP-7'],
  ['operation.ended', { ...OP, state: 'incomplete' }, 'trigger critical operation/OP-7'],
  ['region.changed', { environment: 'p', region: 'us', state: 'failing' }, 'trigger critical region/p/us'],
  ['region.changed', { environment: 'p', region: 'us', state: 'serving' }, 'resolve critical region/p/us'],
  ['fence.changed', { instance: 'db', state: 'pending' }, 'trigger error fence/db'],
  ['fence.changed', { instance: 'db', state: 'dropped' }, 'resolve error fence/db'],
  ['split-brain.seen', { instance: 'db', environment: 'p' }, 'trigger critical split-brain/p'],
  ['split-brain.ended', { instances: ['db'], environment: 'p' }, 'resolve critical split-brain/p'],
  ['drill.refused', { drill: 'd', rule: 'forbidden' }, 'trigger warning drill/d'],
  ['review.opened', { review: 'r' }, 'trigger warning review/r'],
  ['review.decided', { review: 'r' }, 'resolve warning review/r'],
  ['freeze.changed', { freeze: 'f', change: 'created' }, 'trigger info freeze/f'],
  ['freeze.changed', { freeze: 'f', change: 'lifted' }, 'resolve info freeze/f'],
  ['operation.held', null, 'trigger error operation/unknown'],
])('%s %j: %s', (topic, payload, told) => {
  const alert = alertOf(topic, payload);
  expect(alert && `${alert.action} ${alert.severity} ${alert.key}`).toBe(told);
});

it.each(['report.written', 'sun.rose', 'constructor'])('%s wakes nobody', (topic) => {
  expect(alertOf(topic, OP)).toBeNull();
});
