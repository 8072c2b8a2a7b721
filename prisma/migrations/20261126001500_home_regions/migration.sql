-- Where the processes stand: a run that leaves a Region is not to be left to those that may go down with it.

-- Home Region; null of a worker of an earlier version, which does not say.
alter table worker add column region text check (length(region) between 1 and 40);

-- Consoles that serve people now. A row lasts as long as its process beats, and says to nobody who is signed in.
create table console (
  id           uuid        primary key,
  region       text        not null check (length(region) between 1 and 40),
  url          text,                                       -- address in people's browsers; null where none was set
  started_at   timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp()
);
