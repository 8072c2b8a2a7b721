import { permits } from '../access/access.ts';
import {
  type ApprovalQuestion,
  approvalProgress,
  type Candidate,
  type CountedDecision,
  type DutyRoster,
  type Requirement,
} from './progress.ts';

/** Whether the people of now could agree to what a policy asks. */
export interface Reach {
  /** What would have to be met, with how far it could be if everybody agreed now, and who may. */
  requirements: readonly Requirement[];
  /** Who may ask, and for whose requests too few are left, though there are enough for those of others. */
  stuck: readonly { name: string; open: readonly string[] }[];
}

/** Who could agree to a plan of those Regions at present, whoever asks for it: as if everybody who may had agreed. */
export function reachOf(
  asked: Pick<ApprovalQuestion, 'regions' | 'needed' | 'rules'>,
  candidates: readonly Candidate[],
  roster: DutyRoster,
  now: Date,
): Reach {
  // A delegate's approval is the one of whom they stand for: both are one.
  const people = candidates.flatMap(({ holder, actor }) => (holder === actor ? [holder] : []));
  const agreed = people.map(
    (by): CountedDecision => ({ decision: 'approve', digest: '', at: now, by, actorId: by.personId }),
  );
  const askedBy = (requestedBy: string): ApprovalQuestion => ({
    digest: '',
    requestedBy,
    author: null,
    ...asked,
  });
  const nobody = askedBy('');
  const all = approvalProgress(nobody, agreed, roster, now).requirements;
  const named = approvalProgress(nobody, [], roster, now, candidates).requirements;
  const requirements = all.map((requirement, at) => ({
    ...requirement,
    mayMeet: named[at]?.mayMeet ?? [],
  }));
  if (requirements.some(({ met }) => !met)) return { requirements, stuck: [] };
  const requesters = people.filter(({ grants }) => permits(grants, 'operation.request').allowed);
  return {
    requirements,
    stuck: requesters.flatMap(({ personId, name }) => {
      const left = approvalProgress(askedBy(personId), agreed, roster, now).requirements;
      const open = left.filter(({ met }) => !met).map(({ words }) => words);
      return open.length === 0 ? [] : [{ name, open }];
    }),
  };
}
