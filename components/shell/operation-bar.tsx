'use client';

import Link from 'next/link';
import { useEffect, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { type ActionResult, reasonOf } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { notify } from '#components/ui/toast-store.ts';
import { useAction } from '#components/ui/use-action.ts';
import { ActButton } from './act-button.tsx';
import type { OperationBarModel, RunningOperation } from './model.ts';

export interface OperationActions {
  pause: (operationId: string) => Promise<ActionResult>;
  resume: (operationId: string) => Promise<ActionResult>;
  abort: (operationId: string, reason: string) => Promise<ActionResult>;
}

/** On every page, running or idle, at the same place; Abort is always its last control. */
export function OperationBar({
  operation,
  actions,
}: {
  operation: OperationBarModel;
  actions: OperationActions;
}) {
  if (operation.state === 'idle')
    return (
      <section className="opbar" aria-label="Operation">
        <span className="soft idle" role="status">
          <Prose text={operation.sentence} />
        </span>
        <span className="grow" />
        <Button reason="Nothing to abort." reasonAt="beside">
          Abort
        </Button>
      </section>
    );
  return <Running key={operation.id} operation={operation} actions={actions} />;
}

function Running({ operation, actions }: { operation: RunningOperation; actions: OperationActions }) {
  const { id, href, title, step, progress, state } = operation;
  return (
    <section className={state === 'running' ? 'opbar on' : 'opbar on paused'} aria-label="Operation">
      <span className="what" role="status">
        <Link href={href}>{id}</Link> {title}
      </span>
      <Steps index={step.index} count={step.count} />
      <span className="soft progress hide-phone">{progress}</span>
      <span className="grow" />
      <PauseOrResume operation={operation} actions={actions} />
      <ActButton
        plan={operation.abortPlan}
        permission={operation.abort}
        run={(reason) => actions.abort(id, reason)}
      >
        Abort
      </ActButton>
    </section>
  );
}

/** At most twelve segments; a longer run is drawn in proportion. */
const SEGMENTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const;

function Steps({ index, count }: { index: number; count: number }) {
  const shown = Math.min(count, SEGMENTS.length);
  const done = Math.floor(((index - 1) / count) * shown);
  return (
    <span className="steps" role="img" aria-label={`step ${index} of ${count}`}>
      {SEGMENTS.slice(0, shown).map((at) => (
        <i key={at} className={at < done ? 'd' : at === done ? 'r' : undefined} />
      ))}
    </span>
  );
}

function PauseOrResume({ operation, actions }: { operation: RunningOperation; actions: OperationActions }) {
  const { id, state, pause, resume } = operation;
  const { busy, failure, run } = useAction();
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (failure !== null && asked) notify({ status: 'held', title: 'Not done.', text: failure.message });
  }, [failure, asked]);
  const ask = (verb: 'pause' | 'resume') => {
    setAsked(true);
    run(() => actions[verb](id));
  };
  return state !== 'running' ? (
    <Button className="hide-phone" busy={busy} reason={reasonOf(resume)} onClick={() => ask('resume')}>
      {state === 'held' ? 'Try again now' : 'Resume'}
    </Button>
  ) : (
    <Button className="hide-phone" busy={busy} reason={reasonOf(pause)} onClick={() => ask('pause')}>
      Pause
    </Button>
  );
}
