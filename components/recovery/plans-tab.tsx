import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { EMPTY, formatClock } from '#components/ui/format.ts';
import { CellHead, Cells } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { PlanDetail, PlanRow, PlansModel } from './model.ts';
import { PlanSteps } from './plan-steps.tsx';

/** Every plan as it would run now, and the steps of one. */
export function PlansTab({ plans: { plans, chosen } }: { plans: PlansModel }) {
  if (plans.length === 0)
    return (
      <div className="pad">
        <Empty title="No plan can be made.">
          Plans are made from the estate and what was observed of it; they stand here after the first cycle.
        </Empty>
      </div>
    );
  return (
    <Cells columns="452px minmax(0,1fr)">
      <div className="flat">
        <CellHead padded title="Plans" note="as they would run now" />
        <table className="plans">
          <thead>
            <tr>
              <th>Plan</th>
              <th>State</th>
              <th className="num">Usually</th>
              <th className="num">Proven</th>
            </tr>
          </thead>
          <tbody>
            {plans.map((plan) => (
              <Row key={plan.id} plan={plan} />
            ))}
          </tbody>
        </table>
      </div>
      <div className="flat">
        {chosen === null ? (
          <div className="pad">
            <Empty title="No plan is open.">Choose one at the left. J and K move, Enter opens.</Empty>
          </div>
        ) : (
          <Chosen plan={chosen} />
        )}
      </div>
    </Cells>
  );
}

function Row({ plan }: { plan: PlanRow }) {
  return (
    <tr className={plan.selected ? 'sel' : undefined}>
      <td>
        <Link
          className="row-link"
          href={plan.href}
          data-row
          scroll={false}
          aria-current={plan.selected ? 'true' : undefined}
        >
          <b>{plan.kind}</b>
        </Link>
        <span className="sub">
          <Prose text={plan.what} />
        </span>
      </td>
      <td>
        <StatusWord status={plan.status}>{plan.word}</StatusWord>
      </td>
      <td className="num">{plan.typicalSeconds === null ? EMPTY : formatClock(plan.typicalSeconds)}</td>
      <td className="num">
        {plan.provenAt === null ? <span className="muted">never</span> : <Age at={plan.provenAt} />}
      </td>
    </tr>
  );
}

function Chosen({ plan }: { plan: PlanDetail }) {
  const { act, bundle } = plan;
  return (
    <>
      <div className="plan-head">
        <div>
          <h2>{plan.title}</h2>
          <p className="small soft">{plan.note}</p>
        </div>
        {act === null ? null : (
          <ButtonLink href={act.href} scroll={false} reason={reasonOf(act.permission)}>
            {act.label}
          </ButtonLink>
        )}
      </div>
      <PlanSteps steps={plan.steps} />
      <div className="plan-foot small">
        <span className="label">Break-glass bundle</span>
        {bundle === null ? (
          <span className="soft">Not written yet; it is after each change of plan or topology.</span>
        ) : (
          <>
            <StatusWord status={bundle.status}>{bundle.word}</StatusWord>
            <a className="link" href={bundle.href} download>
              Download
            </a>
            <span className="mono muted" title={bundle.sha256}>
              sha256 {bundle.sha256.slice(0, 12)}…
            </span>
            <Age at={bundle.writtenAt} verb="written" />
          </>
        )}
      </div>
    </>
  );
}
