-- `proved_at`: when the maker of a token that may declare an emergency, or approve, had proved who they are; null where nothing
-- of the kind is carried, and for tokens of before this was asked, which may do neither (lib/domain/access/proof.ts).
alter table api_token add column proved_at timestamptz;
