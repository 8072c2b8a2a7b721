'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { EMPTY } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import type { PolicyKey } from '#lib/domain/approval/change.ts';
import type { ApprovalPoliciesModel, PolicyActions } from './model.ts';

const PolicySheet = dynamic(() => import('./policy-sheet.tsx'), { ssr: false });

interface ApprovalPoliciesProps {
  approvals: ApprovalPoliciesModel;
  actions: PolicyActions;
}

/** Who has to agree to each kind of operation; the sheet that changes it is loaded when it is first asked for. */
export function ApprovalPolicies({ approvals, actions }: ApprovalPoliciesProps) {
  const [chosen, setChosen] = useState<PolicyKey | null>(null);
  const { rows, form, permission } = approvals;
  const { environment } = form;
  const forbidden = reasonOf(permission);
  return (
    <>
      <CellHead
        padded
        title="Who must agree"
        note="what waits is held to what is asked more since; each change is in audit"
        right={
          <Button
            reason={forbidden}
            onClick={() => setChosen({ environment, kind: rows[0]?.kind ?? '*', risk: '*' })}
          >
            Set a policy
          </Button>
        }
      />
      <div className="scroll">
        <table className="fold one">
          <thead>
            <tr>
              <th>Operation</th>
              <th>Must agree</th>
              <th className="num">Request expires</th>
              <th>API tokens</th>
              <th>In an emergency</th>
              <th>Set for</th>
              <th>
                <span className="sr">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.kind} ${row.risk}`}>
                <td>
                  <b>{row.name}</b>
                  {row.risk === null ? null : <span className="sub">of high risk</span>}
                </td>
                <td className="full" data-l="Must agree">
                  {row.agree}
                </td>
                <td className="num full" data-l="Expires after">
                  {row.expires ?? <span className="muted">{EMPTY}</span>}
                </td>
                <td className="soft full" data-l="API tokens">
                  {row.tokens ? 'may approve' : 'may not approve'}
                </td>
                <td className="soft full" data-l="Emergency">
                  {row.emergency ? 'starts at once, a review is owed' : 'as always'}
                </td>
                <td className="soft full" data-l="Set for">
                  {row.by}
                </td>
                <td className="num full">
                  <Button
                    tone="quiet"
                    reason={forbidden}
                    aria-label={`Change who must agree to: ${row.name}${row.risk === null ? '' : ' of high risk'}`}
                    onClick={() => setChosen({ environment, kind: row.kind, risk: row.risk ?? '*' })}
                  >
                    Change
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen === null ? null : (
        <PolicySheet chosen={chosen} form={form} actions={actions} onClose={() => setChosen(null)} />
      )}
    </>
  );
}
