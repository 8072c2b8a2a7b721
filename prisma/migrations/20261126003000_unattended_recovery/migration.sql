-- What happens without anybody at a console: a drill that is due is requested, two writers are told of, and what a break-glass
-- script left open is shut. And what was never carried out is proven no more.

-- A scheduled drill is requested in the name of who scheduled it, once for each time that it is due.
alter table drill_schedule
  add column asked_for    timestamptz,                          -- the due time that it was requested for, or given up
  add column operation_id text references operation (id),       -- the last request
  add column refusal      text,                                 -- why it was not requested, for as long as it was not
  add column told         text[] not null default '{}';         -- rules that people were told of, each once a due time
create index drill_schedule_operation on drill_schedule (operation_id);
alter table operation drop constraint operation_requested_via_check;
alter table operation add constraint operation_requested_via_check
  check (requested_via in ('console', 'api', 'cli', 'policy', 'schedule'));

-- A fence that no run of Meridian asked for: a break-glass script promoted another database and could not shut this one. It is
-- shut only while the other is seen to take orders.
alter table fence
  alter column operation_id drop not null,
  add column breakglass_run     uuid,
  add column diverged_at        timestamptz,                    -- up to when both had the same orders
  add column target_region      text,
  add column target_instance_id text,
  add constraint fence_asked check ((operation_id is null) = (breakglass_run is not null)),
  add constraint fence_offline check (num_nulls(breakglass_run, diverged_at, target_region, target_instance_id) in (0, 4)),
  add constraint fence_once_offline unique (breakglass_run, instance_arn);

-- Several databases of an environment that take orders, as they are seen: {"since", "writers": [{"region", "instanceId"}]}.
alter table recovery_watch add column split_brain jsonb;

-- A step that ended without having reached its Region was taken for proven (lib/domain/recovery/step-proof.ts).
delete from step_proof proof using operation_step step
  where step.operation_id = proof.operation_id and step.key = proof.step_key
    and (step.output @> '{"reached": false}' or step.output @> '{"ordered": false}' or step.output @> '{"restored": false}'
      or step.output @> '{"salvaged": false}' or step.output @> '{"fenced": "unreachable"}');
