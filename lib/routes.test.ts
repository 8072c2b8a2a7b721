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
      '/api/v1/audit?format=csv&outcome=refused',
    ],
  ])('%s', (built, expected) => {
    expect(built).toBe(expected);
  });
});
