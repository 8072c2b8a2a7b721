-- Behind the point of no return a person may go on without a step that holds, or end the run with what is open on record.

-- `incomplete`: it ended, and by decision of a person not all of it was done.
alter table operation drop constraint operation_state_check;
alter table operation add constraint operation_state_check check (state in (
  'awaiting-approval', 'preempting', 'queued', 'running', 'paused', 'holding', 'aborting', 'reverting',
  'done', 'incomplete', 'reverted', 'aborted', 'failed', 'rejected', 'expired', 'withdrawn', 'superseded'));
alter table operation drop constraint operation_check;
alter table operation add constraint operation_check check ((ended_at is not null) = (state in (
  'done', 'incomplete', 'reverted', 'aborted', 'failed', 'rejected', 'expired', 'withdrawn', 'superseded')));
-- `close`: end at the next gate, put nothing back, and say what is open.
alter table operation drop constraint operation_desired_check;
alter table operation add constraint operation_desired_check
  check (desired in ('run', 'pause', 'abort', 'revert', 'leave', 'yield', 'close'));
-- `omitted`: left undone by decision of a person.
alter table operation_step drop constraint operation_step_state_check;
alter table operation_step add constraint operation_step_state_check check (state in (
  'waiting', 'running', 'done', 'skipped', 'omitted', 'holding', 'failed', 'unknown', 'reverted', 'not-run'));
-- Who decided so owes a review, as who acts in an emergency does.
alter table review_debt drop constraint review_debt_cause_check;
alter table review_debt add constraint review_debt_cause_check
  check (cause in ('emergency', 'break-glass', 'incomplete'));
