/** What an on-call service is told to do with the incident of that key (PagerDuty Events API v2). */
export interface Alert {
  action: 'trigger' | 'acknowledge' | 'resolve';
  /** One incident: an operation, a Region that fails, a fence, a review. */
  key: string;
  severity: 'critical' | 'error' | 'warning' | 'info';
}

type Fields = Readonly<Record<string, unknown>>;

const text = (data: Fields, field: string) => {
  const value = data[field];
  return typeof value === 'string' && value !== '' ? value : 'unknown';
};
/** One of an environment, whether one database of it is being shut or people have to choose. */
const splitBrain = (data: Fields) => `split-brain/${text(data, 'environment')}`;
const operation = (data: Fields) => `operation/${text(data, 'operation')}`;

const ALERTS: Readonly<Record<string, (data: Fields) => Alert>> = {
  'approval.requested': (data) => ({ action: 'trigger', key: operation(data), severity: 'info' }),
  // Approved in part, somebody is at it; closed in any other way, nothing waits any more.
  'approval.decided': (data) => ({
    action: data.decision === 'approve' ? 'acknowledge' : 'resolve',
    key: operation(data),
    severity: 'info',
  }),
  'operation.started': (data) => ({ action: 'acknowledge', key: operation(data), severity: 'info' }),
  'operation.held': (data) => ({ action: 'trigger', key: operation(data), severity: 'error' }),
  'operation.ended': (data) => ({
    action: NEEDS_PEOPLE.has(text(data, 'state')) ? 'trigger' : 'resolve',
    key: operation(data),
    severity: 'critical',
  }),
  'region.changed': (data) => ({
    action: data.state === 'failing' ? 'trigger' : 'resolve',
    key: `region/${text(data, 'environment')}/${text(data, 'region')}`,
    severity: 'critical',
  }),
  'policy.acted': (data) => ({
    action: 'trigger',
    key: `policy/${text(data, 'environment')}/${text(data, 'region')}`,
    severity: 'warning',
  }),
  'readiness.blocked': (data) => ({
    action: 'trigger',
    key: `readiness/${text(data, 'environment')}/${text(data, 'scenario')}/${text(data, 'check')}`,
    severity: 'warning',
  }),
  'fence.changed': (data) => ({
    action: data.state === 'pending' ? 'trigger' : 'resolve',
    key: `fence/${text(data, 'instance')}`,
    severity: 'error',
  }),
  'split-brain.seen': (data) => ({ action: 'trigger', key: splitBrain(data), severity: 'critical' }),
  'split-brain.ended': (data) => ({ action: 'resolve', key: splitBrain(data), severity: 'critical' }),
  'review.opened': (data) => ({
    action: 'trigger',
    key: `review/${text(data, 'review')}`,
    severity: 'warning',
  }),
  'review.decided': (data) => ({
    action: 'resolve',
    key: `review/${text(data, 'review')}`,
    severity: 'warning',
  }),
  'freeze.changed': (data) => ({
    action: data.change === 'lifted' ? 'resolve' : 'trigger',
    key: `freeze/${text(data, 'freeze')}`,
    severity: 'info',
  }),
  'drill.due': (data) => ({ action: 'trigger', key: `drill/${text(data, 'drill')}`, severity: 'info' }),
  'drill.refused': (data) => ({
    action: 'trigger',
    key: `drill/${text(data, 'drill')}`,
    severity: 'warning',
  }),
};

/** Ends that somebody has to look at. */
const NEEDS_PEOPLE: ReadonlySet<string> = new Set(['failed', 'incomplete']);

/** What a notification is to whoever is on call; null for one that wakes nobody, such as a report. */
export function alertOf(topic: string, payload: unknown): Alert | null {
  const alert = Object.hasOwn(ALERTS, topic) ? ALERTS[topic] : undefined;
  if (!alert) return null;
  return alert(typeof payload === 'object' && payload !== null ? { ...payload } : {});
}
