import { CellHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { RunbookLine, RunbookModel } from './model.ts';

/** The runbook as it is written, each command beside what it would really do and what to do instead. */
export function RunbookTab({ runbook }: { runbook: RunbookModel }) {
  return (
    <>
      <div className="band pad runbook-head">
        <div>
          <h2>{runbook.summary}</h2>
          <p className="small soft">
            As written in the strategy document; what each command does on AWS, from the AWS facts.
          </p>
        </div>
        <StatusWord status={runbook.review.status}>{runbook.review.text}</StatusWord>
      </div>
      <CellHead padded title="Commands" right={<LinkTabs label="Verdict" items={runbook.filters} />} />
      {runbook.lines.length === 0 ? (
        <div className="pad">
          <Empty title="No command has this verdict.">Choose another one.</Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="fold runbook">
            <thead>
              <tr>
                <th>Where</th>
                <th>As written</th>
                <th>Verdict</th>
                <th>Instead</th>
              </tr>
            </thead>
            <tbody>
              {runbook.lines.map((line) => (
                <Line key={line.id} line={line} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Line({ line }: { line: RunbookLine }) {
  return (
    <tr>
      <td>
        <span className="nowrap">{line.section}</span>
        <span className="sub mono">{line.line}</span>
      </td>
      <td className="full">
        <code className={line.status === 'critical' ? 'cmd struck' : 'cmd'}>{line.written}</code>
      </td>
      <td className="full">
        <StatusWord status={line.status}>{line.word}</StatusWord>
        <p className="small soft">
          {line.why} <span className="mono muted">{line.row}</span>
        </p>
      </td>
      <td className="full" data-l="Instead">
        {line.instead === null ? <span className="muted">as written</span> : <Prose text={line.instead} />}
      </td>
    </tr>
  );
}
