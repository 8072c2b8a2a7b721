import { Prose } from '#components/ui/prose.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { FenceMeans } from './model.ts';

/** Every means of fencing, each recorded as done, unreachable or failed. */
export function FenceMeansTable({ means }: { means: readonly FenceMeans[] }) {
  return (
    <table className="tight flush means">
      <tbody>
        {means.map(({ id, status, word, name, note }) => (
          <tr key={id}>
            <td>
              <StatusWord status={status}>{word}</StatusWord>
            </td>
            <td>
              <Prose text={name} />
            </td>
            <td className="num muted">{note}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
