-- Who must agree: by risk too, by rules beside the number, by delegates; changes asked for, comments; dead letters.

-- `rules`: what must be met beside the number of approvers (lib/domain/approval/rules.ts).
alter table approval_policy
  add column risk  text  not null default '*' check (risk in ('*', 'ordinary', 'high')),
  add column rules jsonb not null default '[]' check (jsonb_typeof(rules) = 'array'),
  drop constraint approval_policy_pkey,
  add primary key (environment, kind, risk);

alter table operation
  add column approval_terms jsonb,                        -- risk, rules and author as they were when it was requested
  add column voided         jsonb;                        -- when its approvals were found void, and by what differences

-- `changes-asked`: an approver wants it requested another way.
alter table operation drop constraint operation_state_check;
alter table operation add constraint operation_state_check check (state in (
  'awaiting-approval', 'preempting', 'queued', 'running', 'paused', 'holding', 'aborting', 'reverting',
  'done', 'incomplete', 'reverted', 'aborted', 'failed', 'rejected', 'changes-asked', 'expired', 'withdrawn', 'superseded'));
alter table operation drop constraint operation_check;
alter table operation add constraint operation_check check ((ended_at is not null) = (state in (
  'done', 'incomplete', 'reverted', 'aborted', 'failed', 'rejected', 'changes-asked', 'expired', 'withdrawn', 'superseded')));

alter table approval_decision drop constraint approval_decision_decision_check;
alter table approval_decision
  add column in_name_of uuid references person (id),      -- whose approval it is, where a delegate gave it
  add constraint approval_decision_decision_check check (decision in ('approve', 'reject', 'ask-changes')),
  add constraint approval_decision_principal_check check (in_name_of <> person_id);
create unique index approval_decision_principal on approval_decision (operation_id, in_name_of, digest)
  where in_name_of is not null;
create index approval_decision_in_name_of on approval_decision (in_name_of, decided_at desc) where in_name_of is not null;
-- What a person asked for and decided, newest first.
create index operation_requester_recent on operation (requested_by, created_at desc, id desc);

create table approval_delegation (
  id          uuid        primary key,
  from_person uuid        not null references person (id),
  to_person   uuid        not null references person (id),
  reason      text        not null check (length(reason) between 3 and 500),
  starts_at   timestamptz not null,
  ends_at     timestamptz not null,
  created_at  timestamptz not null,
  revoked_at  timestamptz,
  revoked_by  uuid        references person (id),
  check (from_person <> to_person),
  check (ends_at > starts_at),
  check ((revoked_at is null) = (revoked_by is null))
);
create index approval_delegation_to on approval_delegation (to_person, ends_at) where revoked_at is null;
create index approval_delegation_from on approval_delegation (from_person, ends_at) where revoked_at is null;
create index approval_delegation_recent on approval_delegation (created_at desc, id desc);

create table operation_comment (
  id           uuid        primary key,
  operation_id text        not null references operation (id),
  person_id    uuid        not null references person (id),
  body         text        not null check (length(body) between 1 and 4000),
  via          text        not null check (via in ('console', 'api', 'cli')),
  written_at   timestamptz not null
);
create index operation_comment_operation on operation_comment (operation_id, written_at, id);

-- `secret`: what signs (signed), the whole URL (slack), the routing key (pagerduty); always sealed.
alter table webhook
  add column kind text not null default 'signed' check (kind in ('signed', 'slack', 'pagerduty'));

-- A dead letter is sent again or discarded by a person.
alter table notification
  add column discarded_at timestamptz,
  add column discarded_by text,
  add constraint notification_discarded_check check (
    (discarded_at is null) = (discarded_by is null) and (discarded_at is null or dead_at is not null));
create index notification_dead on notification (dead_at desc, id desc) where dead_at is not null and discarded_at is null;
