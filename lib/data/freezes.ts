import type pg from 'pg';
import type { FreezeException } from '../domain/freeze/exception.ts';
import type { StoredFreeze } from '../domain/freeze/stored.ts';

interface FreezeRow extends Omit<StoredFreeze, 'startsAt' | 'endsAt' | 'recurrence' | 'exceptions'> {
  startsAt: Date;
  endsAt: Date | null;
  rule: string | null;
  zone: string | null;
  localStart: string | null;
  durationMinutes: number | null;
  exceptions: ExceptionRow[];
}

interface ExceptionRow extends Omit<FreezeException, 'startsAt' | 'endsAt'> {
  startsAtMs: number;
  endsAtMs: number;
}

/**
 * Freezes that nobody has lifted and that are not over at that moment, with the exceptions that still hold; which of them is
 * in force is the domain's rule. An exception is not used by what ended before it began.
 */
export async function listOpenFreezes(
  connection: Pick<pg.ClientBase, 'query'>,
  now: Date,
): Promise<StoredFreeze[]> {
  const { rows } = await connection.query<FreezeRow>({
    name: 'open-freezes',
    text: `select f.id, f.name, f.environment, f.region, f.action_kind as "actionKind", f.kind,
                  f.stop_the_line as "stopTheLine", f.reason, p.name as by,
                  f.starts_at as "startsAt", f.ends_at as "endsAt",
                  f.rule, f.zone, f.local_start as "localStart", f.duration_minutes as "durationMinutes",
                  coalesce((
                    select json_agg(json_build_object(
                             'id', e.id, 'environment', e.environment, 'region', e.region,
                             'actionKind', e.action_kind, 'person', e.person_id,
                             'grantedBy', json_build_object('id', g.id, 'name', g.name), 'reason', e.reason,
                             'startsAtMs', floor(extract(epoch from e.granted_at) * 1000),
                             'endsAtMs', floor(extract(epoch from e.ends_at) * 1000), 'once', e.once,
                             'usedBy', coalesce((
                               select json_agg(u.operation_id order by u.used_at)
                                 from freeze_exception_use u join operation o on o.id = u.operation_id
                                where u.exception_id = e.id
                                  and (o.started_at is not null or o.ended_at is null)), '[]'))
                             order by e.granted_at, e.id)
                      from freeze_exception e join person g on g.id = e.granted_by
                     where e.freeze_id = f.id and e.ended_at is null and e.ends_at > $1), '[]') as exceptions
             from "freeze" f join person p on p.id = f.created_by
            where f.lifted_at is null and (f.ends_at is null or f.ends_at > $1)
            order by f.starts_at, f.id`,
    values: [now],
  });
  return rows.map(storedFreeze);
}

function storedFreeze(row: FreezeRow): StoredFreeze {
  const { rule, zone, localStart, durationMinutes, exceptions, startsAt, endsAt, ...freeze } = row;
  return {
    ...freeze,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    recurrence: storedRecurrence({ rule, zone, localStart, durationMinutes }),
    exceptions: exceptions.map(({ startsAtMs, endsAtMs, ...exception }) => ({
      ...exception,
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: new Date(endsAtMs).toISOString(),
    })),
  };
}

/** The rule of a stored freeze; null for one that does not recur. */
export function storedRecurrence(
  row: Pick<FreezeRow, 'rule' | 'zone' | 'localStart' | 'durationMinutes'>,
): StoredFreeze['recurrence'] {
  const { rule, zone, localStart, durationMinutes } = row;
  if (rule === null || zone === null || localStart === null || durationMinutes === null) return null;
  return { rule, zone, start: localStart, durationMinutes };
}

/**
 * Notes that the operation goes through by these exceptions, in the caller's transaction. Answers false, and notes nothing,
 * where one of them was taken back, is over, or lets one operation through and another was first.
 */
export async function takeExceptions(
  connection: Pick<pg.ClientBase, 'query'>,
  { exceptions, operation, now }: { exceptions: readonly string[]; operation: string; now: Date },
): Promise<boolean> {
  if (exceptions.length === 0) return true;
  // Locked, so that of two who come at once the second sees what the first has noted.
  const { rowCount: standing } = await connection.query(
    `select from freeze_exception where id = any ($1::uuid[]) and ended_at is null and ends_at > $2
      order by id for no key update`,
    [exceptions, now],
  );
  if (standing !== exceptions.length) return false;
  const { rowCount: taken } = await connection.query(
    `select from freeze_exception e
       join freeze_exception_use u on u.exception_id = e.id and u.operation_id <> $2
       join operation o on o.id = u.operation_id and (o.started_at is not null or o.ended_at is null)
      where e.id = any ($1::uuid[]) and e.once`,
    [exceptions, operation],
  );
  if (taken !== 0) return false;
  await connection.query(
    `insert into freeze_exception_use (exception_id, operation_id, used_at)
     select id, $2, $3 from unnest($1::uuid[]) as id on conflict do nothing`,
    [exceptions, operation, now],
  );
  return true;
}
