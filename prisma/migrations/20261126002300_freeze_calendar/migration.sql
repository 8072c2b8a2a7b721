-- Freezes have names, hold whole kinds of action, recur by a rule, and let through what somebody excepts.
alter table "freeze"
  add column name             text check (length(name) between 1 and 80),
  add column action_kind      text check (action_kind in ('deploy', 'shift', 'failover', 'rollback', 'lifecycle', 'cost')),
  -- Null: from starts_at until ends_at. Else from starts_at, the first time, until ends_at, for good, and only while the rule says so.
  add column rule             text check (length(rule) between 1 and 300),
  add column zone             text check (length(zone) between 1 and 50),
  add column local_start      text check (local_start ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d$'),
  add column duration_minutes integer check (duration_minutes between 1 and 44640),
  add column changed_at       timestamptz,
  add column changed_by       uuid references person (id),
  add constraint freeze_one_kind check (kind is null or action_kind is null),
  -- What stops the line never holds what puts things back, and holds from now on.
  add constraint freeze_line check (not stop_the_line or (rule is null and action_kind is distinct from 'rollback')),
  add constraint freeze_recurrence check (
    num_nonnulls(rule, zone, local_start, duration_minutes) in (0, 4)),
  add constraint freeze_changed check ((changed_by is null) = (changed_at is null));

-- Those that are over, for the list that pages through them.
create index freeze_recent on "freeze" (created_at desc, id desc);

-- One freeze, let through for one kind of action in one environment, until a moment.
create table freeze_exception (
  id           uuid        primary key,
  freeze_id    uuid        not null references "freeze" (id),
  environment  text        not null,
  region       text,                                      -- null: every Region that the freeze covers
  action_kind  text        not null check (action_kind in ('deploy', 'shift', 'failover', 'rollback', 'lifecycle', 'cost')),
  person_id    uuid        references person (id),        -- whose requests; null: anybody's but the grantor's
  once         boolean     not null default false,
  reason       text        not null check (length(reason) between 1 and 500),
  granted_by   uuid        not null references person (id),
  granted_at   timestamptz not null,
  ends_at      timestamptz not null,
  ended_by     uuid        references person (id),        -- taken back before its end
  ended_at     timestamptz,
  check (ends_at > granted_at),
  check (person_id <> granted_by),
  check ((ended_by is null) = (ended_at is null))
);
create index freeze_exception_freeze on freeze_exception (freeze_id, granted_at desc);

-- Operations that went through by one.
create table freeze_exception_use (
  exception_id uuid        not null references freeze_exception (id),
  operation_id text        not null references operation (id),
  used_at      timestamptz not null default now(),
  primary key (exception_id, operation_id)
);
create index freeze_exception_use_operation on freeze_exception_use (operation_id);
