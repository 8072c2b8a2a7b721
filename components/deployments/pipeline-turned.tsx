import { Age, Moment } from '#components/ui/age.tsx';
import { CopyBlock } from '#components/ui/code.tsx';
import { formatClock, formatUtcTime, plural } from '#components/ui/format.ts';
import { CellHead, DefinitionList } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import type { PodReport, TurnedRound } from './pipeline-model.ts';

/** Why it was rolled back, what stands again, and what the pods said: read before the version is looked at again. */
export function Turned({ turned }: { turned: TurnedRound }) {
  const { status, why, region, metric, failed, decidedAt, backSeconds, back, verdict, diagnostics } = turned;
  return (
    <section className="turned band">
      <div>
        <CellHead title="Why it was rolled back" />
        <p className="turned-why">
          <StatusShape status={status} />
          <b>
            <Prose text={why} />
          </b>
        </p>
        <DefinitionList
          items={[
            {
              term: 'Decided',
              description: (
                <>
                  <Moment at={decidedAt} seconds />
                  {region === null
                    ? failed
                      ? ', when a step failed'
                      : ', by a person'
                    : `, by the gate of ${region}${metric === null ? '' : `: ${metric}`}`}
                </>
              ),
            },
            {
              term: 'Served again',
              description:
                backSeconds === null ? (
                  <StatusWord status="running">going back</StatusWord>
                ) : (
                  <>by the version before, in every Region after {formatClock(backSeconds)}</>
                ),
            },
            ...(verdict === null
              ? []
              : [
                  {
                    term: 'Version',
                    description: (
                      <StatusWord status={verdict.status}>
                        <Prose text={verdict.text} />
                      </StatusWord>
                    ),
                  },
                ]),
          ]}
        />
        {back.length === 0 ? null : (
          <table className="tight flush spaced">
            <thead>
              <tr>
                <th>Region</th>
                <th>Back to</th>
                <th>State</th>
              </tr>
            </thead>
            <tbody>
              {back.map((row) => (
                <tr key={row.region}>
                  <td>{row.region}</td>
                  <td>
                    <span className="ba">{row.from} →</span> <b>{row.to}</b>
                  </td>
                  <td>
                    <StatusWord status={row.status}>{row.word}</StatusWord>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <div>
        <CellHead
          title="Diagnostics"
          note={diagnostics === null ? undefined : diagnostics.note}
          right={diagnostics?.at == null ? undefined : <Age at={diagnostics.at} verb="taken" />}
        />
        <Diagnostics diagnostics={diagnostics} />
      </div>
    </section>
  );
}

function Diagnostics({ diagnostics }: { diagnostics: TurnedRound['diagnostics'] }) {
  if (diagnostics === null)
    return (
      <Empty title="Being collected.">
        Pods that are not ready or have restarted, with their events and last lines, stand here when the
        Regions are served again.
      </Empty>
    );
  if (diagnostics.pods.length === 0)
    return (
      <Empty title="No pod was in trouble.">
        All pods of the version were ready and had not restarted: what failed is in its answers. The gate’s
        looks are kept below.
      </Empty>
    );
  return (
    <ul className="pods">
      {diagnostics.pods.map((pod, index) => (
        <li key={`${pod.region} ${pod.pod}`}>
          <Pod pod={pod} open={index === 0} />
        </li>
      ))}
    </ul>
  );
}

function Pod({ pod, open }: { pod: PodReport; open: boolean }) {
  const { region, pod: name, phase, restarts, waiting, events, log } = pod;
  return (
    <details open={open}>
      <summary>
        <StatusShape status={waiting === null ? 'warning' : 'critical'} />
        <span className="mono">{name}</span>
        <span className="soft">
          {region}, {phase}, {plural(restarts, 'restart')}
        </span>
      </summary>
      {waiting === null ? null : <p className="small t-critical">{waiting}</p>}
      {events.length === 0 ? null : (
        <CopyBlock label={`Events of ${name}, times in UTC`}>
          {events.map((event) => (
            <span key={`${event.at} ${event.reason}`} className="ev-line">
              <span className="k">{formatUtcTime(new Date(event.at))}</span> {event.reason}
              {event.count > 1 ? ` ×${event.count}` : ''} {event.message}
            </span>
          ))}
        </CopyBlock>
      )}
      {log.length === 0 ? (
        <p className="hint">It wrote nothing.</p>
      ) : (
        <CopyBlock label={`Last lines of ${name}`} copy={log.join('\n')}>
          {log.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a log may say the same twice
            <span key={index} className="ev-line">
              {line}
            </span>
          ))}
        </CopyBlock>
      )}
    </details>
  );
}
