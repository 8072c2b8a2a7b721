'use server';

import type { DeployPreview, DeployRequest } from '#components/deployments/pipeline-request-model.ts';
import type { RollbackOffer, RollbackPreview } from '#components/deployments/pipeline-rollback-model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import { routes } from '#lib/routes.ts';
import { revertOperation } from '#lib/services/operations/control.ts';
import { previewOperation, requestOperation } from '#lib/services/operations/request.ts';
import { promoteOperation, skipSoak as skipSoakOperation } from '#lib/services/operations/skip.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { answerPreview } from '#lib/web/preview.ts';
import { signedInContext } from '#lib/web/session.ts';
import { startWords, within } from './_models/common.ts';
import { deployParams, deployPreview } from './_models/deployment-request.ts';
import { rollbackPreview } from './_models/rollback-offer.ts';

const request = defineAction(requestOperation);
const revert = defineAction(revertOperation);
const skipSoak = defineAction(skipSoakOperation);
const promote = defineAction(promoteOperation);

/** What rolling back just these Regions would do, as it stands now. Everything that comes in is judged by the verb. */
export async function previewRollbackAction(
  { environment }: RollbackOffer,
  regions: readonly string[],
): Promise<PreviewAnswer<RollbackPreview>> {
  return answerPreview('rollback preview', async (context) => {
    const params = { regions: [...regions] };
    const planned = await previewOperation(context, { kind: 'rollback', environment, params });
    return rollbackPreview(context, planned);
  });
}

/** A running deployment is turned round; a finished one is put back by an operation of its own, as a whole or by Region. */
export async function rollBackAction(
  { environment, operation, version, regions }: RollbackOffer,
  input: { regions: readonly string[]; reason: string; digest: string | null },
): Promise<ActionResult> {
  const context = await signedInContext();
  const here = within(context.estate, environment);
  if (operation.running) {
    const answer = await revert({ id: operation.id, reason: input.reason });
    if (!answer.ok) return answer;
    return {
      ok: true,
      message: `${operation.id} turns round: every Region goes back.`,
      href: routes.operation(operation.id, here),
    };
  }
  if (input.regions.length === regions.length) {
    const answer = await revert({ id: operation.id, reason: input.reason });
    return answer.ok ? rollingBack(answer.result, version, here) : answer;
  }
  const answer = await request({
    kind: 'rollback',
    environment,
    params: { regions: [...input.regions] },
    reason: input.reason || `Rollback of ${version}`,
    ...(input.digest === null ? {} : { digest: input.digest }),
  });
  return answer.ok ? rollingBack(answer.result, version, here) : answer;
}

function rollingBack(
  { id, state }: { id: string; state: string },
  version: string,
  here: { environment?: string },
): ActionResult {
  return {
    ok: true,
    message: state === 'queued' ? `${id} starts: ${version} goes back.` : `${id} waits for approval.`,
    href: routes.operation(id, here),
  };
}

export async function previewDeploymentAction(
  environment: string,
  asked: DeployRequest,
): Promise<PreviewAnswer<DeployPreview>> {
  return answerPreview('deployment preview', async (context) => {
    const params = deployParams(asked);
    const planned = await previewOperation(context, { kind: 'deployment', environment, params });
    return deployPreview(context, environment, planned, asked.schedule);
  });
}

export async function requestDeploymentAction(
  environment: string,
  asked: DeployRequest,
  reason: string,
  digest: string,
): Promise<ActionResult> {
  const answer = await request({
    kind: 'deployment',
    environment,
    params: deployParams(asked),
    reason,
    acknowledged: [...asked.accepted],
    digest,
  });
  if (!answer.ok) return answer;
  const { id, state } = answer.result;
  const context = await signedInContext();
  return {
    ok: true,
    message: startWords({ id, state }),
    href: routes.operation(id, within(context.estate, environment)),
  };
}

export async function skipSoakAction(id: string, step: string, reason: string): Promise<ActionResult> {
  const answer = await skipSoak({ id, step, reason });
  return told(answer, `${id} ends this soak at its next look.`);
}

export async function promoteAction(id: string, reason: string): Promise<ActionResult> {
  const answer = await promote({ id, reason });
  return told(answer, `${id} waits for no Region’s time any more.`);
}
