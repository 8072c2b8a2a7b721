-- Recovery: emergencies and what they owe, fences that wait for a Region to answer, what was lost, drills, reports.

-- `preempting`: an emergency that waits for another operation to let go of the environment; it holds nothing yet.
alter table operation drop constraint operation_state_check;
alter table operation add constraint operation_state_check check (state in (
  'awaiting-approval', 'preempting', 'queued', 'running', 'paused', 'holding', 'aborting', 'reverting',
  'done', 'reverted', 'aborted', 'failed', 'rejected', 'expired', 'withdrawn', 'superseded'));
-- `yield`: stop at the next gate and put nothing back, because an emergency takes the environment.
alter table operation drop constraint operation_desired_check;
alter table operation add constraint operation_desired_check check (desired in ('run', 'pause', 'abort', 'revert', 'leave', 'yield'));

alter table operation
  add column emergency  boolean not null default false,  -- started at once, by its requester alone; owes a review
  add column preempts   text    references operation (id),
  add column overridden text[]  not null default '{}',   -- findings that the requester typed to start in spite of them
  add column accepted   jsonb,                            -- bound on what may be lost; part of the digest, so approvers accept it too
  add constraint operation_preempts_check check (
    (preempts is null or (emergency and preempts <> id)) and (state <> 'preempting' or preempts is not null)),
  add constraint operation_overridden_check check (emergency or overridden = '{}');

-- Of two emergencies at once, one takes the environment.
create unique index operation_one_preempting on operation (environment) where state = 'preempting';
create index operation_preempts on operation (preempts) where preempts is not null;
create index operation_ended on operation (ended_at) where started_at is not null and ended_at is not null;
create index operation_step_fence on operation_step (operation_id) where action = 'recovery.fence-database';

create table finding_dismissal (
  id           uuid        primary key,
  environment  text        not null,
  code         text        not null check (length(code) between 1 and 80),
  reason       text        not null check (length(reason) between 3 and 2000),
  dismissed_by uuid        not null references person (id),
  dismissed_at timestamptz not null,
  lifted_by    uuid        references person (id),
  lifted_at    timestamptz,
  check ((lifted_by is null) = (lifted_at is null))
);
-- Also what the list of a finding's own history reads.
create unique index finding_dismissal_once on finding_dismissal (environment, code) where lifted_at is null;
create index finding_dismissal_history on finding_dismissal (environment, code, dismissed_at desc);

-- What was done without approval, and who has looked at it since.
create table review_debt (
  id           uuid        primary key,
  cause        text        not null check (cause in ('emergency', 'break-glass')),
  environment  text        not null,
  operation_id text        unique references operation (id),
  title        text        not null,
  owed_by      uuid        not null references person (id),
  reason       text        not null check (length(reason) between 1 and 2000),
  opened_at    timestamptz not null,
  due_at       timestamptz not null,
  reviewed_by  uuid        references person (id),
  reviewed_at  timestamptz,
  verdict      text        check (verdict in ('accepted', 'objected')),
  note         text,
  check (due_at > opened_at),
  check (reviewed_by <> owed_by),
  check (num_nonnulls(reviewed_by, reviewed_at, verdict, note) in (0, 4)),
  check (verdict is null or length(note) between 3 and 2000),
  check (cause <> 'emergency' or operation_id is not null)
);
create index review_debt_owed on review_debt (owed_by) where reviewed_at is null;
create index review_debt_open on review_debt (due_at, id) where reviewed_at is null;
create index review_debt_recent on review_debt (opened_at desc, id desc);

-- A database that must take no orders any more. `pending`: its Region did not answer, a watcher tries until it does.
create table fence (
  id              uuid        primary key,
  environment     text        not null,
  region          text        not null,
  instance_id     text        not null,
  instance_arn    text        not null,
  operation_id    text        not null references operation (id),
  state           text        not null default 'pending' check (state in ('pending', 'done', 'dropped')),
  requested_at    timestamptz not null,
  attempts        integer     not null default 0 check (attempts >= 0),
  last_attempt_at timestamptz,
  ended_at        timestamptz,
  last_error      text,
  means           jsonb       not null default '[]',     -- each means: what came of it, when
  split_brain_at  timestamptz,                            -- when it was seen to take orders although another did too
  constraint fence_once unique (operation_id, instance_arn),
  check ((ended_at is not null) = (state <> 'pending')),
  check ((attempts = 0) = (last_attempt_at is null))
);
create index fence_pending on fence (requested_at) where state = 'pending';
create index fence_recent on fence (environment, requested_at desc, id desc);

-- Orders that a fenced primary has and the present one does not: to be merged by people, never by us.
create table salvage_order (
  operation_id  text        not null references operation (id),
  order_id      text        not null,
  found_in      text        not null,                    -- Region of the database that has it
  region        text        not null,                    -- Region in which it was placed
  product       integer     not null,
  amount        numeric     not null,
  customer      text        not null,
  created_at    timestamptz not null,
  found_at      timestamptz not null,
  primary key (operation_id, order_id)
);
create index salvage_order_list on salvage_order (operation_id, created_at, order_id);

create table drill_schedule (
  id           uuid        primary key,
  environment  text        not null,
  level        text        not null check (level in ('readiness', 'tabletop', 'promotion', 'evacuation', 'switchover')),
  region       text        not null,
  cadence      text        not null check (cadence in ('once', 'quarterly')),
  next_due_at  timestamptz not null,
  noticed_for  timestamptz,                               -- the due time that people were told of last
  reason       text        not null check (length(reason) between 3 and 500),
  created_by   uuid        not null references person (id),
  created_at   timestamptz not null,
  ended_by     uuid        references person (id),
  ended_at     timestamptz,
  check (ended_by is null or ended_at is not null)
);
create unique index drill_schedule_once on drill_schedule (environment, level, region) where ended_at is null;
create index drill_schedule_due on drill_schedule (next_due_at) where ended_at is null;

-- When each step of a plan last ran for real or in a drill.
create table step_proof (
  environment  text        not null,
  step_key     text        not null,
  proven_at    timestamptz not null,
  operation_id text        not null references operation (id),
  primary key (environment, step_key)
);
create index step_proof_operation on step_proof (operation_id);

-- What a recovery came to, written once, signed over its own hash and the audit head of then.
create table recovery_report (
  operation_id text        primary key references operation (id),
  environment  text        not null,
  kind         text        not null,
  state        text        not null,
  ended_at     timestamptz not null,
  level        text,                                      -- of a drill, or the drill that this run is as good as
  region       text,
  summary      jsonb       not null,                      -- what lists show
  report       text        not null,                      -- canonical JSON (RFC 8785): the text that is hashed
  html         text        not null,
  pdf          bytea       not null,
  sha256       text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
  head_seq     bigint      not null,
  head_hash    text        not null check (head_hash ~ '^[0-9a-f]{64}$'),
  signed_at    timestamptz not null,
  signed_by    text        not null,                      -- which key
  signature    text        not null,
  check ((level is null) = (region is null))
);
create index recovery_report_recent on recovery_report (environment, ended_at desc, operation_id desc);
create index recovery_report_proof on recovery_report (environment, ended_at desc) where level is not null;

-- What clients saw of a run, as their own measurement says it; its address is MERIDIAN_CLIENT_REPORT_URL.
create table client_report (
  operation_id text        primary key references operation (id),
  asked_at     timestamptz not null,
  value        jsonb,
  answered_at  timestamptz,
  error        text,
  check ((value is null) = (answered_at is null))
);

-- What the elected worker makes of the observations: who fails since when, and how ready everything is.
create table recovery_watch (
  environment  text        primary key,
  detection    jsonb,
  detected_at  timestamptz,
  readiness    jsonb,
  evaluated_at timestamptz,
  epoch        bigint      not null,                      -- the collector lease that wrote it
  check ((detection is null) = (detected_at is null)),
  check ((readiness is null) = (evaluated_at is null))
);

-- Every change of a class of readiness.
create table readiness_change (
  id          bigint generated always as identity primary key,
  environment text        not null,
  scenario    text        not null,
  check_code  text        not null,
  before      text        check (before in ('ok', 'warning', 'blocked', 'unknown')),
  after       text        not null check (after in ('ok', 'warning', 'blocked', 'unknown')),
  message     text        not null,
  at          timestamptz not null,
  check (before is distinct from after)
);
create index readiness_change_recent on readiness_change (environment, at desc, id desc);
