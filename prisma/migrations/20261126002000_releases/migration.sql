-- Releases: versions of the application, each for good one image, and whether it was found to be bad.

create table release (
  version       text        primary key check (version ~ '^v[0-9]{1,6}[.][0-9]{1,6}[.][0-9]{1,6}(-[0-9A-Za-z.-]{1,40})?$'),
  digest        text        not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  schema        text        not null check (schema in ('none', 'expand', 'contract')),
  schema_note   text        not null check (length(schema_note) between 3 and 2000),
  notes         text        not null check (length(notes) <= 10000),
  change_url    text        check (change_url ~ '^https?://' and length(change_url) <= 500),
  author        text        not null check (length(author) between 1 and 200),
  registered_by uuid        not null references person (id),
  registered_at timestamptz not null,
  bad_at        timestamptz,
  bad_by        uuid        references person (id),       -- null: a gate decided it
  bad_reason    text        check (length(bad_reason) between 3 and 2000),
  bad_operation text        references operation (id),    -- the deployment that showed it
  check ((bad_at is null) = (bad_reason is null)),
  check (bad_at is not null or num_nonnulls(bad_by, bad_operation) = 0)
);
create index release_recent on release (registered_at desc, version desc);
create index release_digest on release (digest);

-- What a version is never changes: only the verdict on it does.
create function release_refuse_change() returns trigger
  language plpgsql as $$
begin
  if (old.version, old.digest, old.schema, old.schema_note, old.notes, old.change_url, old.author, old.registered_by, old.registered_at)
    is distinct from
     (new.version, new.digest, new.schema, new.schema_note, new.notes, new.change_url, new.author, new.registered_by, new.registered_at)
  then
    raise exception 'release % stays as it was registered', old.version using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger release_immutable before update on release for each row execute function release_refuse_change();

-- The list of deployments, and what releases and numbers read of them.
create index operation_deployments on operation (environment, created_at desc, id desc) where kind in ('deployment', 'rollback');
create index operation_deployed_version on operation ((params -> 'request' ->> 'version'), created_at desc) where kind = 'deployment';
-- Of a deployment's many steps and events, those that say when users were moved and whether it was turned round.
create index operation_step_switch on operation_step (operation_id) where action in ('deploy.switch', 'deploy.switch-back');
create index operation_event_turn on operation_event (operation_id, kind, at) where kind in ('begun', 'stopping');
