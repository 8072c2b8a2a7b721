import { Moment } from '#components/ui/age.tsx';
import { formatClock, formatUtcTime } from '#components/ui/format.ts';
import { CellHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import type { PipelineEvent, PipelineTimeline } from './pipeline-model.ts';
import { roundTicks } from './pipeline-ticks.ts';

/** Which version each Region's users were served, with its soaks and holds, beside all that happened, newest first. */
export function Timeline({ timeline, now }: { timeline: PipelineTimeline; now: string }) {
  const from = Date.parse(timeline.from);
  const span = Math.max(1, Date.parse(timeline.until) - from);
  const at = (moment: string) => Math.min(100, Math.max(0, ((Date.parse(moment) - from) / span) * 100));
  const nowAt = Date.parse(now) <= Date.parse(timeline.until) ? at(now) : null;
  const ticks = roundTicks(from, from + span);
  return (
    <section className="served band">
      <div>
        <CellHead
          title="Served"
          note="grey the version before, accent this one; hatched while it soaks, barred while it is held"
        />
        <div className="served-rows">
          {timeline.rows.map((row) => (
            <div key={row.region} className="served-row">
              <span className="nowrap">{row.region}</span>
              <div className="served-plot" role="img" aria-label={describe(row)}>
                {row.served.map((part) => (
                  <span
                    key={part.from}
                    className={part.isNew ? 'span new' : 'span'}
                    style={place(at(part.from), at(part.until ?? now))}
                  >
                    <em>{part.version}</em>
                  </span>
                ))}
                {row.soak === null ? null : (
                  <span
                    className="soaked hatch"
                    style={place(at(row.soak.from), at(row.soak.until ?? now))}
                    title="soaks"
                  />
                )}
                {row.holds.map((hold) => (
                  <span
                    key={hold.from}
                    className="holds"
                    style={place(at(hold.from), at(hold.until ?? now))}
                    title="held by its gate"
                  />
                ))}
                {row.plannedAt === null ? null : (
                  <span className="planned-at" style={{ left: `${at(row.plannedAt)}%` }}>
                    starts
                  </span>
                )}
                {nowAt === null ? null : <i className="now-line" style={{ left: `${nowAt}%` }} />}
              </div>
            </div>
          ))}
          <div className="served-row axis" aria-hidden="true">
            <span className="muted tiny">UTC</span>
            <div className="served-plot">
              {ticks.map((tick) => (
                <span key={tick} className="tk" style={{ left: `${((tick - from) / span) * 100}%` }}>
                  {formatUtcTime(new Date(tick))}
                </span>
              ))}
            </div>
          </div>
        </div>
      </div>
      <div>
        <CellHead title="What happened" note="newest first" />
        <Events events={timeline.events.toReversed()} />
      </div>
    </section>
  );
}

/** So many stand open; a long run has many more, and the newest say where it stands. */
const NEWEST = 8;

function Events({ events }: { events: readonly PipelineEvent[] }) {
  const earlier = events.slice(NEWEST);
  return (
    <>
      <EventList events={events.slice(0, NEWEST)} />
      {earlier.length === 0 ? null : (
        <details>
          <summary className="small link">{earlier.length} earlier</summary>
          <EventList events={earlier} />
        </details>
      )}
    </>
  );
}

function EventList({ events }: { events: readonly PipelineEvent[] }) {
  return (
    <ol className="happened">
      {events.map((event) => (
        <Happened key={`${event.at} ${event.text}`} event={event} />
      ))}
    </ol>
  );
}

const place = (left: number, right: number) => ({ left: `${left}%`, width: `${Math.max(0, right - left)}%` });

function Happened({ event }: { event: PipelineEvent }) {
  return (
    <li>
      <StatusShape status={event.status} />
      <span>
        <Prose text={event.text} />
      </span>
      <span className="muted">
        <Moment at={event.at} seconds />
      </span>
    </li>
  );
}

function describe({ region, served }: PipelineTimeline['rows'][number]): string {
  const parts = served.map(({ version, from, until }) => {
    const seconds = until === null ? null : (Date.parse(until) - Date.parse(from)) / 1_000;
    return seconds === null ? `${version} now` : `${version} for ${formatClock(seconds)}`;
  });
  return `${region}: ${parts.join(', then ')}`;
}
