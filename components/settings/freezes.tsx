'use client';

import { ActButton } from '#components/shell/act-button.tsx';
import { Moment, Until } from '#components/ui/age.tsx';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { SettingsActions, SettingsModel } from './model.ts';

/** What is frozen, where, why, and until when. Rollback is never frozen by default. */
export function Freezes({ settings, actions }: { settings: SettingsModel; actions: SettingsActions }) {
  const { busy, failure, run } = useAction();
  const { createFreeze } = settings;
  return (
    <>
      <div className="band pad">
        <CellHead
          title="Stop the line"
          note="freezes every change of this environment; abort and revert stay allowed"
          right={
            <ActButton
              plan={createFreeze.plan}
              permission={createFreeze.permission}
              run={actions.createFreeze}
            >
              Freeze changes
            </ActButton>
          }
        />
      </div>
      <FailureNote failure={failure} verb="Not lifted" />
      {settings.freezes.length === 0 ? (
        <div className="pad">
          <Empty title="Nothing is frozen.">
            A freeze holds one kind of change in one Region, with a reason and an end.
          </Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="fold one">
            <thead>
              <tr>
                <th>What</th>
                <th>Region</th>
                <th>State</th>
                <th>Reason</th>
                <th>By</th>
                <th className="num">Ends</th>
                <th>
                  <span className="sr">Lift</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {settings.freezes.map((freeze) => (
                <tr key={freeze.id}>
                  <td>
                    <b>{freeze.what}</b>
                  </td>
                  <td data-l="Region">{freeze.region}</td>
                  <td data-l="State">
                    <StatusWord status={freeze.status}>
                      {freeze.status === 'held' ? 'frozen' : 'ended'}
                    </StatusWord>
                  </td>
                  <td className="soft wide-note" data-l="Reason">
                    {freeze.reason}
                  </td>
                  <td data-l="By">{freeze.by}</td>
                  <td className="num soft" data-l="Ends">
                    {freeze.until === null ? (
                      'when lifted'
                    ) : (
                      <>
                        <Moment at={freeze.until} />, <Until at={freeze.until} past="ended" />
                      </>
                    )}
                  </td>
                  <td className="num full">
                    <Button
                      tone="quiet"
                      busy={busy}
                      reason={reasonOf(freeze.lift)}
                      onClick={() => run(() => actions.liftFreeze(freeze.id))}
                    >
                      Lift
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
