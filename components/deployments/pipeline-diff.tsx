import { CellHead } from '#components/ui/layout.tsx';
import { Empty } from '#components/ui/states.tsx';
import type { DiffLine } from './pipeline-model.ts';

/** What the deployment changes: version, image, pods, configuration; what is the same in every Region stands once. */
export function PlanDiff({ diff }: { diff: readonly DiffLine[] }) {
  return (
    <section>
      <CellHead title="What it changes" note="from the plan" />
      {diff.length === 0 ? (
        <Empty title="The plan names no changes.">
          It was made by a version that did not write them down.
        </Empty>
      ) : (
        <table className="tight flush plan-diff">
          <tbody>
            {diff.map(({ region, label, before, after }) => (
              <tr key={`${region} ${label}`}>
                <td>
                  {label}
                  <span className="sub">{region ?? 'every Region'}</span>
                </td>
                <td>
                  {before === after ? (
                    <span className="muted">{short(after)}, unchanged</span>
                  ) : (
                    <>
                      <span className="ba" title={before}>
                        {short(before)} →
                      </span>{' '}
                      <b title={after}>{short(after)}</b>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A digest is recognized by its ends; the whole of it stands on hover. */
function short(value: string): string {
  return value.replace(/sha256:([0-9a-f]{12})[0-9a-f]{44,48}([0-9a-f]{4})/g, 'sha256:$1…$2');
}
