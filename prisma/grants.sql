-- What the application's role may do; run after every migration. `:application` is the role's name.
revoke all on all tables in schema public from public;
revoke all on all functions in schema public from public;
grant usage on schema public to :application;
grant select, insert, update, delete on all tables in schema public to :application;
revoke insert, update, delete on audit_entry, estate_revision, _prisma_migrations from :application;
-- What is evidence is written once; what somebody owes or was told to do is ended, never removed.
revoke update, delete on recovery_report, salvage_order, readiness_change, operation_comment,
  freeze_exception_use from :application;
revoke delete on finding_dismissal, review_debt, fence, drill_schedule, recovery_policy, policy_act,
  release, approval_delegation, freeze_exception from :application;
grant usage on all sequences in schema public to :application;
grant execute on function audit_append(text), audit_time(timestamptz), sample_partitions(integer, integer),
  change_doorbell(), people_doorbell(), audit_refuse_change(), release_refuse_change() to :application;
-- An owner that may not alter roles leaves this to whoever made them; the launcher then asks for it per connection.
do $$
begin
  alter role :application set lock_timeout = '2s';
  alter role :application set idle_in_transaction_session_timeout = '5s';
exception when insufficient_privilege then
  raise notice 'the bounded waits of the application''s role are left as they are';
end $$;
