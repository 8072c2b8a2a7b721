-- The tamper-evident audit log (docs/adr/0002-audit-chain.md).
-- An entry is canonical JSON (RFC 8785) kept as text, so a verifier never re-encodes it.
-- hash = SHA-256(previous hash || seq as 8 bytes || time as text || entry), all big-endian and UTF-8.

create table audit_entry (
  seq          bigint      primary key,
  at           timestamptz not null,
  entry        text        not null,
  prev_hash    bytea       not null check (length(prev_hash) = 32),
  hash         bytea       not null check (length(hash) = 32),
  actor_id     text generated always as ((entry::jsonb) -> 'actor' ->> 'id') stored,
  verb         text generated always as ((entry::jsonb) ->> 'verb') stored,
  outcome      text generated always as ((entry::jsonb) ->> 'outcome') stored,
  operation_id text generated always as ((entry::jsonb) ->> 'operation') stored,
  environment  text generated always as ((entry::jsonb) ->> 'environment') stored,
  region       text generated always as ((entry::jsonb) ->> 'region') stored
);

create index audit_entry_operation on audit_entry (operation_id, seq) where operation_id is not null;
create index audit_entry_actor on audit_entry (actor_id, seq);
create index audit_entry_verb on audit_entry (verb, seq);
create index audit_entry_refused on audit_entry (seq) where outcome <> 'done';
create index audit_entry_at on audit_entry (at);

-- The text form of a row's time that is hashed: UTC, microseconds.
create function audit_time(at timestamptz) returns text
language sql immutable parallel safe
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- Numbers, times, chains and stores one entry. Commits are serialised by one transaction lock,
-- so numbers have no gap and the order of the chain is the order of commit.
create function audit_append(new_entry text) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  last_seq  bigint;
  last_hash bytea;
  new_at    timestamptz;
begin
  if (new_entry::jsonb) ->> 'verb' is null or (new_entry::jsonb) -> 'actor' ->> 'id' is null
     or coalesce((new_entry::jsonb) ->> 'outcome', '') not in ('done', 'refused', 'failed') then
    raise exception 'an audit entry needs verb, actor.id and an outcome of done, refused or failed' using errcode = '23514';
  end if;
  perform pg_advisory_xact_lock(7002, 1);
  select seq, hash into last_seq, last_hash from public.audit_entry order by seq desc limit 1;
  last_seq := coalesce(last_seq, 0);
  last_hash := coalesce(last_hash, '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea);
  new_at := clock_timestamp();
  insert into public.audit_entry (seq, at, entry, prev_hash, hash)
  values (last_seq + 1, new_at, new_entry, last_hash,
          sha256(last_hash || int8send(last_seq + 1) || convert_to(public.audit_time(new_at), 'UTF8') || convert_to(new_entry, 'UTF8')));
  return last_seq + 1;
end $$;

create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only: % is refused', tg_op using errcode = '42501';
end $$;

create trigger audit_entry_no_change before update or delete on audit_entry
  for each row execute function audit_refuse_change();
create trigger audit_entry_no_truncate before truncate on audit_entry
  for each statement execute function audit_refuse_change();
