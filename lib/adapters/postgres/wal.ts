import { UnansweredError } from '../../ports/aws.ts';
import type { WalState } from '../../ports/recovery.ts';
import type { Session } from './session.ts';

/**
 * A replica knows its timeline from the stream; one that receives nothing, from its last restart point. Functions that the
 * other kind of server refuses are not evaluated by `case`.
 */
const STATE = `
  select r.in_recovery,
         case when r.in_recovery then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end::text as received_lsn,
         case when r.in_recovery then pg_last_wal_replay_lsn() end::text as replayed_lsn,
         to_char((case when r.in_recovery then pg_last_xact_replay_timestamp() else clock_timestamp() end)
                 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_commit_at,
         case when r.in_recovery
              then coalesce((select received_tli from pg_stat_wal_receiver),
                            (select timeline_id from pg_control_checkpoint()))
              else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline
    from (select pg_is_in_recovery() as in_recovery) r`;

interface Row {
  in_recovery: boolean;
  received_lsn: string | null;
  replayed_lsn: string | null;
  last_commit_at: string | null;
  timeline: number;
}

export async function readWal(session: Session): Promise<WalState> {
  const [row] = await session.rows<Row>(STATE);
  if (!row) throw new UnansweredError('PostgreSQL said nothing of its WAL');
  return {
    inRecovery: row.in_recovery,
    receivedLsn: row.received_lsn,
    replayedLsn: row.replayed_lsn,
    lastCommitAt: row.last_commit_at,
    timeline: row.timeline,
  };
}
