import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { type Database, openDatabase } from '#lib/data/database.ts';
import type { Grant, Role } from '#lib/domain/access/access.ts';
import type { AuditEntry } from '#lib/domain/audit/entry.ts';
import { estateOf } from '#lib/domain/estate/environments.ts';
import { type Environment, type Estate, parseEstate, type Region } from '#lib/domain/estate/estate.ts';
import type {
  DatabaseObservation,
  ObservationKind,
  ObservationValues,
  WeightedTarget,
} from '#lib/domain/observation/kinds.ts';
import { fromRecordWeights } from '#lib/domain/traffic/weights.ts';
import { type ClosableEngineClient, createEngineClient } from '#lib/engine/client.ts';
import { MeridianError } from '#lib/errors.ts';
import type { VerbContext, Via } from '#lib/services/context.ts';
import { importEstate } from '#lib/services/estate/estate.ts';
import { hashPassword } from '#lib/services/sessions/password.ts';
import { recoveryObservations } from '../recovery-observations.ts';
import { APPLICATION, databaseUrl, OWNER, TEMPLATE } from './server.ts';

export const ESTATE_FILE = path.join(import.meta.dirname, '../../estate.yaml');

export interface TestPerson {
  id: string;
  email: string;
  name: string;
  grants: Grant[];
}

export interface ContextOptions {
  now?: Date;
  via?: Via;
  /** When the session's password was last given, or before the token was made; by default just now. */
  provedAt?: Date | null;
  /** Acts by a token of the person that carries these scopes. */
  tokenScopes?: readonly string[];
}

let made = 0;

/**
 * A database of its own for this test file, cloned from the migrated template, with the estate imported; opened before
 * the file's tests and dropped after them.
 */
export function testWorld(): World {
  const world = new World();
  const warned: string[] = [];
  const onWarning = ({ message }: Error) =>
    void (message.includes('already executing a query') && warned.push(message));
  beforeAll(async () => {
    process.on('warning', onWarning);
    await world.open();
  });
  afterAll(async () => {
    await world.close();
    process.off('warning', onWarning);
    // pg 9 refuses what it warns of today: a second statement before the first of its connection has ended.
    expect(warned).toEqual([]);
  });
  return world;
}

/** One test file's database and the people, contexts and observations to fill it with. */
export class World {
  readonly name = `service_${process.pid}_${randomUUID().slice(0, 8)}`;
  #database: Database | undefined;
  #owner: pg.Client | undefined;
  #engine: ClosableEngineClient | undefined;
  #estate: Estate | undefined;

  get database(): Database {
    return opened(this.#database);
  }

  /** A session of the role that owns the tables: what an attacker with the owner's password could do. */
  get owner(): pg.Client {
    return opened(this.#owner);
  }

  get estate(): Estate {
    return opened(this.#estate);
  }

  get url(): string {
    return databaseUrl(inject('serviceServer').port, APPLICATION, this.name);
  }

  get ownerUrl(): string {
    return databaseUrl(inject('serviceServer').port, OWNER, this.name);
  }

  async open(): Promise<void> {
    await superuser(`create database ${this.name} template ${TEMPLATE} owner ${OWNER}`);
    await superuser(`grant connect on database ${this.name} to ${APPLICATION}`);
    this.#owner = new pg.Client({ connectionString: this.ownerUrl });
    await this.#owner.connect();
    const yaml = readFileSync(ESTATE_FILE, 'utf8');
    await this.#owner.query('begin');
    await importEstate(this.#owner, yaml, 'local:test@test');
    await this.#owner.query('commit');
    const parsed = parseEstate(yaml);
    if (!parsed.ok) throw new Error('estate.yaml does not parse');
    this.#estate = parsed.estate;
    this.#database = openDatabase({ url: this.url, connections: 12, name: 'service-test' });
    this.#engine = await createEngineClient({ database: this.#database, databaseUrl: this.url });
  }

  async close(): Promise<void> {
    await this.#engine?.close();
    await this.#database?.close();
    await this.#owner?.end();
    await superuser(`drop database if exists ${this.name} with (force)`);
  }

  /** Resolves once a session of this database waits for what another holds. */
  async untilSomebodyWaits(): Promise<void> {
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await this.database.pool.query(waiting)).rowCount).toBe(1);
  }

  /** Someone with that role everywhere, or with exactly these grants. */
  async person(
    grants: Role | Grant[],
    options: { password?: string; name?: string } = {},
  ): Promise<TestPerson> {
    made += 1;
    const person: TestPerson = {
      id: randomUUID(),
      email: `person${made}@example.test`,
      name: options.name ?? `Person ${made}`,
      grants: typeof grants === 'string' ? [{ role: grants, region: null, action: null }] : grants,
    };
    const hash = options.password ? await hashPassword(options.password) : null;
    await this.database.pool.query(
      'insert into person (id, email, name, password_hash) values ($1, $2, $3, $4)',
      [person.id, person.email, person.name, hash],
    );
    for (const { role, region, action } of person.grants) {
      await this.database.pool.query(
        `insert into role_grant (id, person_id, role, region, action, granted_by) values ($1, $2, $3, $4, $5, 'test')`,
        [randomUUID(), person.id, role, region, action],
      );
    }
    return person;
  }

  /** What a verb is called with on behalf of that person. */
  contextFor(person: TestPerson, options: ContextOptions = {}): VerbContext {
    const { now = new Date(), via = 'console', tokenScopes, provedAt = now } = options;
    return {
      actor: {
        audit: tokenScopes
          ? { kind: 'token', id: randomUUID(), owner: person.id }
          : { kind: 'person', id: person.id },
        personId: person.id,
        name: person.name,
        grants: person.grants,
        ...(tokenScopes ? { tokenScopes } : {}),
        ...(provedAt ? { provedAt } : {}),
      },
      database: this.database,
      estate: this.estate,
      engine: opened(this.#engine),
      now,
      requestId: randomUUID(),
      via,
    };
  }

  /** Entries of the log after row `after`, oldest first. */
  async auditAfter(after = 0): Promise<(AuditEntry & { seq: number })[]> {
    const { rows } = await this.database.pool.query<{ seq: string; entry: string }>(
      'select a.seq::text, a.entry from audit_entry a where a.seq > $1 order by a.seq',
      [after],
    );
    return rows.map(({ seq, entry }) => ({ ...(JSON.parse(entry) as AuditEntry), seq: Number(seq) }));
  }

  async auditSeq(): Promise<number> {
    const { rows } = await this.database.pool.query<{ seq: string }>(
      'select coalesce(max(seq), 0)::text as seq from audit_entry',
    );
    return Number(rows[0]?.seq ?? 0);
  }

  /** What collectors would have stored just now: three healthy Regions, every geography at home. */
  async observe(changes: ObservedChanges = {}, now = new Date()): Promise<void> {
    const rows = [...healthyEstate(this.estate, now), ...(changes.extra ?? [])]
      .filter(({ region, kind, name }) => !changes.without?.(region, kind, name))
      .map((row) => ({ ...row, value: changes.change?.(row) ?? row.value }));
    await this.database.pool.query('delete from observation');
    for (const { region, kind, name, value } of rows) {
      await this.database.pool.query(
        `insert into observation (region, kind, name, value, observed_at, attempted_at, epoch) values ($1, $2, $3, $4, $5, $5, 1)`,
        [region, kind, name, JSON.stringify(value), now],
      );
    }
  }
}

export interface ObservedRow {
  region: string;
  kind: ObservationKind;
  name: string;
  value: unknown;
}

export interface ObservedChanges {
  without?: (region: string, kind: ObservationKind, name: string) => boolean;
  /** Another value for a row; undefined leaves it. */
  change?: (row: ObservedRow) => unknown;
  extra?: ObservedRow[];
}

function healthyEstate(estate: Estate, now: Date): ObservedRow[] {
  const row = <K extends ObservationKind>(
    region: string,
    kind: K,
    name: string,
    value: ObservationValues[K],
  ): ObservedRow => ({ region, kind, name, value });
  const codes = estate.regions.map(({ code }) => code);
  const recordWeights = Object.fromEntries(
    estate.geographies.map(({ key, homeRegion }) => [
      key,
      Object.fromEntries(codes.map((code) => [code, code === homeRegion ? 200 : 0])),
    ]),
  );
  const weights = Object.fromEntries(
    Object.entries(recordWeights).map(([key, row]) => [key, fromRecordWeights(row)]),
  );
  return [
    row('global', 'records', estate.dns.zoneId, {
      zoneId: estate.dns.zoneId,
      weights,
      recordWeights,
      targets: Object.fromEntries(
        estate.geographies.map(({ key }) => [
          key,
          Object.fromEntries(
            estate.regions.map(({ code, healthCheckId }) => [code, [targetIn(code, healthCheckId)]]),
          ),
        ]),
      ),
      hash: 'a'.repeat(64),
    }),
    row('global', 'cost', 'month', {
      from: '2026-11-01',
      toExclusive: '2026-11-16',
      lines: [
        ...codes.flatMap((region) => [
          {
            region,
            component: 'compute' as const,
            service: 'Amazon Elastic Compute Cloud - Compute',
            dollars: 1_500,
          },
          {
            region,
            component: 'database' as const,
            service: 'Amazon Relational Database Service',
            dollars: 900,
          },
        ]),
        { region: 'global', component: 'cdn', service: 'Amazon CloudFront', dollars: 950 },
        { region: 'us-east-1', component: 'other', service: 'AWS Support', dollars: 40 },
        {
          region: 'us-west-2',
          component: 'compute',
          service: 'Amazon Elastic Compute Cloud - Compute',
          dollars: 12,
        },
      ],
      daily: Array.from({ length: 15 }, (_, i) => ({
        date: `2026-11-${String(i + 1).padStart(2, '0')}`,
        dollars: 546.8,
      })),
      forecastDollars: 16_400,
      estimated: true,
    }),
    ...estate.regions.flatMap((region) => [
      row('global', 'health-check', region.healthCheckId, {
        region: region.code,
        healthy: true,
        percentHealthy: 100,
      }),
      row(region.code, 'nodes', region.cluster.name, {
        ready: region.nodes.ready,
        total: region.nodes.ready,
      }),
      row(region.code, 'node-group', region.cluster.nodegroup, {
        minimum: region.nodes.min,
        maximum: region.nodes.max,
        desired: region.nodes.ready,
        status: 'ACTIVE',
      }),
      row(region.code, 'database', region.database.instanceId, databaseOf(estate, region)),
      ...(region.database.role === 'replica'
        ? [
            row(region.code, 'lag', region.database.instanceId, {
              seconds: 0.4,
              bytes: 2_048,
              class: 'ok' as const,
              idle: false,
            }),
          ]
        : []),
      row(region.code, 'traffic', region.code, {
        requestsPerSecond: 20 * region.plan.trafficShare,
        errorRate: 0,
        p50Ms: 30,
        p95Ms: 90,
        p99Ms: 140,
        reads: { requestsPerSecond: 17 * region.plan.trafficShare, errorRate: 0, p95Ms: 80 },
        writes: { requestsPerSecond: 3 * region.plan.trafficShare, errorRate: 0, p95Ms: 120 },
        cpu: 0.4,
        memory: 0.5,
      }),
      row(region.code, 'alarms', region.code, { inAlarm: [], total: 6 }),
      row(region.code, 'peering', region.vpcId, {
        peerings: estate.peerings
          .filter(({ between }) => between.includes(region.code))
          .map(({ id, between }) => ({
            id,
            peerRegion: between.find((code) => code !== region.code) ?? '',
            status: 'active',
          })),
        routesTo: estate.peerings
          .filter(({ between }) => between.includes(region.code))
          .flatMap(({ between }) => between.filter((code) => code !== region.code)),
      }),
    ]),
    ...recoveryObservations(estate, (region) => databaseOf(estate, region), now),
    ...estate.environments.flatMap(ownDatabases),
  ];

  function ownDatabases(environment: Environment): ObservedRow[] {
    const { regions } = estateOf(estate, environment);
    return Object.keys(environment.databases ?? {}).flatMap((code) => {
      const region = regions.find((candidate) => candidate.code === code);
      if (!region) return [];
      const value = databaseOf({ ...estate, regions }, region);
      const { instanceId } = value;
      return [
        row(code, 'database', instanceId, value),
        row(code, 'databases', instanceId, { instances: [value] }),
      ];
    });
  }
}

function databaseOf(
  estate: Estate,
  { code, database }: Pick<Region, 'code' | 'database'>,
): DatabaseObservation {
  const { instanceId, role } = database;
  const primary = estate.regions.find((region) => region.database.role === 'primary');
  const arn = (region: string, id: string) => `arn:aws:rds:${region}:${estate.account}:db:${id}`;
  return {
    instanceId,
    arn: arn(code, instanceId),
    role,
    status: 'available',
    sourceArn: role === 'replica' && primary ? arn(primary.code, primary.database.instanceId) : null,
    replication: role === 'replica' ? 'replicating' : null,
    class: database.class,
    engineVersion: '16.4',
    multiAz: database.multiAz,
    backupRetentionDays: 7,
    endpoint: `${instanceId}.abc.${code}.rds.amazonaws.com:5432`,
    storageGiB: 100,
    parameterGroup: `${estate.estate}-postgres16`,
    securityGroupIds: ['sg-0a00000000000001'],
    securityGroupNames: [`${estate.estate}-database`],
    kmsKeyId: `arn:aws:kms:${code}:${estate.account}:key/mrk-1`,
    deletionProtection: role === 'primary',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

function targetIn(region: string, healthCheckId: string): WeightedTarget {
  const dnsName = `lb.${region}.elb.amazonaws.com.`;
  return {
    type: 'A',
    alias: { hostedZoneId: 'Z35SXDOTRQ7X7K', dnsName, evaluateTargetHealth: true },
    healthCheckId,
  };
}

/** The failure of a call that has to fail with one of ours; anything else is thrown on. */
export async function failure(call: Promise<unknown>): Promise<MeridianError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof MeridianError) return error;
    throw error;
  }
  throw new Error('It succeeded, and should have been refused.');
}

/** Runs one statement as the superuser of the test's server. */
export async function superuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('serviceServer').superuserUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The world is open only inside tests and hooks.');
  return part;
}
