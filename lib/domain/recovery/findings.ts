import type { Outlook } from './facts.ts';
import type { Live } from './findings-evidence.ts';
import { LIVE_CHECKS } from './findings-live.ts';
import { type Severity, STATEMENTS, type Statement } from './statements.ts';
import type { Remedy } from './verdict.ts';

/**
 * `open`: the estate, or who follows the document, is exposed to it. `gone`: the estate refutes it now. `unknown`: what would
 * tell is not seen, and unknown is not safe.
 */
export type FindingState = 'open' | 'gone' | 'unknown';

/** A statement of the strategy document that is not so, with what the estate shows of it. */
export interface Finding {
  /** `B-05`: stands in links, in dismissals, typed in an override. */
  code: string;
  title: string;
  severity: Severity;
  state: FindingState;
  /** "L465: …", as the document has it; null where it says nothing. */
  says: { line: string; quote: string } | null;
  /** `live` by observations, with when the oldest was made; `document` where nothing live can tell. */
  evidence: { kind: 'live' | 'document'; text: string; observedAt: string | null };
  remedy: Remedy;
  /** The row of the AWS facts. */
  source: string;
}

/**
 * Every statement of the strategy document that is wrong, contradictory or risky, judged by what is observed (aws-facts 1B, 1C,
 * 1D), the worst first. Dismissals are the caller's: a dismissed finding is still true.
 */
export function listFindings(outlook: Outlook): Finding[] {
  return STATEMENTS.map((statement) => judge(outlook, statement)).sort(
    (a, b) =>
      STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}

const STATES = ['open', 'unknown', 'gone'] as const satisfies readonly FindingState[];
const SEVERITIES = ['block', 'wrong', 'contradiction', 'risk'] as const satisfies readonly Severity[];

function judge(outlook: Outlook, { code, title, severity, says, remedy }: Statement): Finding {
  const live = LIVE_CHECKS[code]?.(outlook);
  return {
    code,
    title,
    severity,
    state: live?.state ?? 'open',
    says: says && { line: `L${says.line}`, quote: says.quote },
    evidence: live ? liveEvidence(live) : documentEvidence(says),
    remedy: live?.operation ? { text: remedy, operation: live.operation } : { text: remedy },
    source: code,
  };
}

function liveEvidence({ text, observedAt }: Live): Finding['evidence'] {
  return { kind: 'live', text, observedAt };
}

function documentEvidence(says: Statement['says']): Finding['evidence'] {
  const text = says
    ? `It is written in line ${says.line} of the strategy; no observation can tell whether somebody follows it.`
    : 'The strategy says nothing of it, and no observation can tell.';
  return { kind: 'document', text, observedAt: null };
}
