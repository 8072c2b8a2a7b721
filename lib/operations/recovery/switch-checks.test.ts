import { describe, expect, it } from 'vitest';
import type { WeightedRecord } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import { copyOfEstate, EU, US } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { attachCheck, createSwitchCheck } from './switch-checks.ts';

const estate = copyOfEstate();
const ENDPOINT = estate.regions[0]?.healthCheckId ?? '';

const recordOf = (
  geography: string,
  setIdentifier: string,
  healthCheckId: string | null,
): WeightedRecord => ({
  name: `${geography}.${estate.dns.originName}`,
  type: 'A',
  setIdentifier,
  weight: 200,
  alias: { hostedZoneId: 'Z35', dnsName: 'lb.example.', evaluateTargetHealth: true },
  healthCheckId,
});

function attaching(records: WeightedRecord[], given: { attempt?: number; back?: boolean } = {}) {
  const written: WeightedRecord[][] = [];
  const aws = portDouble({
    listWeightedRecords: () => Promise.resolve(records),
    changeWeightedRecords: async (batch) => {
      written.push([...batch]);
      return { changeId: 'C1', status: 'PENDING' };
    },
    changeStatus: () => Promise.resolve('INSYNC'),
  });
  const context = stepContext({
    aws,
    estate,
    attempt: given.attempt ?? 1,
    outputs: { calculated: { id: 'hc-calculated' } },
    step: {
      key: 'attach',
      region: US,
      input: given.back
        ? { region: US, check: { id: ENDPOINT }, known: ['calculated'] }
        : { region: US, check: { createdBy: 'calculated' }, known: [ENDPOINT] },
    },
  });
  return { context, written };
}

describe('a check on the records of a Region', () => {
  it('goes on all of them in one batch, and on no other Region’s', async () => {
    const { context, written } = attaching([
      recordOf('na', US, ENDPOINT),
      recordOf('eu', US, ENDPOINT),
      recordOf('na', EU, 'hc-eu'),
    ]);
    expect(await attachCheck.run(context)).toMatchObject({
      status: 'done',
      output: { records: 2, check: 'hc-calculated' },
    });
    expect(written).toHaveLength(1);
    expect(written[0]?.map(({ setIdentifier, healthCheckId }) => [setIdentifier, healthCheckId])).toEqual([
      [US, 'hc-calculated'],
      [US, 'hc-calculated'],
    ]);
  });

  it('is not written over somebody else’s', async () => {
    const { context, written } = attaching([recordOf('na', US, ENDPOINT), recordOf('eu', US, 'hc-foreign')]);
    expect(await attachCheck.run(context)).toMatchObject({
      status: 'fail',
      note: expect.stringContaining('carries hc-foreign'),
    });
    expect(written).toEqual([]);
  });

  it('that is there already is left, and after a takeover sent again to see it in sync', async () => {
    const there = [recordOf('na', US, 'hc-calculated')];
    const first = attaching(there);
    expect((await attachCheck.run(first.context)).status).toBe('skipped');
    const later = attaching(there, { attempt: 2 });
    expect((await attachCheck.run(later.context)).status).toBe('done');
    expect(later.written).toHaveLength(1);
  });

  it('is taken off again for the one before it', async () => {
    const { context, written } = attaching([recordOf('na', US, 'hc-calculated')], { back: true });
    expect((await attachCheck.run(context)).status).toBe('done');
    expect(written[0]?.[0]?.healthCheckId).toBe(ENDPOINT);
  });
});

describe('the check on a switch', () => {
  const making = (state: 'on' | 'off', known: string[] = []) =>
    stepContext({
      estate,
      aws: portDouble({
        readSwitch: () => Promise.resolve(state),
        listHealthChecks: () =>
          Promise.resolve(
            known.map((callerReference) => ({ id: 'hc-1', callerReference, type: 'HTTP_STR_MATCH' })),
          ),
        createSwitchCheck: ({ callerReference }) => Promise.resolve({ id: `made-${callerReference}` }),
      }),
      step: { key: 'switch-check', region: EU, input: { region: US, inRegion: EU } },
    });

  it('has a reference of its own for ever, so that asking again finds it', async () => {
    const reference = `meridian-ecommerce-switch-${US}-in-${EU}`;
    expect(await createSwitchCheck.run(making('on'))).toMatchObject({
      status: 'done',
      output: { id: `made-${reference}` },
    });
    expect((await createSwitchCheck.run(making('on', [reference]))).status).toBe('skipped');
  });

  it('is not made while the switch says off: the Region would leave DNS at once', async () => {
    expect(await createSwitchCheck.run(making('off'))).toMatchObject({ status: 'fail' });
  });
});
