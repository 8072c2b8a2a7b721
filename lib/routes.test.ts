import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { routes } from './routes.ts';

describe('routes', () => {
  test.each([
    [routes.overview(), '/'],
    [routes.overview({ environment: 'staging', range: undefined }), '/?environment=staging'],
    [routes.region('eu-west-1', { range: '6h' }), '/regions/eu-west-1?range=6h'],
    [routes.operation('OP/../1'), '/operations/OP%2F..%2F1'],
    [routes.audit({ q: 'a b&c', row: 12, cursor: '' }), '/audit?q=a+b%26c&row=12'],
    [
      routes.api.auditExport({ format: 'csv', outcome: 'refused' }),
      '/api/v1/audit/export?format=csv&outcome=refused',
    ],
  ])('%s', (built, expected) => {
    expect(built).toBe(expected);
  });

  // The builder casts to Route, so the type checker cannot tell that a page is missing: this does.
  test.each([
    [routes.overview(), '(console)'],
    [routes.region('[code]'), '(console)'],
    [routes.traffic(), '(console)'],
    [routes.replication(), '(console)'],
    [routes.operations(), '(console)'],
    [routes.operation('[id]'), '(console)'],
    [routes.approvals(), '(console)'],
    [routes.cost(), '(console)'],
    [routes.audit(), '(console)'],
    [routes.settings(), '(console)'],
    [routes.signIn(), '(auth)'],
  ])('%s has its page', (route, group) => {
    const page = path.join('app', group, decodeURIComponent(route), 'page.tsx');
    expect(existsSync(page), `${page} is missing: add it, or take the route out of lib/routes.ts`).toBe(true);
  });
});
