-- The columns that filters use are written by `audit_append`, which reads an entry once: generated, each was an expression that
-- the database planned and an entry that it parsed anew for every row, and an append took half as long again as a plain insert.
-- `audit verify` compares them with the entry that is hashed. A check constraint is planned anew for every row too: what only
-- `audit_append` writes is checked there.
alter table audit_entry
  alter column actor_id drop expression,
  alter column verb drop expression,
  alter column outcome drop expression,
  alter column operation_id drop expression,
  alter column environment drop expression,
  alter column region drop expression;
alter table audit_entry
  alter column actor_id set not null,
  alter column verb set not null,
  alter column outcome set not null,
  drop constraint audit_entry_prev_hash_check,
  drop constraint audit_entry_hash_check;

create or replace function audit_append(new_entry text) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  parsed  jsonb := new_entry;
  locked  boolean;
  new_seq bigint;
begin
  if parsed ->> 'verb' is null or parsed -> 'actor' ->> 'id' is null
     or coalesce(parsed ->> 'outcome', '') not in ('done', 'refused', 'failed') then
    raise exception 'an audit entry needs verb, actor.id and an outcome of done, refused or failed' using errcode = '23514';
  end if;
  -- Assigned, for a simple expression is no statement of its own.
  locked := pg_advisory_xact_lock(7002, 1) is not null;
  -- One statement, whose snapshot is taken under the lock.
  insert into public.audit_entry
    (seq, at, entry, prev_hash, hash, actor_id, verb, outcome, operation_id, environment, region)
  select next.seq, next.at, new_entry, next.prev_hash,
    sha256(next.prev_hash || int8send(next.seq) || convert_to(public.audit_time(next.at), 'UTF8') || convert_to(new_entry, 'UTF8')),
    parsed -> 'actor' ->> 'id', parsed ->> 'verb', parsed ->> 'outcome', parsed ->> 'operation',
    parsed ->> 'environment', parsed ->> 'region'
  from (
    select coalesce(newest.seq, 0) + 1 as seq, clock_timestamp() as at,
      coalesce(newest.hash, '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea) as prev_hash
    from (select) as always
    left join lateral (select seq, hash from public.audit_entry order by seq desc limit 1) as newest on true
    offset 0
  ) as next
  returning seq into new_seq;
  return new_seq;
end $$;
