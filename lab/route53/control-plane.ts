import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault } from '#lab/wire/service.ts';

/** Where Route 53's control plane lives (AWS Fault Isolation Boundaries, "Global services"). */
const HOME_REGION = 'us-east-1';
/** Accelerated recovery's objective: 60 minutes (Route 53 Developer Guide, "accelerated-recovery"). AWS time. */
const RECOVERY_AWS_MS = 60 * 60_000;
/** What the copy in us-west-2 serves while us-east-1 is away. */
const RECOVERED_OPERATIONS = new Set([
  'ChangeResourceRecordSets',
  'GetChange',
  'GetHostedZone',
  'ListHostedZones',
  'ListHostedZonesByName',
  'ListResourceRecordSets',
]);

export interface ControlPlane {
  isDown(): boolean;
  /** Whether zones with accelerated recovery can be changed although it is down. */
  hasRecovered(): boolean;
  /** Throws the 503 that callers get, unless the operation is served all the same. */
  assertServes(operation: string, zoneHasRecovery: boolean): void;
  /** Called when it comes back. */
  onReturn(listener: () => void): void;
}

/** Route 53's control plane: down by its own switch or with us-east-1. The data plane knows nothing of it. */
export function createControlPlane(ctx: LabContext): ControlPlane {
  const listeners: (() => void)[] = [];
  const isDown = () =>
    ctx.chaos.state().route53ControlPlane === 'down' || ctx.chaos.outage(HOME_REGION) !== undefined;
  let downSince = isDown() ? ctx.clock.now() : undefined;

  ctx.chaos.onChange(() => {
    if (isDown()) {
      downSince ??= ctx.clock.now();
      return;
    }
    const returned = downSince !== undefined;
    downSince = undefined;
    if (returned) for (const listener of listeners) listener();
  });

  const hasRecovered = () =>
    downSince !== undefined && ctx.clock.now() - downSince >= ctx.clock.scaledMs(RECOVERY_AWS_MS);

  return {
    isDown,
    hasRecovered,
    assertServes(operation, zoneHasRecovery) {
      if (!isDown()) return;
      if (zoneHasRecovery && hasRecovered() && RECOVERED_OPERATIONS.has(operation)) return;
      throw new AwsFault(
        'ServiceUnavailable',
        'Service is temporarily unavailable. Please try again later.',
        { status: 503 },
      );
    },
    onReturn: (listener) => void listeners.push(listener),
  };
}
