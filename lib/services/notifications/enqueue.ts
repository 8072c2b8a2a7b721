import type pg from 'pg';

export const NOTIFICATION_TOPICS = [
  'approval.requested',
  'approval.decided',
  'operation.started',
  'operation.held',
  'operation.ended',
  'freeze.changed',
  'region.changed',
  'policy.acted',
  'readiness.blocked',
  'fence.changed',
  'split-brain.seen',
  'split-brain.ended',
  'review.opened',
  'review.decided',
  'drill.due',
  'drill.refused',
  'report.written',
] as const;
export type NotificationTopic = (typeof NOTIFICATION_TOPICS)[number];

/** Puts one row in the outbox for every webhook that listens to the topic; sent after commit by the workers. */
export async function enqueueNotification(
  connection: Pick<pg.ClientBase, 'query'>,
  topic: NotificationTopic,
  payload: Record<string, unknown>,
): Promise<void> {
  await connection.query(
    `insert into notification (webhook_id, topic, payload)
     select id, $1, $2 from webhook where disabled_at is null and ($1 = any (topics) or '*' = any (topics))`,
    [topic, JSON.stringify(payload)],
  );
}
