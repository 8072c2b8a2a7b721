import { describe, expect, it } from 'vitest';
import { stepContext } from '#test/step-context.ts';
import { record, summary } from './record.ts';

describe('the end of a run', () => {
  it('says what it came to and what nobody may forget', async () => {
    const context = stepContext({
      operation: { id: 'OP-1001', environment: 'production', kind: 'failover' },
      outputs: {
        declare: { rpo: { seconds: 1.23 } },
        fence: { fenced: 'unreachable', reached: false },
        point: { reached: false },
        late: { fenced: 'unreachable', reached: false, throttled: true },
        nodes: { reached: false, throttled: true },
        promote: { seconds: 4.2 },
        order: { ordered: false },
        redundancy: { restored: true, copies: ['a', 'b'] },
        copy: { reached: false, why: 'Not finished within 7 h.', leftUndone: '“A new copy”: …' },
        remove: { salvaged: false, why: 'x stays: unread.', leftUndone: '“Delete”: …' },
      },
      step: {
        key: 'summary',
        input: {
          of: [
            ...['declare', 'fence', 'point', 'late', 'nodes', 'promote', 'order', 'redundancy'],
            ...['copy', 'remove', 'never'],
          ],
        },
      },
    });
    const outcome = await summary.run(context);
    expect(outcome).toMatchObject({
      status: 'done',
      output: {
        facts: [
          'At declaration the last transaction of the target was 1.2 s old.',
          'promote took 4.2 s.',
          'Copies that replicate: a, b.',
          expect.stringMatching(/^Means of fencing that were not used: deployments at 0, removed routes/),
        ],
        debts: [
          'fence: the old primary is not fenced; it is fenced the moment its Region answers.',
          'point: its Region did not answer.',
          'late: the old primary is not fenced, AWS throttled that; it is fenced as soon as RDS takes it.',
          'nodes: not done, AWS throttled it; its Region is there.',
          'order: users there cannot order yet.',
          'copy: left undone. Not finished within 7 h.',
          'remove: left undone. x stays: unread.',
        ],
      },
    });
  });

  it.each([
    ['a failover without anything to fence', 'failover', {}],
    ['a switchover, which seals', 'switchover', { fenced: 'done' }],
  ])('says nothing of means of fencing after %s', async (_, kind, output) => {
    const context = stepContext({
      operation: { id: 'OP-1001', environment: 'production', kind },
      outputs: { a: output },
      step: { key: 'summary', input: { of: ['a'] } },
    });
    await summary.run(context);
    expect(context.told.filter((text) => text.includes('not used'))).toEqual([]);
  });

  it('leaves nothing where nothing is owed', async () => {
    const context = stepContext({ outputs: { a: {} }, step: { key: 'summary', input: { of: ['a'] } } });
    expect((await summary.run(context)).note).toBe('Nothing is left to be done.');
  });
});

it('keeps every verdict of an evaluation', async () => {
  const lines = [
    { verdict: 'ok', text: 'One.' },
    { verdict: 'blocked', text: 'Two.' },
    { verdict: 'unknown', text: 'Three.' },
  ];
  const context = stepContext({ step: { key: 'record', input: { lines } } });
  expect(await record.run(context)).toMatchObject({ note: '1 of 3 checks are ok; the rest is on record.' });
  expect(context.evidenceGiven.map(({ data }) => data?.band)).toEqual(['pass', 'revert', 'hold']);
});
