'use server';

import { formatNumber } from '#components/ui/format.ts';
import type { ActionResult } from '#components/ui/model.ts';
import { verifyAudit } from '#lib/services/audit/verify.ts';
import { defineAction } from '#lib/web/define-action.ts';

const verify = defineAction(verifyAudit);

/** Computes the hashes of the newest rows again; the answer names the first row that does not fit. */
export async function verifyAuditAction(): Promise<ActionResult> {
  const answer = await verify({});
  if (!answer.ok) return answer;
  const { ok, rows, from, to, complete, broken } = answer.result;
  if (!ok) {
    return {
      ok: false,
      code: 'broken',
      message: `Row ${broken?.seq ?? '?'} does not fit: ${broken?.why ?? 'unknown'}. Keep the database as it is, and compare with the signed heads: npm run meridian -- audit verify --heads.`,
    };
  }
  const range = `rows ${from} to ${to ?? from}`;
  return {
    ok: true,
    message: `The chain is whole: ${formatNumber(rows)} rows checked, ${range}${complete ? '' : ', then the time ran out'}.`,
  };
}
