-- What a step hands to later ones, those that put things back among them; also of an attempt that had no end.
alter table operation_step add column output jsonb;
