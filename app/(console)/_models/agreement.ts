import { findEnvironment } from '#lib/domain/estate/estate.ts';
import type { ApprovalPreview } from '#lib/services/approvals/preview.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { listOf } from './common.ts';

interface AgreementWords {
  /** "One approver who is not you; and 1 operator. High risk: …" */
  rule: string;
  /** "Tomas Rehn and Ji-woo Han may approve" */
  candidates: string;
  /** "60 min after the request" */
  expires: string;
}

const MOST_NAMES = 3;

/** Who would have to agree to what is about to be asked for, as the sheets say it. */
export function agreementWords(
  { estate }: Pick<VerbContext, 'estate'>,
  environment: string,
  { needed, requirements, reasons, expiresMinutes }: ApprovalPreview,
): AgreementWords {
  const scale = findEnvironment(estate, environment)?.timeScale ?? 1;
  const expires = `${Math.round(expiresMinutes / scale)} min after the request`;
  if (requirements.length === 0)
    return { rule: 'Nobody: policy lets it start at once.', candidates: '', expires };
  const others = requirements.filter(({ key }) => key !== 'approvers').map(({ words }) => words);
  const approvers =
    needed === 0
      ? []
      : [needed === 1 ? 'One approver who is not you' : `${needed} approvers who are not you`];
  const why = reasons.length === 0 ? '' : ` High risk: ${reasons.join(' ')}`;
  const [first] = requirements;
  const names = first?.mayMeet ?? [];
  return {
    rule: `${[...approvers, ...others].join('; and ')}.${why}`,
    candidates:
      names.length > 0
        ? `${listOf(names.slice(0, MOST_NAMES))} may approve`
        : (first?.offDuty ?? 'nobody else may approve: ask an admin to grant it'),
    expires,
  };
}
