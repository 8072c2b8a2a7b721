create table person (
  id            uuid        primary key,
  email         text        not null check (email = lower(email) and length(email) between 3 and 254),
  name          text        not null check (length(name) between 1 and 120),
  password_hash text,                                  -- argon2id; null: signs in by OIDC only
  oidc_subject  text        unique,
  demo          boolean     not null default false,    -- comes with the lab
  disabled_at   timestamptz,
  created_at    timestamptz not null default now()
);
create unique index person_email on person (email);

-- Role × Region × action; null means every Region, every action of the role.
create table role_grant (
  id         uuid        primary key,
  person_id  uuid        not null references person (id),
  role       text        not null check (role in ('viewer', 'operator', 'approver', 'cost-reviewer', 'auditor', 'admin')),
  region     text,
  action     text,
  granted_by text        not null,
  granted_at timestamptz not null default now(),
  constraint role_grant_once unique nulls not distinct (person_id, role, region, action)
);

create table session (
  id           uuid        primary key,
  person_id    uuid        not null references person (id),
  created_at   timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at   timestamptz not null,
  proved_at    timestamptz not null default now(),     -- last time the password was given: irreversible steps ask again
  ended_at     timestamptz,
  ended_reason text,
  address      text,
  user_agent   text
);
create index session_person on session (person_id) where ended_at is null;

create table api_token (
  id           uuid        primary key,
  owner_id     uuid        not null references person (id),
  name         text        not null check (length(name) between 1 and 80),
  prefix       text        not null,                   -- first characters, to recognise it in lists
  hash         bytea       not null check (length(hash) = 32),
  scopes       text[]      not null,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  last_used_at timestamptz
);
create unique index api_token_hash on api_token (hash);
create index api_token_owner on api_token (owner_id);

-- Failed sign-ins by source and by account, one row a minute; the audit log gets one refusal a row, not one a try.
create table sign_in_failure (
  source  text        not null,                        -- 'address:…' or 'account:…'
  minute  timestamptz not null,
  count   integer     not null check (count > 0),
  primary key (source, minute)
);

create table idempotency_key (
  actor_id     text        not null,
  key          text        not null check (length(key) between 1 and 200),
  request_hash bytea       not null,
  status       integer,                                -- null while the first request is running
  response     jsonb,
  created_at   timestamptz not null default now(),
  primary key (actor_id, key)
);
create index idempotency_key_age on idempotency_key (created_at);
