/** Class of the advisory locks that barriers are made of. */
export const BARRIER_LOCKS = 77;

/** Effects to count, and barriers: a process that passes a barred point waits for a lock that the test holds. */
export const WORLD = `
  create table test_effect (name text not null, pid integer not null, at timestamptz not null default clock_timestamp());
  create table test_barrier (point text primary key);
  create function test_wait(point text) returns void language plpgsql security definer as $$
  begin
    if exists (select 1 from test_barrier b where b.point = test_wait.point) then
      perform pg_advisory_xact_lock(${BARRIER_LOCKS}, hashtext(test_wait.point));
    end if;
  end $$;
  create function test_wait_event() returns trigger language plpgsql as $$
  begin perform test_wait('event:' || new.kind || ':' || coalesce(new.step_key, '')); return new; end $$;
  create trigger test_event before insert on operation_event for each row execute function test_wait_event();
  create function test_wait_checkpoint() returns trigger language plpgsql as $$
  begin perform test_wait('checkpoint:' || new.function_name); return new; end $$;
  create trigger test_checkpoint before insert on dbos.operation_outputs
    for each row execute function test_wait_checkpoint();
  grant select, insert on test_effect to meridian_app;
  grant execute on function test_wait(text), test_wait_event(), test_wait_checkpoint() to meridian_app;`;
