'use client';

import Link from 'next/link';
import { useState } from 'react';
import { useConsoleQuery } from '#components/shell/use-console-query.ts';
import { AcceptList } from '#components/ui/accept-list.tsx';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { Digest } from '#components/ui/digest.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { PreviewQueries } from '#components/ui/preview-queries.tsx';
import { RequestReason } from '#components/ui/request-reason.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Loading } from '#components/ui/states.tsx';
import { tally } from '#components/ui/tally.ts';
import { useAction } from '#components/ui/use-action.ts';
import { usePreview } from '#components/ui/use-preview.ts';
import { routes } from '#lib/routes.ts';
import { Agreement } from './composer-agreement.tsx';
import { Change } from './composer-change.tsx';
import type { ComposerActions, ComposerModel, Preview, Shift, ShiftRequest } from './model.ts';
import { changesNothing, emptyShift, shiftProblem } from './shift-math.ts';

const MODES = [
  { value: 'geography', label: 'One geography', title: 'Set the weights of one geography' },
  {
    value: 'target',
    label: 'Global split',
    title: 'Name the wanted split; it is solved over the geographies',
  },
  { value: 'drain', label: 'Drain', title: 'Take users out of one Region, all or some' },
] as const satisfies readonly { value: Shift['mode']; label: string; title: string }[];

interface ComposerProps {
  model: ComposerModel;
  actions: ComposerActions;
}

/** Composes a shift in the three parts of every dangerous act, previewed as it is typed. */
export function TrafficComposer(props: ComposerProps) {
  return (
    <PreviewQueries>
      <Composer {...props} />
    </PreviewQueries>
  );
}

function Composer({ model, actions }: ComposerProps) {
  const [request, setRequest] = useState<ShiftRequest>(model.initial);
  const [reason, setReason] = useState('');
  const here = useConsoleQuery();
  const wrong = shiftProblem(request.shift, model);
  const idle = wrong === null && changesNothing(request.shift, model);
  const { preview, problem, pending } = usePreview(
    'shift preview',
    wrong === null && !idle ? request : null,
    actions.preview,
  );
  const action = useAction(() => setReason(''));
  const change = (next: ShiftRequest) => {
    action.clear();
    setRequest(next);
  };
  const setShift = (shift: Shift) => change({ ...request, shift, accepted: [] });
  const blocked = blocker({
    wrong: wrong?.message ?? problem?.message ?? null,
    idle,
    preview,
    pending,
    request,
    reason,
  });
  return (
    <aside className="sheet" aria-label="Shift traffic">
      <div className="sheet-h">
        <h2>Shift traffic</h2>
        <span className="muted">draft, not saved</span>
        <Link className="link small close" href={routes.traffic(here)} scroll={false}>
          Close
        </Link>
      </div>
      <ActParts
        change={{
          right: (
            <Segmented
              label="How to ask"
              value={request.shift.mode}
              options={MODES}
              onChange={(mode) => setShift(emptyShift(mode, model))}
            />
          ),
          content: (
            <Change
              model={model}
              request={request}
              preview={preview}
              pending={pending}
              problem={wrong ?? (problem === null ? null : { region: null, message: problem.message })}
              onShift={setShift}
            />
          ),
        }}
        risk={{
          right: preview === null ? undefined : tally(preview.checks, request.accepted),
          content:
            preview === null ? (
              pending ? (
                <Loading rows={4} label="Checking" />
              ) : (
                <p className="small soft">The checks run as soon as something would change.</p>
              )
            ) : (
              <AcceptList
                checks={preview.checks}
                accepted={request.accepted}
                onAccept={(accepted) => change({ ...request, accepted })}
              />
            ),
        }}
        agreement={{
          right: preview === null ? undefined : <Digest digest={preview.digest} />,
          content: (
            <>
              <Agreement
                model={model}
                request={request}
                preview={preview}
                onRamp={(ramp) => change({ ...request, ramp })}
              />
              <RequestReason
                placeholder="What this is for, and until when"
                value={reason}
                onChange={setReason}
              />
            </>
          ),
        }}
      />
      <div className="sheet-f">
        <FailureNote failure={action.failure} verb="Not requested" />
        <span className="why">{blocked ?? 'Nothing changes until it is approved.'}</span>
        <Button
          tone="primary"
          busy={action.busy}
          reason={blocked}
          onClick={() => action.run(() => actions.request(request, reason.trim(), preview?.digest ?? ''))}
        >
          Request approval
        </Button>
      </div>
    </aside>
  );
}

interface BlockerInput {
  wrong: string | null;
  idle: boolean;
  preview: Preview | null;
  pending: boolean;
  request: ShiftRequest;
  reason: string;
}

/** The first rule that keeps the request from being made; it stands beside the button. */
function blocker({ wrong, idle, preview, pending, request, reason }: BlockerInput): string | undefined {
  if (wrong !== null) return wrong;
  if (idle) return 'Nothing would change yet.';
  if (preview === null || pending) return 'Checking.';
  if (preview.refusal !== null) return preview.refusal;
  const open = preview.checks.find(
    (check) => check.accept !== undefined && !request.accepted.includes(check.id),
  );
  if (open !== undefined) return 'Accept the warning in part 2, or change the request.';
  if (reason.trim() === '') return 'Write a reason first.';
  return undefined;
}
