import { randomUUID } from 'node:crypto';
import type { World } from './harness.ts';

/** A deployment or rollback as verbs and workers leave it, for tests of what reads them. Times in ms since the epoch. */
export interface DeploymentRow {
  kind?: 'deployment' | 'rollback';
  environment?: string;
  version?: string | null;
  state?: string;
  requestedAtMs?: number;
  begunAtMs?: number | null;
  turnedAtMs?: number | null;
  endedAtMs?: number | null;
  regions?: string[];
  switched?: Record<string, number>;
  /** Regions whose users were sent back. */
  back?: string[];
  reverts?: string | null;
}

export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

/** Stores it with its steps and events, and resolves with its id. */
export async function insertDeployment(
  world: World,
  requestedBy: string,
  row: DeploymentRow = {},
): Promise<string> {
  const { kind = 'deployment', environment = 'production', state = 'done', version = 'v2.0.0' } = row;
  const { regions = REGIONS, requestedAtMs = Date.now() - 3_600_000 } = row;
  const { begunAtMs = requestedAtMs + 1_000, endedAtMs = requestedAtMs + 600_000 } = row;
  const { rows } = await world.database.pool.query<{ id: string }>(
    `insert into operation (kind, environment, title, state, params, plan, digest, reason, requested_by, requested_via,
       needed, expires_at, created_at, started_at, ended_at, reverts)
     values ($1, $2, $3, $4, $5, $6, $7, 'a test', $8, 'console', 0, $9, $9, $10, $11, $12) returning id`,
    [
      kind,
      environment,
      `Deploy ${version}`,
      state,
      JSON.stringify({ request: version === null ? {} : { version } }),
      JSON.stringify({ version: 1, kind, environment, title: '', regions, steps: [], compensation: [] }),
      randomUUID().replaceAll('-', '').padEnd(64, '0'),
      requestedBy,
      new Date(requestedAtMs),
      begunAtMs === null ? null : new Date(begunAtMs),
      endedAtMs === null ? null : new Date(endedAtMs),
      row.reverts ?? null,
    ],
  );
  const id = rows[0]?.id ?? '';
  for (const [event, at] of [
    ['begun', begunAtMs],
    ['stopping', row.turnedAtMs ?? null],
  ] as const) {
    if (at === null) continue;
    await world.database.pool.query(
      'insert into operation_event (operation_id, kind, at) values ($1, $2, $3)',
      [id, event, new Date(at)],
    );
  }
  await insertSteps(world, id, row);
  return id;
}

async function insertSteps(
  world: World,
  id: string,
  { switched = {}, back = [] }: DeploymentRow,
): Promise<void> {
  const steps = [
    ...Object.entries(switched).map(([region, switchedAtMs]) => ({
      region,
      action: 'deploy.switch',
      key: `switch-${region}`,
      output: { switchedAtMs },
    })),
    ...back.map((region) => ({
      region,
      action: 'deploy.switch-back',
      key: `back-${region}`,
      output: { switchedAtMs: Date.now() },
    })),
  ];
  for (const [position, { region, action, key, output }] of steps.entries())
    await world.database.pool.query(
      `insert into operation_step (operation_id, position, key, title, action, region, state, attempt, output)
       values ($1, $2, $3, $3, $4, $5, 'done', 1, $6)`,
      [id, position, key, action, region, JSON.stringify(output)],
    );
}
