create table estate_revision (
  id          bigint generated always as identity primary key,
  hash        text        not null unique,
  yaml        text        not null,
  imported_at timestamptz not null default now(),
  imported_by text        not null
);

-- What AWS said last about one thing, and whether asking still works.
create table observation (
  region       text        not null,                   -- where it was asked; 'global' for Route 53 and Cost Explorer
  kind         text        not null,                   -- database, records, health-check, cluster, nodes, service, peering, alarm, cost, identity, metrics
  name         text        not null,
  value        jsonb,                                  -- null: never answered
  observed_at  timestamptz,                            -- when `value` was true
  attempted_at timestamptz not null,
  error        text,                                   -- why the last attempt gave nothing new
  error_since  timestamptz,
  epoch        bigint      not null,                   -- the collector lease that wrote it
  primary key (region, kind, name),
  check ((value is null) = (observed_at is null)),
  check ((error is null) = (error_since is null))
);

-- One stream of numbers; `subject` is a Region, a geography or a link 'from>to'.
create table series (
  id      integer generated always as identity primary key,
  subject text not null,
  metric  text not null,
  unit    text not null,
  constraint series_once unique (subject, metric)
);

create table sample (
  series_id integer          not null,
  at        timestamptz      not null,
  value     double precision not null,
  primary key (series_id, at)
) partition by range (at);

-- Minutes and hours, for ranges in which raw samples are too many or already dropped.
create table sample_rollup (
  series_id      integer          not null,
  bucket_seconds integer          not null check (bucket_seconds in (60, 3600)),
  at             timestamptz      not null,
  minimum        double precision not null,
  maximum        double precision not null,
  average        double precision not null,
  count          integer          not null check (count > 0),
  primary key (series_id, bucket_seconds, at)
);

-- Makes daily partitions from yesterday to `days_ahead` days ahead and drops those older than `days_kept`.
create function sample_partitions(days_ahead integer, days_kept integer) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  day     date;
  old     record;
  changed integer := 0;
begin
  perform pg_advisory_xact_lock(7002, 2);
  for day in select generate_series(current_date - 1, current_date + days_ahead, interval '1 day')::date loop
    if to_regclass(format('public.sample_%s', to_char(day, 'YYYYMMDD'))) is null then
      execute format('create table public.sample_%s partition of public.sample for values from (%L) to (%L)',
                     to_char(day, 'YYYYMMDD'), day, day + 1);
      changed := changed + 1;
    end if;
  end loop;
  for old in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.sample'::regclass and c.relname < 'sample_' || to_char(current_date - days_kept, 'YYYYMMDD')
  loop
    execute format('drop table public.%I', old.relname);
    changed := changed + 1;
  end loop;
  return changed;
end $$;

-- One elected collector: a holder, until a time by this database's clock, and an epoch that every write carries.
create table lease (
  name       text        primary key,
  holder     text        not null,
  epoch      bigint      not null,
  expires_at timestamptz not null
);

-- How asking goes, by Region and service: the circuit breaker's state and the request budget, for people to see.
create table collector_health (
  region      text        not null,
  service     text        not null,
  state       text        not null check (state in ('closed', 'open', 'probing')),
  failures    integer     not null,
  last_ok_at  timestamptz,
  last_error  text,
  calls       integer     not null,                    -- in the last full cycle
  cycle_ms    integer     not null,
  updated_at  timestamptz not null,
  primary key (region, service)
);
