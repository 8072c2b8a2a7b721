import { z } from 'zod';
import type { ShiftRequest as ComposedShift } from '#components/traffic/model.ts';
import { ShiftRequest } from '#lib/domain/traffic/request.ts';
import { NotFoundError, ValidationError } from '#lib/errors.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { getOperation } from '#lib/services/operations/read.ts';

const Stored = z.object({ request: ShiftRequest });

/** What an earlier shift was asked with, as the composer has it; null where there is no such shift of that environment. */
export async function revisedShift(
  context: VerbContext,
  environment: string,
  id: string,
): Promise<ComposedShift | null> {
  const detail = await getOperation(context, id).catch((error: unknown) => {
    if (error instanceof NotFoundError || error instanceof ValidationError) return null;
    throw error;
  });
  if (detail?.operation.environment !== environment || detail.operation.kind !== 'traffic-shift') return null;
  const request = Stored.safeParse(detail.operation.params).data?.request;
  return request ? composed(request) : null;
}

/** The rules speak of hours, the composer of minutes. Accepted checks are accepted anew. */
function composed({ ramp, ...request }: ShiftRequest): ComposedShift | null {
  const spread: ComposedShift['ramp'] =
    ramp.kind === 'interval'
      ? { kind: 'interval', points: ramp.points, everyMinutes: ramp.intervalHours * 60 }
      : ramp;
  const whole = (shift: ComposedShift['shift']): ComposedShift => ({ shift, ramp: spread, accepted: [] });
  switch (request.mode) {
    case 'geography':
      return whole({ mode: 'geography', geography: request.geography, weights: request.weights });
    case 'split':
      return whole({ mode: 'target', shares: request.target });
    case 'drain':
      return whole({
        mode: 'drain',
        region: request.region,
        ...(request.points === undefined ? {} : { points: request.points }),
      });
    case 'restore':
      return null;
  }
}
