import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { listFindings } from '#lib/domain/recovery/findings.ts';
import { ConflictError, ForbiddenError, NotFoundError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { readOutlook } from '../recovery/facts.ts';
import { defineVerb } from '../verb.ts';

const environment = z.string().min(1).max(40);
const code = z.string().min(1).max(80);
const reason = z.string().trim().min(3, 'says why, in three letters at least').max(2000);

export const DismissFindingInput = z.strictObject({ environment, code, reason });

/**
 * Says that a finding may stand, with the reason: it is no longer counted among what is open, and stays true. Anybody who may
 * can take that back.
 */
export const dismissFinding = defineVerb({
  name: 'finding.dismiss',
  action: 'finding.dismiss',
  input: DismissFindingInput,
  scope: (input) => ({ environment: input.environment, subject: `finding/${input.code}` }),
  async run(context, input, connection) {
    const by = requirePerson(context);
    const found = listFindings(await readOutlook(context, input.environment)).find(
      (finding) => finding.code === input.code,
    );
    if (!found) throw new NotFoundError(`There is no finding ${input.code} of ${input.environment}.`);
    if (found.state === 'gone')
      throw new RefusedError(
        'gone',
        `${input.code} was not dismissed: the estate does not show it any more. ${found.evidence.text}`,
      );
    const id = randomUUID();
    const { rowCount } = await connection.query(
      `insert into finding_dismissal (id, environment, code, reason, dismissed_by, dismissed_at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (environment, code) where lifted_at is null do nothing`,
      [id, input.environment, input.code, input.reason, by, context.now],
    );
    if (rowCount !== 1)
      throw new ConflictError(`${input.code} is dismissed already. Lift that first, to give another reason.`);
    return {
      result: { id },
      detail: { reason: input.reason, severity: found.severity, state: found.state },
      changes: [{ topic: 'recovery', ref: `finding/${input.code}` }],
    };
  },
});

export const LiftDismissalInput = z.strictObject({ environment, code, reason: reason.optional() });

/** Counts a finding among what is open again. */
export const liftDismissal = defineVerb({
  name: 'finding.lift',
  action: 'finding.dismiss',
  input: LiftDismissalInput,
  scope: (input) => ({ environment: input.environment, subject: `finding/${input.code}` }),
  async run(context, input) {
    const by = requirePerson(context);
    const { count } = await context.database.prisma.findingDismissal.updateMany({
      where: { environment: input.environment, code: input.code, liftedAt: null },
      data: { liftedBy: by, liftedAt: context.now },
    });
    if (count !== 1) throw new ConflictError(`${input.code} is not dismissed in ${input.environment}.`);
    return {
      result: { code: input.code },
      ...(input.reason ? { detail: { reason: input.reason } } : {}),
      changes: [{ topic: 'recovery', ref: `finding/${input.code}` }],
    };
  },
});

function requirePerson(context: VerbContext): string {
  if (!context.actor.personId)
    throw new ForbiddenError('Only a person, or a token of one, can dismiss a finding.');
  return context.actor.personId;
}
