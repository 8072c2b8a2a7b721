import type { DeployModel, DeployPreview, DeployRequest } from './pipeline-request-model.ts';

/** A Region one place earlier or later; the order as it was where there is no such place. */
export function moveRegion(order: readonly string[], region: string, by: -1 | 1): readonly string[] {
  const from = order.indexOf(region);
  const to = from + by;
  if (from === -1 || to < 0 || to >= order.length) return order;
  const moved = order.filter((code) => code !== region);
  return [...moved.slice(0, to), region, ...moved.slice(to)];
}

/** A Region in or out; one that comes in stands where the strategy's order has it, after those before it. */
export function toggleRegion(
  order: readonly string[],
  region: string,
  strategy: readonly string[],
): readonly string[] {
  if (order.includes(region)) return order.filter((code) => code !== region);
  const earlier = strategy.slice(0, strategy.indexOf(region));
  const at = Math.max(-1, ...earlier.map((code) => order.indexOf(code))) + 1;
  return [...order.slice(0, at), region, ...order.slice(at)];
}

export type OrderName = 'strategy' | 'recommended' | 'own';

/** Which of the known orders this is, of the Regions that are chosen. */
export function orderName(order: readonly string[], model: DeployModel): OrderName {
  const chosenOf = (codes: readonly string[]) => codes.filter((code) => order.includes(code)).join();
  if (order.join() === chosenOf(model.regions.map(({ code }) => code))) return 'strategy';
  return model.recommended !== null && order.join() === chosenOf(model.recommended.regions)
    ? 'recommended'
    : 'own';
}

export const MOST_SOAK_MINUTES = 1_440;

/** The first thing wrong with a request that no server need be asked about, by field; null when it may be previewed. */
export function deployProblem(
  request: DeployRequest,
  model: DeployModel,
): { field: 'version' | 'regions' | 'at' | 'soak' | 'staging'; message: string } | null {
  const release = model.releases.find(({ version }) => version === request.version);
  if (release === undefined) return { field: 'version', message: 'Choose a release first.' };
  if (release.refused !== null) return { field: 'version', message: release.refused };
  if (request.regions.length === 0) return { field: 'regions', message: 'Choose a Region first.' };
  if (request.schedule.kind === 'at' && Number.isNaN(Date.parse(request.schedule.at)))
    return { field: 'at', message: 'Give the day and the time, UTC.' };
  const soak = request.soakMinutes;
  if (soak === null || !Number.isInteger(soak) || soak < 1 || soak > MOST_SOAK_MINUTES)
    return { field: 'soak', message: `Whole minutes, 1 to ${MOST_SOAK_MINUTES}.` };
  if (needsException(request, model) && request.stagingException.trim().length < 3)
    return {
      field: 'staging',
      message: `${request.version} was not proven in ${model.provenIn}: write why it goes without.`,
    };
  return null;
}

/** Whether the chosen release has to say why it skips the environment that proves it. */
export function needsException({ version }: DeployRequest, model: DeployModel): boolean {
  const release = model.releases.find((candidate) => candidate.version === version);
  return model.provenIn !== null && release !== undefined && release.staging === null;
}

interface BlockerInput {
  /** The rule that keeps this person from asking. */
  permission: string | undefined;
  wrong: string | null;
  preview: DeployPreview | null;
  pending: boolean;
  accepted: readonly string[];
  reason: string;
}

/** The first rule that keeps it from being requested; it stands beside the button. */
export function deployBlocker(input: BlockerInput): string | undefined {
  const { permission, wrong, preview, pending, accepted, reason } = input;
  if (permission !== undefined) return permission;
  if (wrong !== null) return wrong;
  if (preview === null || pending) return 'Checking.';
  if (preview.refusal !== null) return preview.refusal;
  const open = preview.checks.some(({ id, accept }) => accept !== undefined && !accepted.includes(id));
  if (open) return 'Accept the warning in part 2, or change the request.';
  return reason.trim().length < 3 ? 'Write a reason first.' : undefined;
}
