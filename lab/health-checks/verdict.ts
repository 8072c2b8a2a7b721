import type { AlarmState } from './types.ts';

/** One checker's view of one endpoint. */
export interface CheckerView {
  healthy: boolean;
  /** Results in a row that contradict `healthy`. */
  contradictions: number;
}

/** A new endpoint counts as healthy until results say otherwise (Route 53, "How Route 53 determines the status"). */
export const FIRST_VIEW: CheckerView = { healthy: true, contradictions: 0 };

/** The view changes once `threshold` results in a row contradict it. */
export function nextView(view: CheckerView, success: boolean, threshold: number): CheckerView {
  if (success === view.healthy) return { healthy: view.healthy, contradictions: 0 };
  const contradictions = view.contradictions + 1;
  return contradictions >= threshold
    ? { healthy: success, contradictions: 0 }
    : { healthy: view.healthy, contradictions };
}

/** More than 18 % of the checkers must see it healthy (Route 53 Developer Guide, "How Route 53 determines whether an endpoint is healthy"). */
const HEALTHY_SHARE = 0.18;

/** The endpoint's state from its checkers; without any result it is healthy. */
export function endpointHealthy(views: readonly CheckerView[]): boolean {
  return views.length === 0 || healthyShare(views) > HEALTHY_SHARE;
}

/** 0–1; 1 without any result. */
export function healthyShare(views: readonly CheckerView[]): number {
  return views.length === 0 ? 1 : views.filter((view) => view.healthy).length / views.length;
}

/** Threshold 0 is always healthy, one above the number of children never. */
export function calculatedHealthy(children: readonly boolean[], threshold: number): boolean {
  return children.filter(Boolean).length >= threshold;
}

/** `whenUnknown` is the check's InsufficientDataHealthStatus, `lastKnown` its last verdict from real data. */
export function alarmHealthy(
  alarm: AlarmState,
  whenUnknown: 'Healthy' | 'Unhealthy' | 'LastKnownStatus',
  lastKnown: boolean,
): boolean {
  if (alarm !== 'INSUFFICIENT_DATA') return alarm === 'OK';
  return whenUnknown === 'LastKnownStatus' ? lastKnown : whenUnknown === 'Healthy';
}
