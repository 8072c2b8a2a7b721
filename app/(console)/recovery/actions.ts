'use server';

import type { z } from 'zod';
import type { DrillSchedule } from '#components/recovery/model.ts';
import type { RequestInput } from '#components/recovery/request-model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import { routes } from '#lib/routes.ts';
import { type ScheduleDrillInput, scheduleDrill } from '#lib/services/drills/schedule.ts';
import { type EmergencyInput, startEmergency } from '#lib/services/operations/emergency.ts';
import { type RequestOperationInput, requestOperation } from '#lib/services/operations/request.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { proveFirst } from '#lib/web/prove.ts';
import { signedInContext } from '#lib/web/session.ts';
import { startWords, within } from '../_models/common.ts';

const request = defineAction(requestOperation);
const declare = defineAction(startEmergency);
const schedule = defineAction(scheduleDrill);

/** Asks for a recovery operation; nothing changes until it is approved, unless policy asks nobody. */
export async function requestRecoveryAction(environment: string, input: RequestInput): Promise<ActionResult> {
  const proved = await proveFirst(input.password);
  if (!proved.ok) return proved;
  const asked = {
    kind: input.kind,
    environment,
    params: paramsOf(input),
    reason: input.reason,
    acknowledged: [...input.accepted],
    digest: input.digest,
    confirm: input.confirm,
  } as RequestOperationInput; // parsed by the verb
  const answer = await request(asked, { provedAt: proved.result });
  if (!answer.ok) return answer;
  const { id, state } = answer.result;
  return {
    ok: true,
    message: startWords({ id, state }),
    href: await operationHref(id, environment),
  };
}

/** Starts what brings the application out of an outage at once; a review is owed for it. */
export async function declareEmergencyAction(
  environment: string,
  input: RequestInput,
): Promise<ActionResult> {
  const proved = await proveFirst(input.password);
  if (!proved.ok) return proved;
  const asked = {
    kind: input.kind,
    environment,
    params: paramsOf(input),
    reason: input.reason,
    overridden: [...input.overridden],
    digest: input.digest,
    confirm: input.confirm,
  } as z.input<typeof EmergencyInput>; // parsed by the verb
  const answer = await declare(asked, { provedAt: proved.result });
  if (!answer.ok) return answer;
  const { id, preempts } = answer.result;
  return {
    ok: true,
    message: preempts === null ? `${id} starts.` : `${id} starts as soon as ${preempts} lets go.`,
    href: await operationHref(id, environment),
  };
}

export async function scheduleDrillAction(environment: string, drill: DrillSchedule): Promise<ActionResult> {
  const answer = await schedule({
    environment,
    level: drill.level as z.input<typeof ScheduleDrillInput>['level'], // parsed by the verb
    region: drill.region,
    at: drill.at,
    reason: drill.reason,
  });
  return told(answer, `The ${drill.level} drill of ${drill.region} is in the calendar.`);
}

/** The bound that is accepted is a part of what is asked for. */
function paramsOf({ params, rpo }: RequestInput): Record<string, unknown> {
  return rpo === null ? { ...params } : { ...params, accept: rpo };
}

async function operationHref(id: string, environment: string) {
  const { estate } = await signedInContext();
  return routes.operation(id, within(estate, environment));
}
