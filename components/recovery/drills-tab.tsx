import Link from 'next/link';
import { Age, Moment } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { plural } from '#components/ui/format.ts';
import { CellHead, Cells } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Empty } from '#components/ui/states.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import { DrillStrip, MonthAxis } from './drill-strip.tsx';
import type { DrillRow, DrillsModel, RecoveryActions } from './model.ts';
import { ScheduleDrill } from './schedule-drill.tsx';

/** What was practised, what is due, and which steps nobody has proven. */
export function DrillsTab({ drills, actions }: { drills: DrillsModel; actions: RecoveryActions }) {
  const { rows, unproven, unprovenInAll, schedule, from, to } = drills;
  return (
    <>
      <CellHead
        padded
        title="Drills"
        note="each quarter; disc done, ring to come, diamond overdue"
        right={<ScheduleDrill schedule={schedule} action={actions.scheduleDrill} />}
      />
      {rows.length === 0 ? (
        <div className="pad">
          <Empty title="No drill is planned.">
            Begin with the readiness level: it evaluates everything and changes nothing.
          </Empty>
        </div>
      ) : (
        <div className="band scroll">
          <table className="fold drills">
            <thead>
              <tr>
                <th>Drill</th>
                <th>Region</th>
                <th className="strip-cell">
                  <MonthAxis from={from} to={to} />
                </th>
                <th>Last</th>
                <th>Achieved</th>
                <th>Due</th>
                <th>
                  <span className="sr">Start</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.id} row={row} from={from} to={to} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Cells columns="minmax(0,1fr) minmax(0,1fr)">
        <div>
          <CellHead
            title="Unproven steps"
            note={unproven.length === 0 ? undefined : unprovenNote(unproven.length, unprovenInAll)}
          />
          {unproven.length === 0 ? (
            <Empty title="Every step was run within its time.">
              A step that nobody ran for a quarter stands here.
            </Empty>
          ) : (
            <table className="tight flush">
              <tbody>
                {unproven.map(({ step, plan, provenAt, status }) => (
                  <tr key={`${plan} ${step}`}>
                    <td className="shape-cell">
                      <StatusShape status={status} label={status} />
                    </td>
                    <td>
                      {step}
                      <span className="muted"> {plan}</span>
                    </td>
                    <td className="num">
                      {provenAt === null ? (
                        <span className="muted">never</span>
                      ) : (
                        <Age at={provenAt} verb="last ran" />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
        <div>
          <CellHead title="Levels" note="the same plans as for real" />
          <dl className="kv">
            {schedule.levels.map(({ value, label, hint }) => (
              <div key={value} className="kv-row">
                <dt>{label}</dt>
                <dd>{hint}</dd>
              </div>
            ))}
            <div className="kv-row">
              <dt>Not from here</dt>
              <dd>
                A fault in one component, and a Region cut off from the others: inject it (AWS FIS, or the
                lab’s switches), and run the answer as an evacuation or a switchover.
              </dd>
            </div>
          </dl>
        </div>
      </Cells>
    </>
  );
}

function unprovenNote(listed: number, inAll: number): string {
  return listed < inAll
    ? `${listed} of ${plural(inAll, 'step')}; the rest stands in the plans`
    : plural(inAll, 'step');
}

function Row({ row, from, to }: { row: DrillRow; from: string; to: string }) {
  const { last, start } = row;
  return (
    <tr>
      <td>
        <b>{row.name}</b>
        <span className="sub">{row.what}</span>
      </td>
      <td className="nowrap soft" data-l="Region">
        {row.region}
      </td>
      <td className="strip-cell">
        <DrillStrip marks={row.marks} from={from} to={to} />
      </td>
      <td className="nowrap" data-l="Last">
        {last === null ? (
          <span className="muted">never</span>
        ) : (
          <>
            <Link className="link" href={last.operation.href}>
              {last.operation.id}
            </Link>{' '}
            <StatusWord status={last.status}>{last.word}</StatusWord>
            <span className="sub">
              <Age at={last.at} /> ago
            </span>
          </>
        )}
      </td>
      <td className="soft" data-l="Achieved">
        {row.achieved}
      </td>
      <td className="nowrap" data-l="Due">
        <StatusWord status={row.status}>{row.word}</StatusWord>
        {row.due === null ? null : (
          <span className="sub">
            <Moment at={row.due} utc />
          </span>
        )}
      </td>
      <td className="num full">
        <ButtonLink
          href={start.href}
          scroll={false}
          reason={reasonOf(start.permission)}
          aria-label={`${start.label}: ${row.name}, ${row.region}`}
        >
          {start.label}
        </ButtonLink>
      </td>
    </tr>
  );
}
