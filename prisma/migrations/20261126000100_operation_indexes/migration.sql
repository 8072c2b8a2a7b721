-- Who puts an operation back, and what a person asked for: both are foreign keys that pages follow.
create index operation_reverts on operation (reverts);
create index operation_requested_by on operation (requested_by);
