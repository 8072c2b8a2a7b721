/** Database of the shop. */
export const DATABASE = 'shop';
/** The lab's superuser; as on RDS, customers have no password for it. */
export const SUPERUSER = 'rdsadmin';
export const REPLICATOR = 'rdsrepladmin';
export const MASTER = 'shop_admin';
export const APPLICATION = 'shop';

export interface Passwords {
  [SUPERUSER]: string;
  [REPLICATOR]: string;
  [MASTER]: string;
  [APPLICATION]: string;
}

/** Cluster-wide: what RDS makes before a customer first connects. Run in the database `postgres`. */
export function clusterStatements(passwords: Passwords): string[] {
  const secret = (role: keyof Passwords) => `password '${passwords[role]}'`;
  return [
    'create role rds_superuser nologin',
    'grant pg_monitor, pg_signal_backend, pg_checkpoint to rds_superuser with admin option',
    `create role ${REPLICATOR} login replication ${secret(REPLICATOR)}`,
    `create role ${MASTER} login createdb createrole ${secret(MASTER)} in role rds_superuser`,
    `create role ${APPLICATION} login ${secret(APPLICATION)}`,
    `create database ${DATABASE} owner ${MASTER}`,
    'create table rds_heartbeat (id integer primary key, value bigint not null)',
    'insert into rds_heartbeat values (1, 0)',
  ];
}

export const PRODUCT_COUNT = 300;

/** The shop's tables with their first rows. Run in the database of the shop, as its owner. */
export const SHOP_STATEMENTS = [
  `create table products (
    id integer primary key,
    sku text not null unique,
    name text not null,
    category text not null,
    price numeric(10,2) not null check (price >= 0)
  )`,
  // The region is where the order was taken; the writer stores orders of all of them.
  `create table orders (
    id uuid primary key default gen_random_uuid(),
    region text not null,
    placed_at timestamptz not null default now(),
    product integer not null references products (id),
    amount numeric(10,2) not null check (amount >= 0),
    customer text not null
  )`,
  'create index orders_placed_at on orders (placed_at)',
  'create table heartbeat (region text primary key, beat_at timestamptz not null)',
  `insert into products
     select n,
            'SKU-' || lpad(n::text, 5, '0'),
            (array['Oak','Linen','Copper','Wool','Glass','Cedar'])[1 + n % 6] || ' ' ||
            (array['Chair','Lamp','Kettle','Blanket','Shelf','Clock','Bowl','Mirror'])[1 + n % 8] || ' ' || n,
            (array['furniture','lighting','kitchen','textiles'])[1 + n % 4],
            (500 + n * 7919 % 24500) / 100.0
       from generate_series(1, ${PRODUCT_COUNT}) n`,
  `grant select on products to ${APPLICATION}`,
  `grant select, insert, update, delete on orders, heartbeat to ${APPLICATION}`,
];
