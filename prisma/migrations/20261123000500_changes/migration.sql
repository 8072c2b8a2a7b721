-- What the console's event stream tells: ids only. NOTIFY is the doorbell, this table the truth (Last-Event-ID).
create table change (
  id    bigint generated always as identity primary key,
  topic text        not null,                           -- operation, approval, observation, freeze, audit, people, collector
  ref   text        not null,
  at    timestamptz not null default clock_timestamp()
);
create index change_age on change (at);

create function change_doorbell() returns trigger language plpgsql as $$
begin
  perform pg_notify('meridian_change', new.id::text);
  return null;
end $$;
create trigger change_doorbell after insert on change for each row execute function change_doorbell();

-- Sessions are cached for two seconds; this drops the cache at once.
create function people_doorbell() returns trigger language plpgsql as $$
begin
  perform pg_notify('meridian_people', '');
  return null;
end $$;
create trigger person_doorbell after update on person for each statement execute function people_doorbell();
create trigger role_grant_doorbell after insert or update or delete on role_grant for each statement execute function people_doorbell();
create trigger session_doorbell after update of ended_at on session for each statement execute function people_doorbell();
create trigger api_token_doorbell after update of revoked_at on api_token for each statement execute function people_doorbell();
