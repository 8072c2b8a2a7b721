import { expect, it } from 'vitest';
import type { ClientReport } from '../services/reports/client-report.ts';
import { clientSamples } from './clients.ts';

const report = (changes: Record<string, unknown> = {}) => ({
  at: '2026-11-23T10:00:00.000Z',
  windowSeconds: 5,
  all: {
    downtime: { reads: [], orders: [] },
    reads: { requests: 80, errors: 20 },
    orders: { requests: 12, errors: 2 },
    ...changes,
  },
  orders: { acknowledged: 1, checked: 1, missing: 0, missingOrders: [], reason: null },
});
const { windowSeconds: _, ...withoutWindow } = report();
const NOW = Date.UTC(2026, 10, 23, 10, 0, 0, 700);

it('clients are kept as what they got: orders a second, and the part of reads that was answered', () => {
  expect(clientSamples(report(), NOW)).toEqual([
    {
      subject: 'clients',
      metric: 'orders.perSecond',
      unit: 'orders/s',
      atMs: Date.UTC(2026, 10, 23, 10),
      value: 2,
    },
    {
      subject: 'clients',
      metric: 'reads.answered',
      unit: 'share',
      atMs: Date.UTC(2026, 10, 23, 10),
      value: 0.75,
    },
  ]);
});

it.each<[string, ClientReport, string[]]>([
  ['no read at all', report({ reads: { requests: 0, errors: 0 } }), ['orders.perSecond']],
  ['no figures', report({ reads: undefined, orders: undefined }), []],
  ['no window', withoutWindow, []],
])('of a report with %s nothing is made up', (_, given, metrics) => {
  expect(clientSamples(given, NOW).map(({ metric }) => metric)).toEqual(metrics);
});
