import { describe, expect, it } from 'vitest';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { ShopConfig } from '#lib/ports/recovery.ts';
import { portDouble } from '#test/port-double.ts';
import { EU } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { freezeWrites, pointWriter } from './shop-config.ts';

/** A ConfigMap; `lose` writes are carried out and their answer is lost. */
function configMap(initial: ShopConfig, lose = 0) {
  const state = { ...initial };
  const writes: Partial<ShopConfig>[] = [];
  const aws = portDouble({
    readShopConfig: () => Promise.resolve({ ...state }),
    writeShopConfig: async (_region, _namespace, config) => {
      writes.push(config);
      Object.assign(state, config);
      if (writes.length <= lose) throw new UnansweredError('lost');
    },
  });
  return { aws, state, writes };
}

const taken: ShopConfig = { writerEndpoint: 'old', writeFreeze: false };

describe('the orders of a Region', () => {
  const freezing = (aws: ReturnType<typeof configMap>['aws']) =>
    stepContext({ aws, step: { key: 'freeze', region: EU, input: { region: EU, namespace: 'shop' } } });
  const pointing = (aws: ReturnType<typeof configMap>['aws'], input: Record<string, unknown> = {}) =>
    stepContext({
      aws,
      outputs: { promote: { instanceId: 'new' } },
      step: {
        key: 'point',
        region: EU,
        input: {
          region: EU,
          namespace: 'shop',
          writer: { createdBy: 'promote' },
          writeFreeze: false,
          ...input,
        },
      },
    });

  it('are frozen and read back, with the command that does it', async () => {
    const { aws, state } = configMap(taken);
    const context = freezing(aws);
    expect(await freezeWrites.run(context)).toMatchObject({
      status: 'done',
      output: { writerEndpoint: 'old' },
    });
    expect(state.writeFreeze).toBe(true);
    expect(context.commands).toEqual([
      `aws eks update-kubeconfig --region ${EU} --name ecommerce-${EU} --alias ${EU}`,
      `kubectl --context ${EU} -n shop get configmap shop-config -o yaml`,
      `kubectl --context ${EU} -n shop patch configmap shop-config --type merge -p '{"data":{"writeFreeze":"true"}}'`,
    ]);
    expect((await freezeWrites.run(freezing(aws))).status).toBe('skipped');
  });

  it('are frozen although the answer to the write was lost', async () => {
    const { aws, writes } = configMap(taken, 1);
    expect((await freezeWrites.run(freezing(aws))).status).toBe('done');
    expect(writes).toHaveLength(1);
  });

  it('are no question of patience where nothing answers: that is the step’s own matter', async () => {
    const aws = portDouble({ readShopConfig: () => Promise.reject(new UnansweredError('ECONNRESET')) });
    await expect(freezeWrites.run(freezing(aws))).rejects.toThrow('ECONNRESET');
  });

  it('go to the new writer and are let through in one write', async () => {
    const { aws, state, writes } = configMap({ writerEndpoint: 'old', writeFreeze: true });
    expect((await pointWriter.run(pointing(aws))).status).toBe('done');
    expect(state).toEqual({ writerEndpoint: 'new', writeFreeze: false });
    expect(writes).toHaveLength(1);
    expect((await pointWriter.run(pointing(aws))).status).toBe('skipped');
  });

  it('are put back also where they stand as before: a freeze that was given up may still arrive', async () => {
    const { aws, writes } = configMap(taken);
    const back = { writer: { instanceId: 'old' }, putsBack: true };
    await pointWriter.run(pointing(aws, back));
    expect(writes).toEqual([{ writerEndpoint: 'old', writeFreeze: false }]);
  });

  it('keep the name that stood there where none was known', async () => {
    const { aws, writes } = configMap({ writerEndpoint: null, writeFreeze: true });
    await pointWriter.run(pointing(aws, { writer: null, putsBack: true }));
    expect(writes).toEqual([{ writeFreeze: false }]);
  });
});
