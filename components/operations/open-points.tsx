import { CellHead } from '#components/ui/layout.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { OperationModel } from './model.ts';

/** What a run that ended incomplete left undone: it stands above everything else, so that nobody forgets it. */
export function OpenPoints({ open }: { open: OperationModel['open'] }) {
  if (open.length === 0) return null;
  return (
    <section className="band pad" aria-label="Left undone">
      <CellHead title="Left undone" note="each by an operation of its own, or on record as not needed" />
      <table className="tight flush">
        <tbody>
          {open.map(({ key, title, words }) => (
            <tr key={key}>
              <td>{title}</td>
              <td>
                <StatusWord status="warning">{words}</StatusWord>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
