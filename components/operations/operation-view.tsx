import Link from 'next/link';
import { Comments } from '#components/approvals/comments.tsx';
import { ShareChart } from '#components/charts/share-chart.tsx';
import { Pipeline } from '#components/deployments/pipeline.tsx';
import { PlanDiff } from '#components/deployments/pipeline-diff.tsx';
import { RollbackButton } from '#components/deployments/pipeline-rollback-button.tsx';
import { Age, Moment } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { CellHead, Cells, DefinitionList, PageHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { Clocks } from './clocks.tsx';
import { GateTable } from './gate-table.tsx';
import type { OperationModel, OperationPageActions } from './model.ts';
import { OpenPoints } from './open-points.tsx';
import { Orders, RecoverySections, RunLinks } from './recovery-sections.tsx';
import { RunControls } from './run-controls.tsx';
import { StepList } from './step-list.tsx';

/** One run: its steps with evidence, its gates, who agreed, and what aborting would leave. */
export function OperationView({
  operation,
  actions,
}: {
  operation: OperationModel;
  actions: OperationPageActions;
}) {
  const { recovery, deployment, rollback } = operation;
  return (
    <>
      <PageHead
        status={operation.status}
        answer={operation.answer}
        detail={operation.detail}
        actions={
          <>
            {operation.decideHref === undefined ? null : (
              <ButtonLink tone="primary" href={operation.decideHref}>
                Review {operation.id}
              </ButtonLink>
            )}
            {recovery === null || operation.held ? null : <RunLinks recovery={recovery} />}
            <RunControls operation={operation} actions={actions} />
            {recovery !== null && operation.held ? <RunLinks recovery={recovery} /> : null}
            {rollback === null || actions.rollback === undefined ? null : (
              <RollbackButton offer={rollback} actions={actions.rollback} />
            )}
          </>
        }
      />
      <OpenPoints open={operation.open} />
      {deployment === null || actions.pipeline === undefined ? null : (
        <Pipeline operationId={operation.id} at={operation.at} run={deployment} actions={actions.pipeline} />
      )}
      {recovery?.clocks == null ? null : <Clocks model={recovery.clocks} />}
      {recovery?.orders == null ? null : <Orders orders={recovery.orders} />}
      <Cells columns="minmax(0,1fr) 512px">
        <div className="flat">
          <CellHead
            padded
            title="Steps"
            note={operation.stepSummary}
            right={<span className="muted hide-phone">tick: 75th percentile of own history</span>}
          />
          {operation.steps.length === 0 ? (
            <div className="pad">
              <Empty title="Nothing has begun.">
                The steps stand here as soon as the request is approved and started.
              </Empty>
            </div>
          ) : (
            <StepList steps={operation.steps} noReturn={recovery?.noReturn} />
          )}
          {recovery === null ? null : (
            <>
              <div className="topline pad">
                <Leaves operation={operation} />
              </div>
              <div className="topline pad">
                <Checked operation={operation} />
              </div>
            </>
          )}
        </div>
        <div className="stack">
          {recovery === null ? null : <RecoverySections recovery={recovery} />}
          {deployment === null ? null : <PlanDiff diff={deployment.diff} />}
          {operation.share === null ? null : (
            <section>
              <CellHead
                title={`Share of ${operation.share.region}`}
                note="solid measured, dashed configured"
              />
              <ShareChart {...operation.share} now={operation.at} width={480} />
            </section>
          )}
          {(recovery !== null || deployment !== null) && operation.gates.length === 0 ? null : (
            <section>
              <CellHead
                title="Gates"
                right={operation.gatesAt === null ? undefined : <Age at={operation.gatesAt} verb="judged" />}
              />
              {operation.gates.length === 0 ? (
                <Empty title="No gate has judged yet.">Gates sample while a step dwells.</Empty>
              ) : (
                <GateTable gates={operation.gates} />
              )}
              <p className="hint">{operation.gateNote}</p>
            </section>
          )}
          <section>
            <CellHead title="Who agreed" />
            <table className="tight flush">
              <tbody>
                {operation.approvals.map((approval) => (
                  <tr key={`${approval.who} ${approval.word}`}>
                    <td>
                      <StatusWord status={approval.status}>{approval.word}</StatusWord>
                    </td>
                    <td>
                      {approval.who}
                      {approval.reason === undefined ? null : (
                        <span className="sub">“{approval.reason}”</span>
                      )}
                    </td>
                    <td className="num muted">
                      <Moment at={approval.at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="hint">
              Bound to digest{' '}
              <span className="mono" title={operation.digest}>
                {operation.digest.slice(0, 12)}…{operation.digest.slice(-4)}
              </span>
              .{' '}
              <Link className="link" href={operation.auditHref}>
                Follow it in audit
              </Link>
            </p>
          </section>
          {operation.comments === undefined || actions.comment === undefined ? null : (
            <Comments operationId={operation.id} comments={operation.comments} comment={actions.comment} />
          )}
          <section>
            <CellHead title="The plan" />
            <DefinitionList
              items={operation.facts.map(({ term, description, href }) => ({
                term,
                description:
                  href === undefined ? (
                    <Prose text={description} />
                  ) : (
                    <Link className="link" href={href}>
                      {description}
                    </Link>
                  ),
              }))}
            />
          </section>
        </div>
      </Cells>
      {recovery === null ? (
        <Cells columns="minmax(0,1fr) 512px">
          <Leaves operation={operation} />
          <Checked operation={operation} />
        </Cells>
      ) : null}
    </>
  );
}

function Leaves({ operation }: { operation: OperationModel }) {
  return (
    <div>
      <CellHead title={operation.abort.permission.allowed ? 'If you abort now' : 'What it leaves'} />
      <p className="soft">
        <Prose text={operation.abortLeaves} />
      </p>
    </div>
  );
}

function Checked({ operation }: { operation: OperationModel }) {
  return (
    <div>
      <CellHead title="Checked before it began" />
      {operation.checks.length === 0 ? (
        <p className="soft">Putting back is not checked: it never waits for a rule.</p>
      ) : (
        <CheckList checks={operation.checks} />
      )}
    </div>
  );
}
