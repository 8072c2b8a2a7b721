import { CellHead } from '#components/ui/layout.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { OrdersModel } from './recovery-model.ts';

/** Orders of one second are told apart: "09:36:54.912". */
const utcMilliseconds = (at: string) => new Date(at).toISOString().slice(11, 23);

/** What the run lost and what it saved, order by order; never hidden, never only a number. */
export function OrdersSection({ orders }: { orders: OrdersModel }) {
  return (
    <div className="band">
      <CellHead
        padded
        title="Orders"
        note={<StatusWord status={orders.status}>{orders.statement}</StatusWord>}
        right={<LinkTabs label="Which orders" items={orders.tabs} />}
      />
      {orders.rows.length === 0 ? (
        <p className="small soft pad-line">{orders.none}</p>
      ) : (
        <>
          <div className="scroll">
            <table className="fold tight">
              <thead>
                <tr>
                  <th>Order</th>
                  <th>State</th>
                  <th>Taken in</th>
                  <th>Product</th>
                  <th className="num">Amount</th>
                  <th className="num">Acknowledged, UTC</th>
                </tr>
              </thead>
              <tbody>
                {orders.rows.map((row) => (
                  <tr key={row.id}>
                    <td>
                      <span className="mono">{row.id}</span>
                    </td>
                    <td data-l="State">
                      <StatusWord status={row.status}>{row.word}</StatusWord>
                    </td>
                    <td data-l="Taken in">{row.region}</td>
                    <td data-l="Product">{row.product}</td>
                    <td className="num" data-l="Amount">
                      {row.amount}
                    </td>
                    <td className="num mono full" data-l="Acknowledged, UTC">
                      {utcMilliseconds(row.acknowledgedAt)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {orders.newer === null && orders.older === null ? null : (
            <Pager summary={orders.summary} newer={orders.newer} older={orders.older} />
          )}
        </>
      )}
    </div>
  );
}
