-- What the overview says of the matrix, so that a page of many Regions neither evaluates it nor reads the class of each cell.
alter table recovery_watch add column readiness_summary jsonb;
