'use client';

import { useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { ActParts } from '#components/ui/act-parts.tsx';
import { Button } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { Sheet } from '#components/ui/dialog.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { EMPTY, plural } from '#components/ui/format.ts';
import { reasonOf } from '#components/ui/model.ts';
import { PreviewQueries } from '#components/ui/preview-queries.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Loading } from '#components/ui/states.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import { tally } from '#components/ui/tally.ts';
import { useAction } from '#components/ui/use-action.ts';
import { UNREACHABLE } from '#components/ui/use-preview.ts';
import { rollbackBlocker, rollbackNote, rollbackVerb } from './pipeline-rollback.ts';
import type { RollbackActions, RollbackOffer, RollbackPreview } from './pipeline-rollback-model.ts';

interface RollbackSheetProps {
  offer: RollbackOffer;
  actions: RollbackActions;
  /** Chosen at first: all, or the one that the page is about. */
  initial?: readonly string[];
  onClose: () => void;
}

/** Rolling back, in one confirmation: all Regions by default, one by choice. */
export default function RollbackSheet(props: RollbackSheetProps) {
  return (
    <PreviewQueries>
      <Rollback {...props} />
    </PreviewQueries>
  );
}

function Rollback({ offer, actions, initial, onClose }: RollbackSheetProps) {
  const router = useRouter();
  const all = offer.regions.map(({ region }) => region);
  const [chosen, setChosen] = useState<readonly string[]>(initial ?? all);
  const [reason, setReason] = useState('');
  const regions = all.filter((region) => chosen.includes(region));
  const asked = useQuery({
    queryKey: ['rollback', offer.operation.id, regions],
    queryFn: () => actions.preview(offer, regions),
    enabled: regions.length > 0 && !offer.operation.running,
    retry: false,
    gcTime: 0,
    networkMode: 'always',
  });
  const answer = asked.isError ? UNREACHABLE : asked.data;
  const preview = answer?.ok === true ? answer.preview : null;
  const problem = answer?.ok === false ? answer : null;
  const action = useAction(({ href }) => {
    onClose();
    if (href !== undefined) router.push(href);
  });
  const blocked = rollbackBlocker({
    offer,
    regions,
    preview,
    problem,
    permission: reasonOf(offer.permission),
  });
  const verb = rollbackVerb(offer, regions);
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Roll back ${offer.version}`}
      note={offer.operation.running ? `${offer.operation.id} still runs` : `brought by ${offer.operation.id}`}
      stackedFooter
      footer={
        <>
          <FailureNote failure={action.failure} verb="Not rolled back" />
          <span className="why">
            <Prose text={blocked ?? rollbackNote(offer, preview)} />
          </span>
          <Button onClick={onClose}>Not now</Button>
          <Button
            tone="danger-solid"
            busy={action.busy}
            reason={blocked}
            onClick={() =>
              action.run(() =>
                actions.rollBack(offer, {
                  regions,
                  reason: reason.trim(),
                  digest: preview?.digest ?? null,
                }),
              )
            }
          >
            {verb}
          </Button>
        </>
      }
    >
      <ActParts
        change={{
          right: `${plural(regions.length, 'Region')} of ${offer.regions.length}`,
          content: <Change offer={offer} chosen={regions} preview={preview} onChoose={setChosen} />,
        }}
        risk={{
          right: preview === null ? undefined : tally(preview.checks, []),
          content: (
            <Risk
              offer={offer}
              preview={preview}
              problem={problem?.message ?? null}
              none={regions.length === 0}
            />
          ),
        }}
        agreement={{
          content: (
            <>
              <p className="small">
                {offer.operation.running
                  ? 'Nobody: a run is turned round at once. No freeze holds it but one that names rollbacks.'
                  : (preview?.agreement ?? 'Not known before the checks have answered.')}
              </p>
              <div className="spaced">
                <TextArea
                  label={
                    <>
                      Reason <span className="muted regular">optional, kept in audit</span>
                    </>
                  }
                  placeholder="What you see"
                  maxLength={1000}
                  value={reason}
                  error={action.failure?.fields?.reason}
                  onChange={(event) => setReason(event.target.value)}
                />
              </div>
            </>
          ),
        }}
      />
    </Sheet>
  );
}

interface ChangeProps {
  offer: RollbackOffer;
  chosen: readonly string[];
  preview: RollbackPreview | null;
  onChoose: (regions: readonly string[]) => void;
}

function Change({ offer, chosen, preview, onChoose }: ChangeProps) {
  const { running } = offer.operation;
  return (
    <>
      <table className="tight flush roll-regions">
        <tbody>
          {offer.regions.map(({ region, now, back }) => {
            const seen = preview?.regions.find((row) => row.region === region);
            const on = chosen.includes(region);
            return (
              <tr key={region} className={on ? undefined : 'muted'}>
                <td>
                  <label className="check">
                    <input
                      type="checkbox"
                      checked={on}
                      disabled={running}
                      onChange={(event) =>
                        onChoose(
                          event.target.checked
                            ? [...chosen, region]
                            : chosen.filter((code) => code !== region),
                        )
                      }
                    />
                    <span>{region}</span>
                  </label>
                </td>
                <td className="num wide-note">
                  {on ? (
                    <>
                      <span className="ba">{seen?.now ?? now} →</span> <b>{seen?.back ?? back ?? EMPTY}</b>
                      {seen === undefined ? null : (
                        <span className="sub">
                          {seen.slower ? <StatusWord status="warning">{seen.how}</StatusWord> : seen.how}
                        </span>
                      )}
                    </>
                  ) : (
                    `stays on ${now}`
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="hint">
        {running
          ? `${offer.operation.id} is turned round as a whole: all Regions that it has switched, at once. One alone can be rolled back when it has ended.`
          : 'All at once. Regions on different versions are shown as drift until they are the same again.'}
      </p>
    </>
  );
}

interface RiskProps {
  offer: RollbackOffer;
  preview: RollbackPreview | null;
  problem: string | null;
  none: boolean;
}

function Risk({ offer, preview, problem, none }: RiskProps) {
  if (offer.operation.running)
    return (
      <p className="small soft">
        The old colour still stands beside the new one in every Region that was switched: each Service is
        pointed back in one write, then verified. {offer.version} is marked bad.
      </p>
    );
  if (problem !== null)
    return (
      <div className="err" role="alert">
        <StatusShape status="critical" />
        <span>
          <Prose text={problem} />
        </span>
      </div>
    );
  if (none) return <p className="small soft">Choose a Region first.</p>;
  if (preview === null) return <Loading rows={3} label="Checking" />;
  return <CheckList checks={preview.checks} />;
}
