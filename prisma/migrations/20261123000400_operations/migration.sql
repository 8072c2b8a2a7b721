create sequence operation_number start 1001;

create table operation (
  id            text        primary key default 'OP-' || nextval('operation_number'),
  kind          text        not null,
  environment   text        not null,
  title         text        not null,
  state         text        not null check (state in (
                  'awaiting-approval', 'queued', 'running', 'paused', 'holding', 'aborting', 'reverting',
                  'done', 'reverted', 'aborted', 'failed', 'rejected', 'expired', 'withdrawn', 'superseded')),
  desired       text        not null default 'run' check (desired in ('run', 'pause', 'abort', 'revert')),
  params        jsonb       not null,
  plan          jsonb       not null,
  digest        text        not null,
  reason        text        not null check (length(reason) between 1 and 2000),
  price         jsonb,
  acknowledged  text[]      not null default '{}',      -- checks the requester accepted, by code
  requested_by  uuid        not null references person (id),
  requested_via text        not null check (requested_via in ('console', 'api', 'cli')),
  needed        integer     not null check (needed >= 0),
  expires_at    timestamptz not null,
  epoch         bigint      not null default 0,         -- raised to take the environment from a holder
  reverts       text        references operation (id),
  created_at    timestamptz not null default now(),
  started_at    timestamptz,
  ended_at      timestamptz,
  outcome       text,                                   -- one sentence for people
  check ((ended_at is not null) = (state in ('done', 'reverted', 'aborted', 'failed', 'rejected', 'expired', 'withdrawn', 'superseded')))
);

-- One mutating operation per environment: a request that waits for approval holds nothing.
create unique index operation_one_active on operation (environment)
  where state in ('queued', 'running', 'paused', 'holding', 'aborting', 'reverting');
-- One person asks for one plan once: a form sent twice is one request.
create unique index operation_one_request on operation (requested_by, digest) where state = 'awaiting-approval';
create index operation_recent on operation (created_at desc, id desc);
create index operation_waiting on operation (environment, created_at) where state = 'awaiting-approval';
create index operation_environment on operation (environment, created_at desc, id desc);

create table operation_step (
  operation_id text        not null references operation (id),
  position     integer     not null,
  key          text        not null,
  title        text        not null,
  action       text        not null,
  region       text,
  irreversible boolean     not null default false,
  state        text        not null default 'waiting' check (state in (
                 'waiting', 'running', 'done', 'skipped', 'holding', 'failed', 'unknown', 'reverted', 'not-run')),
  attempt      integer     not null default 0,
  started_at   timestamptz,
  ended_at     timestamptz,
  evidence     jsonb       not null default '[]',
  cli          text[]      not null default '{}',
  primary key (operation_id, position),
  unique (operation_id, key)
);

-- Every start, finish and failure of a step, as it happened; written at least once.
create table operation_event (
  id           bigint generated always as identity primary key,
  operation_id text        not null references operation (id),
  step_key     text,
  attempt      integer     not null default 0,
  kind         text        not null,
  executor     text,
  detail       jsonb       not null default '{}',
  at           timestamptz not null default clock_timestamp()
);
create index operation_event_operation on operation_event (operation_id, id);
create unique index operation_event_once on operation_event (operation_id, step_key, attempt, kind)
  where kind in ('started', 'finished', 'failed');

-- Every call to AWS or Kubernetes made for an operation.
create table operation_call (
  id           bigint generated always as identity primary key,
  operation_id text        not null references operation (id),
  step_key     text        not null,
  at           timestamptz not null,
  service      text        not null,
  action       text        not null,
  region       text        not null,
  host         text        not null,
  status       text        not null,                    -- HTTP status or the error's name
  request_id   text,
  duration_ms  integer     not null,
  mutating     boolean     not null,
  summary      text
);
create index operation_call_operation on operation_call (operation_id, id);

create table approval_policy (
  environment     text    not null,                     -- '*' for any
  kind            text    not null,                     -- '*' for any
  needed          integer not null check (needed between 0 and 9),
  expires_minutes integer not null check (expires_minutes between 1 and 525600),
  tokens_approve  boolean not null default false,
  updated_by      text    not null,
  updated_at      timestamptz not null default now(),
  primary key (environment, kind)
);

create table approval_decision (
  id           uuid        primary key,
  operation_id text        not null references operation (id),
  person_id    uuid        not null references person (id),
  decision     text        not null check (decision in ('approve', 'reject')),
  digest       text        not null,
  reason       text        not null default '',
  via          text        not null check (via in ('console', 'api', 'cli')),
  decided_at   timestamptz not null default now(),
  constraint approval_decision_once unique (operation_id, person_id, digest),
  check (decision = 'approve' or length(reason) > 0)
);
create index approval_decision_person on approval_decision (person_id, decided_at desc);

-- No change while it lasts; null means every environment, Region or kind. Emergencies and reverts are exempt by rule.
create table "freeze" (                                -- quoted: FREEZE is a reserved word
  id            uuid        primary key,
  environment   text,
  region        text,
  kind          text,
  stop_the_line boolean     not null default false,     -- also holds what is already running
  reason        text        not null check (length(reason) between 1 and 500),
  incident_url  text,
  starts_at     timestamptz not null,
  ends_at       timestamptz,
  created_by    uuid        not null references person (id),
  created_at    timestamptz not null default now(),
  lifted_by     uuid        references person (id),
  lifted_at     timestamptz,
  check (ends_at is null or ends_at > starts_at),
  check ((lifted_by is null) = (lifted_at is null))
);
create index freeze_open on "freeze" (starts_at) where lifted_at is null;

create table webhook (
  id          uuid        primary key,
  name        text        not null,
  url         text        not null,
  secret      bytea       not null,                     -- sealed with MERIDIAN_SECRET
  topics      text[]      not null,
  created_by  text        not null,
  created_at  timestamptz not null default now(),
  disabled_at timestamptz
);

create table notification (
  id              bigint generated always as identity primary key,
  webhook_id      uuid        not null references webhook (id),
  topic           text        not null,
  payload         jsonb       not null,
  created_at      timestamptz not null default now(),
  attempts        integer     not null default 0,
  next_attempt_at timestamptz not null default now(),
  delivered_at    timestamptz,
  dead_at         timestamptz,
  last_error      text
);
create index notification_due on notification (next_attempt_at) where delivered_at is null and dead_at is null;

-- Workers of the engine (docs/adr/0004-takeover.md).
create table worker (
  executor_id  text        primary key,
  app_version  text        not null,
  host         text        not null,
  pid          integer     not null,
  state        text        not null default 'up' check (state in ('up', 'stopped', 'dead')),
  started_at   timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp()
);
create index worker_up on worker (heartbeat_at) where state = 'up';
