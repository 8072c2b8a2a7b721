import { describe, expect, it } from 'vitest';
import { pods } from './resources.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';

describe('label selectors', () => {
  const labels = { app: 'shop', version: 'v2.0.0', 'kubernetes.io/role': 'web' };
  it.each([
    ['app=shop', true],
    ['app==shop,version!=v1', true],
    ['app!=shop', false],
    ['missing!=x', true],
    ['version in (v1.9.0, v2.0.0)', true],
    ['version notin (v2.0.0)', false],
    ['missing notin (a)', true],
    ['missing in (a)', false],
    ['kubernetes.io/role', true],
    ['!missing, app', true],
    ['!app', false],
    ['', true],
  ])('%s', (selector, matches) => {
    expect(parseLabelSelector(selector)(labels)).toBe(matches);
  });

  it.each(['app in shop', 'a b', '=x', 'app=shop=web', 'app in (a'])('refuses %s', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(/unable to parse requirement/);
  });
});

describe('field selectors', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', uid: '1', resourceVersion: '1', creationTimestamp: '2026-11-23T00:00:00Z' },
    status: { phase: 'Running' },
  };
  it.each([
    ['metadata.name=a', true],
    ['status.phase!=Running', false],
    ['spec.nodeName=', true],
  ])('%s', (selector, matches) => {
    expect(parseFieldSelector(pods, selector)(pod)).toBe(matches);
  });

  it('refuses a field that is not indexed, and names those that are', () => {
    expect(() => parseFieldSelector(pods, 'spec.image=x')).toThrow(
      /field label not supported: spec.image; .*status.phase/,
    );
  });
});
