import { findRegion } from '#lib/domain/estate/estate.ts';
import type { StepAction, StepContext } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { AcceptPeeringInput, PeeringInput, RouteInput, VerifyPathInput } from './input.ts';
import { nameOfAttempt } from './instance.ts';

const POLL = { everyMs: 500, longestMs: 5_000 };
const ALIVE = ['initiating-request', 'pending-acceptance', 'provisioning', 'active'];
const HEALTH_PATH = '/health';

/** A peering between two VPCs: one for each pair, as none leads through a third (aws-facts B-05). */
export const createPeering: StepAction = {
  async run(context) {
    const { from, to } = PeeringInput.parse(context.step.input);
    const known = (await context.aws.listPeerings(from)).find(
      ({ requesterRegion, accepterRegion, status }) =>
        ALIVE.includes(status) && [requesterRegion, accepterRegion].includes(to),
    );
    const { id } = known ?? (await context.aws.createPeering(from, to));
    const text = known
      ? `${from} and ${to} have peering ${id}, ${known.status}`
      : `Peering ${id} is asked for`;
    await context.evidence({ kind: 'fact', text, data: { id } });
    return { status: known ? 'skipped' : 'done', note: `${text}.`, output: { id } };
  },
};

/** The other side agrees, and both say that it is active. */
export const acceptPeering: StepAction = {
  async run(context) {
    const { from, to, createdBy } = AcceptPeeringInput.parse(context.step.input);
    const id = peeringIdOf(context, createdBy);
    // Whichever side was asked accepts: the peering may have been there before, the other way round.
    const asked = await pollUntil(context, {
      what: `peering ${id} in ${to}`,
      ...POLL,
      ask: async () => (await context.aws.listPeerings(to)).find((peering) => peering.id === id),
      isDone: (peering) => peering !== undefined && peering.status !== 'initiating-request',
    });
    if (asked?.status === 'pending-acceptance') await context.aws.acceptPeering(asked.accepterRegion, id);
    for (const region of [from, to]) {
      const state = await pollUntil(context, {
        what: `peering ${id} in ${region}`,
        ...POLL,
        ask: async () => (await context.aws.listPeerings(region)).find((peering) => peering.id === id),
        isDone: (peering) =>
          peering?.status === 'active' || !ALIVE.includes(peering?.status ?? 'provisioning'),
      });
      if (state?.status !== 'active') {
        return {
          status: 'fail',
          note: `Peering ${id} is ${state?.status ?? 'gone'} in ${region}. See why in EC2, then ask again.`,
        };
      }
    }
    await context.evidence({ kind: 'fact', text: `Peering ${id} is active in ${from} and in ${to}` });
    return { status: 'done', note: `Peering ${id} is active on both sides.` };
  },
};

export const ensureRoute: StepAction = {
  async run(context) {
    const { region, to, createdBy } = RouteInput.parse(context.step.input);
    const id = peeringIdOf(context, createdBy);
    const { added } = await context.aws.ensureRoute(region, id, to);
    const text = `${region} routes ${findRegion(context.estate, to)?.vpcCidr ?? to} over ${id}: ${added} ${added === 1 ? 'route' : 'routes'} added`;
    await context.evidence({ kind: 'fact', text, data: { added } });
    return { status: added === 0 ? 'skipped' : 'done', note: `${text}.` };
  },
};

/** A page of the other Region's shop, fetched from inside this one: routes and groups let it through. */
export const verifyPath: StepAction = {
  async run(context) {
    const { from, to } = VerifyPathInput.parse(context.step.input);
    const task = { kind: 'http', region: to, path: HEALTH_PATH } as const;
    let tries = 0;
    const { result, job } = await pollUntil(context, {
      what: `the way from ${from} to ${to}`,
      ...POLL,
      ask: () => {
        tries += 1;
        return context.aws.runProbe(from, task, nameOfAttempt(context, tries));
      },
      isDone: (answer) => answer.result.kind === 'http' && answer.result.status !== null,
    });
    const text = `${from} reached the shop in ${to} in ${Math.round(result.ms)} ms`;
    await context.evidence({ kind: 'fact', text, data: { job, tries, ...result } });
    return { status: 'done', note: `${text}.` };
  },
};

function peeringIdOf(context: StepContext, createdBy: string): string {
  const { id } = context.outputs[createdBy] ?? {};
  if (typeof id === 'string') return id;
  throw new Error(`Step ${createdBy} left no peering to go on with. It has to pass first.`);
}
