import { EMPTY } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import type { ApprovalPolicyRow } from './model.ts';

/** Who has to agree to each kind of operation. */
export function ApprovalPolicies({ rows }: { rows: readonly ApprovalPolicyRow[] }) {
  return (
    <>
      <CellHead
        padded
        title="Who must agree"
        note="changed by an admin over the API; each change is in audit"
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
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
