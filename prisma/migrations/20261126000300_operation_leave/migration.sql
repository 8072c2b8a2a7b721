-- `leave`: a person ends a compensation that cannot pass, and what stands is left as it is.
alter table operation drop constraint operation_desired_check;
alter table operation add constraint operation_desired_check
  check (desired in ('run', 'pause', 'abort', 'revert', 'leave'));
