-- An approved operation that waits for its time: it holds nothing, and a worker starts it when it is due.
alter table operation add column start_at timestamptz;
alter table operation drop constraint operation_state_check;
alter table operation add constraint operation_state_check check (state in (
  'awaiting-approval', 'scheduled', 'preempting', 'queued', 'running', 'paused', 'holding', 'aborting', 'reverting',
  'done', 'incomplete', 'reverted', 'aborted', 'failed', 'rejected', 'changes-asked', 'expired', 'withdrawn', 'superseded'));
alter table operation add constraint operation_scheduled_check check (state <> 'scheduled' or start_at is not null);
create index operation_due on operation (start_at, id) where state = 'scheduled';
