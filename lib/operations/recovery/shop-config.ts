import type { StepAction } from '../action.ts';
import { FreezeWritesInput, PointWriterInput } from './input.ts';
import { instanceIdOf } from './instance.ts';
import { reachState } from './reach-state.ts';

const EVERY_MS = 200;

/**
 * Orders of a Region are refused with 503 and Retry-After from here on; reading goes on (aws-facts 2.4, step 2). It stops
 * new orders only: what had passed the shop's look at the flag before is still on its way.
 */
export const freezeWrites: StepAction = {
  async run(context) {
    const { region, namespace } = FreezeWritesInput.parse(context.step.input);
    const { state, already } = await reachState(context, {
      what: `the write freeze of ${region}`,
      everyMs: EVERY_MS,
      read: () => context.aws.readShopConfig(region, namespace),
      isSo: ({ writeFreeze }) => writeFreeze,
      write: () => context.aws.writeShopConfig(region, namespace, { writeFreeze: true }),
    });
    const output = { writerEndpoint: state.writerEndpoint, frozenAtMs: context.now().getTime() };
    await context.evidence({
      kind: 'fact',
      text: `shop-config of ${region}: orders are frozen, its writer is ${state.writerEndpoint ?? 'not named'}`,
      data: output,
    });
    const note = already ? `Orders in ${region} were frozen already.` : `Orders in ${region} are frozen.`;
    return { status: already ? 'skipped' : 'done', note, output };
  },
};

/** Names the instance that a Region's orders go to, and freezes or lifts in the same write, so that none goes elsewhere. */
export const pointWriter: StepAction = {
  async run(context) {
    const { region, namespace, writer, writeFreeze, putsBack } = PointWriterInput.parse(context.step.input);
    const config = {
      ...(writer === null ? {} : { writerEndpoint: instanceIdOf(context, writer) }),
      writeFreeze,
    };
    const { state, already } = await reachState(context, {
      what: `shop-config of ${region}`,
      everyMs: EVERY_MS,
      read: () => context.aws.readShopConfig(region, namespace),
      isSo: (found) =>
        found.writeFreeze === writeFreeze &&
        (config.writerEndpoint === undefined || found.writerEndpoint === config.writerEndpoint),
      write: () => context.aws.writeShopConfig(region, namespace, config),
      ...(putsBack ? { writesAlways: true } : {}),
    });
    const where = state.writerEndpoint ?? 'whichever database takes them';
    const text = `Orders in ${region} ${writeFreeze ? 'are frozen; they would go' : 'go'} to ${where}`;
    await context.evidence({ kind: 'fact', text, data: { ...state } });
    return {
      status: already ? 'skipped' : 'done',
      note: already ? `${text} already.` : `${text}.`,
      output: { pointedAtMs: context.now().getTime() },
    };
  },
};
