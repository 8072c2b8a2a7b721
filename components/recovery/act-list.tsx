import { ButtonLink } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import type { RecoveryAct } from './model.ts';

/** What can be done about a Region: each act with what it costs, or the rule that forbids it now. */
export function ActList({ acts }: { acts: readonly RecoveryAct[] }) {
  if (acts.length === 0)
    return (
      <Empty title="Nothing can be judged yet.">
        The Region has not been observed; what is unknown is not safe to act on.
      </Empty>
    );
  return (
    <ul className="list acts-list">
      {acts.map((act) => (
        <Act key={act.id} act={act} />
      ))}
    </ul>
  );
}

function Act({ act }: { act: RecoveryAct }) {
  const reason = reasonOf(act.permission);
  return (
    <li>
      <StatusShape
        status={reason === undefined ? act.status : 'held'}
        label={reason === undefined ? 'may be done' : 'refused'}
      />
      <div>
        <span className={reason === undefined ? 't' : 't soft'}>{act.title}</span>
        <p>
          <Prose text={reason ?? act.why} />
        </p>
      </div>
      <ButtonLink
        href={act.href}
        scroll={false}
        tone={act.danger === true ? 'danger' : 'plain'}
        reason={reason}
        aria-label={`${act.label}: ${act.title}`}
      >
        {act.label}
      </ButtonLink>
    </li>
  );
}
