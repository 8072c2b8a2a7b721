-- Acting by itself: what an environment's policy lets Meridian do when a Region is seen failing, and what it did.

-- Who acts by policy: nobody's account, so that a request has a requester. It has no password, no identity at a provider,
-- no grant, and is shut; what it may do is in code alone (lib/services/operations/by-policy.ts).
insert into person (id, email, name, disabled_at)
  values ('00000000-0000-4000-8000-000000000001', 'policy@meridian.invalid', 'Meridian', now());
alter table person add constraint person_policy_shut check (
  id <> '00000000-0000-4000-8000-000000000001'
  or (password_hash is null and oidc_subject is null and disabled_at is not null));
alter table role_grant add constraint role_grant_policy_none check (person_id <> '00000000-0000-4000-8000-000000000001');
alter table operation drop constraint operation_requested_via_check;
alter table operation add constraint operation_requested_via_check
  check (requested_via in ('console', 'api', 'cli', 'policy'));

create table recovery_policy (
  environment text        primary key,
  on_failing  text        not null check (on_failing in ('recommend', 'evacuate-reads')),
  accepts     text[]      not null default '{}' check (accepts <@ array['capacity', 'residency']),
  reason      text        not null check (length(reason) between 3 and 2000),
  set_by      uuid        not null references person (id),
  set_at      timestamptz not null
);

-- One a Region and incident: from the moment it is seen failing under a policy that acts, until it is seen serving again.
create table policy_act (
  id            uuid        primary key,
  environment   text        not null,
  region        text        not null,
  state         text        not null default 'waiting' check (state in ('waiting', 'started', 'stood-down')),
  failing_since timestamptz not null,
  opened_at     timestamptz not null,
  evidence      jsonb       not null,                     -- the Region's verdict and its vantage points, as they stood
  rule          text,                                     -- what keeps it from acting, or made it stand down
  reason        text,
  said          text[]      not null default '{}',        -- rules that people were told of: each is said once
  operation_id  text        unique references operation (id),
  acted_at      timestamptz,
  ended_at      timestamptz,                              -- the Region serves again
  check ((rule is null) = (reason is null)),
  check ((state = 'started') = (operation_id is not null)),
  check ((state = 'waiting') = (acted_at is null))
);
create unique index policy_act_open on policy_act (environment, region) where ended_at is null;
create index policy_act_recent on policy_act (environment, opened_at desc, id desc);
