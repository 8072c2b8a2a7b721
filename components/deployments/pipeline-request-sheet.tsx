'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { AcceptList } from '#components/ui/accept-list.tsx';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { Digest } from '#components/ui/digest.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { plural } from '#components/ui/format.ts';
import { reasonOf } from '#components/ui/model.ts';
import { PreviewQueries } from '#components/ui/preview-queries.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { RequestReason } from '#components/ui/request-reason.tsx';
import { Loading } from '#components/ui/states.tsx';
import { tally } from '#components/ui/tally.ts';
import { useAction } from '#components/ui/use-action.ts';
import { usePreview } from '#components/ui/use-preview.ts';
import { deployBlocker, deployProblem } from './pipeline-request.ts';
import { DeployChange } from './pipeline-request-form.tsx';
import type { DeployActions, DeployModel, DeployPreview, DeployRequest } from './pipeline-request-model.ts';

interface DeploySheetProps {
  model: DeployModel;
  actions: DeployActions;
}

/** Asks for a deployment in the three parts of every dangerous act, previewed as it is put together. */
export function DeploySheet(props: DeploySheetProps) {
  return (
    <PreviewQueries>
      <Deploy {...props} />
    </PreviewQueries>
  );
}

function Deploy({ model, actions }: DeploySheetProps) {
  const router = useRouter();
  const [request, setRequest] = useState<DeployRequest>(model.initial);
  const [reason, setReason] = useState('');
  const wrong = deployProblem(request, model);
  const { accepted, ...asked } = request;
  const { preview, problem, pending } = usePreview(
    'deployment preview',
    wrong === null ? { ...asked, accepted: [] } : null,
    actions.preview,
  );
  const action = useAction(({ href }) => router.push(href ?? model.closeHref));
  const close = () => router.push(model.closeHref, { scroll: false });
  const change = (part: Partial<DeployRequest>) => {
    action.clear();
    // What was accepted was accepted of another plan.
    setRequest((before) => ({ ...before, accepted: [], ...part }));
  };
  const blocked = deployBlocker({
    permission: reasonOf(model.permission),
    wrong: wrong?.message ?? problem?.message ?? null,
    preview,
    pending,
    accepted,
    reason,
  });
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : close())}
      title={request.version === '' ? 'New deployment' : `Deploy ${request.version}`}
      note={model.environment}
      stackedFooter
      footer={
        <>
          <FailureNote failure={action.failure} verb="Not requested" />
          <span className="why">
            <Prose text={blocked ?? 'Nothing changes until it is approved.'} />
          </span>
          <Button onClick={close}>Not now</Button>
          <Button
            tone="primary"
            busy={action.busy}
            reason={blocked}
            onClick={() => action.run(() => actions.request(request, reason.trim(), preview?.digest ?? ''))}
          >
            Request approval
          </Button>
        </>
      }
    >
      <ActParts
        change={{
          right: preview === null ? undefined : plural(preview.steps, 'step'),
          content: (
            <DeployChange
              model={model}
              request={request}
              onChange={change}
              problem={wrong}
              message={problem?.message ?? null}
              preview={preview}
              pending={pending}
            />
          ),
        }}
        risk={{
          right: preview === null ? undefined : tally(preview.checks, accepted),
          content:
            preview === null ? (
              pending ? (
                <Loading rows={4} label="Checking" />
              ) : (
                <p className="small soft">The checks run as soon as a release and a Region are chosen.</p>
              )
            ) : (
              <AcceptList
                checks={preview.checks}
                accepted={accepted}
                onAccept={(next) => change({ accepted: next })}
              />
            ),
        }}
        agreement={{
          right: preview === null ? undefined : <Digest digest={preview.digest} />,
          content: <Agreement preview={preview} reason={reason} onReason={setReason} />,
        }}
      />
    </Sheet>
  );
}

interface AgreementProps {
  preview: DeployPreview | null;
  reason: string;
  onReason: (reason: string) => void;
}

/** Part 3: who must agree, and why; what it is for. */
function Agreement({ preview, reason, onReason }: AgreementProps) {
  return (
    <>
      {preview === null ? null : (
        <>
          <div className="spread small">
            <span>{preview.agreement.rule}</span>
            <span className="soft num-wrap">{preview.agreement.candidates}</span>
          </div>
          <p className="hint">The approval expires {preview.agreement.expires}.</p>
        </>
      )}
      <RequestReason placeholder="What this release is for" value={reason} onChange={onReason} />
    </>
  );
}
