import type pg from 'pg';
import { z } from 'zod';
import type { RollbackParams } from '#lib/domain/deployment/params.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { readDeploymentFacts } from '../deployments/facts.ts';
import type { VerbOutcome } from '../verb.ts';
import type { ControlResult } from './control.ts';
import { plannerOf } from './planners/registry.ts';
import { submitOperation } from './submit.ts';

/**
 * Puts back a deployment that is over, by an operation of its own: every Region that it switched and that still serves what it
 * brought. Refused where a later one has been there since: that would be undone instead.
 */
export async function rollBackDeployment(
  context: VerbContext,
  connection: pg.PoolClient,
  operation: { id: string; environment: string },
  input: { id: string; reason: string },
): Promise<VerbOutcome<ControlResult>> {
  const regions = await switchedRegions(context, operation);
  const request: RollbackParams = { regions };
  const planned = await plannerOf('rollback').planNow(
    { ...context, asker: { personId: context.actor.personId } },
    operation.environment,
    request,
  );
  const undo = await submitOperation(context, connection, {
    planned,
    request,
    reason: input.reason || `Rollback of ${input.id}`,
    acknowledged: [],
    reverts: input.id,
  });
  return {
    result: { id: undo.id, state: undo.state, desired: 'run' },
    subject: `operation/${undo.id}`,
    operation: undo.id,
    detail: {
      reverts: input.id,
      digest: undo.digest,
      regions,
      ...(input.reason ? { reason: input.reason } : {}),
    },
    changes: [
      { topic: 'operation', ref: undo.id },
      { topic: 'operation', ref: input.id },
    ],
  };
}

const Switched = z.object({ region: z.string() });

async function switchedRegions(
  context: VerbContext,
  { id, environment: name }: { id: string; environment: string },
): Promise<string[]> {
  const environment = findEnvironment(context.estate, name);
  if (!environment)
    throw new RefusedError('no-environment', `${id} was not rolled back: there is no ${name} any more.`);
  const { rows } = await context.database.pool.query(
    `select region from operation_step
      where operation_id = $1 and action = 'deploy.switch' and output ? 'from' order by position`,
    [id],
  );
  const switched = z
    .array(Switched)
    .parse(rows)
    .map(({ region }) => region);
  if (switched.length === 0)
    throw new RefusedError('nothing-switched', `${id} was not rolled back: it has switched no Region.`);
  const { regions } = await readDeploymentFacts(context, environment);
  const own = switched.filter(
    (code) => regions.find((region) => region.code === code)?.switches[0]?.operation === id,
  );
  if (own.length > 0) return own;
  throw new RefusedError(
    'moved-on',
    `${id} was not rolled back: what it brought serves nowhere any more, or a later deployment has come since. Roll that one back.`,
  );
}
