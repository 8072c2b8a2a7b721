import { describe, expect, it } from 'vitest';
import {
  admit,
  type Breaker,
  CLOSED,
  FAILURES_TO_OPEN,
  failed,
  PROBE_EVERY_MS,
  succeeded,
} from './breaker.ts';

const failures = (count: number, nowMs = 0): Breaker =>
  Array.from({ length: count }).reduce((breaker: Breaker) => failed(breaker, nowMs), CLOSED);

describe('a circuit breaker', () => {
  it('lets calls through until the fifth failure in a row', () => {
    expect(FAILURES_TO_OPEN).toBe(5);
    expect(admit(failures(4), 0)).toMatchObject({
      admitted: true,
      breaker: { state: 'closed', failures: 4 },
    });
    expect(admit(failures(5), 0)).toMatchObject({ admitted: false, breaker: { state: 'open', failures: 5 } });
  });

  it('counts from nothing after a success', () => {
    expect(failed(succeeded(), 0)).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('lets one probe out each 15 s', () => {
    expect(PROBE_EVERY_MS).toBe(15_000);
    const open = failures(5, 1_000);
    expect(admit(open, 15_999).admitted).toBe(false);
    const probe = admit(open, 16_000);
    expect(probe).toMatchObject({ admitted: true, breaker: { state: 'probing' } });
    expect(admit(probe.breaker, 16_000).admitted).toBe(false);
    expect(admit(probe.breaker, 31_000).admitted).toBe(true);
  });

  it('stays open when the probe fails, and closes when it succeeds', () => {
    const probing = admit(failures(5, 0), 15_000).breaker;
    const again = failed(probing, 18_000);
    expect(again).toMatchObject({ state: 'open', failures: 6, probeAtMs: 33_000 });
    expect(admit(again, 20_000).admitted).toBe(false);
    expect(admit(succeeded(), 20_000)).toMatchObject({ admitted: true, breaker: CLOSED });
  });
});
