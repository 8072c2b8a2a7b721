'use client';

import { useState } from 'react';
import { ActButton } from '#components/shell/act-button.tsx';
import { Age, Moment, Until } from '#components/ui/age.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { BAND_STATUS, BAND_WORDS, GateLines } from './pipeline-gate-lines.tsx';
import type { DeploymentRun, PipelineActions } from './pipeline-model.ts';
import { Soak } from './pipeline-soak.tsx';

interface LiveGateProps {
  operationId: string;
  run: DeploymentRun;
  actions: PipelineActions;
}

/** The gate that decides now, metric by metric against its limits, beside the clock of the soak and what comes next. */
export function LiveGate({ operationId, run, actions }: LiveGateProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = run.gates.find(({ region }) => region === (chosen ?? run.focus)) ?? run.gates.at(-1);
  return (
    <section className="live-gate band">
      <div>
        <CellHead
          title={shown === undefined ? 'Gate' : `Gate of ${shown.region}`}
          note={
            shown === undefined ? undefined : (
              <StatusWord status={BAND_STATUS[shown.band]}>{shown.word}</StatusWord>
            )
          }
          right={
            <span className="inline">
              {run.gates.length > 1 && shown !== undefined ? (
                <Segmented
                  label="Gate of"
                  value={shown.region}
                  options={run.gates.map(({ region, band }) => ({
                    value: region,
                    label: band === 'pass' ? region : `${region}, ${BAND_WORDS[band]}`,
                  }))}
                  onChange={setChosen}
                />
              ) : null}
              {shown === undefined ? null : <Age at={shown.judgedAt} verb="judged" />}
            </span>
          }
        />
        {shown === undefined ? (
          <Empty title="No gate has judged yet.">
            Gates judge every few seconds once users of a Region are served by the new version.
          </Empty>
        ) : (
          <GateLines gate={shown} />
        )}
      </div>
      <div className="stack">
        {shown === undefined || shown.soak === null ? null : (
          <Soak
            soak={shown.soak}
            region={shown.region}
            run={run}
            operationId={operationId}
            actions={actions}
          />
        )}
        <Next operationId={operationId} run={run} actions={actions} />
      </div>
    </section>
  );
}

function Next({ operationId, run, actions }: LiveGateProps) {
  const { next, controls } = run;
  const { markBad } = controls;
  if (next === null && controls.promote === null && markBad === null) return null;
  return (
    <section>
      {next === null ? null : (
        <>
          <div className="spread">
            <b>
              Next: <span className="nowrap">{next.region}</span>
            </b>
            <span>
              {next.start.at === null ? (
                <span className="muted">not yet known</span>
              ) : (
                <>
                  <Moment at={next.start.at} seconds />{' '}
                  <span className="muted">
                    <Until at={next.start.at} past="due now" />
                  </span>
                </>
              )}
            </span>
          </div>
          <p className="hint">
            <Prose text={next.start.why} />
          </p>
        </>
      )}
      {controls.promote === null ? null : (
        <div className="spaced">
          <ActButton
            tone="plain"
            plan={controls.promote.plan}
            permission={controls.promote.permission}
            run={(reason) => actions.promote(operationId, reason)}
          >
            Promote to all remaining
          </ActButton>
        </div>
      )}
      {markBad === null ? null : (
        <ActButton
          tone="plain"
          plan={markBad.plan}
          permission={markBad.permission}
          run={(reason) => actions.markBad(run.version, reason)}
        >
          Mark {run.version} bad
        </ActButton>
      )}
    </section>
  );
}
