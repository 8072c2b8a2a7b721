import { isDeepStrictEqual } from 'node:util';
import type { HealthCheckConfig } from '@aws-sdk/client-route-53';
import type { ProbeTarget, StoredHealthCheck } from '#lab/health-checks/types.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import { healthCheckId } from './ids.ts';

export interface HealthCheckStore {
  list(): StoredHealthCheck[];
  find(id: string): StoredHealthCheck | undefined;
  /** The check of an earlier call with this reference; `taken` when it had other settings or has been deleted. */
  findByReference(
    callerReference: string,
    config: HealthCheckConfig,
  ): StoredHealthCheck | 'taken' | undefined;
  /** `id` only where the estate prescribes it. */
  create(callerReference: string, config: HealthCheckConfig, id?: string): StoredHealthCheck;
  replaceConfig(check: StoredHealthCheck, config: HealthCheckConfig): StoredHealthCheck;
  delete(id: string): void;
  setTarget(id: string, target: ProbeTarget): void;
  clear(): void;
}

/** Health checks as the API keeps them, and the caller references that have ever been used. */
export function createHealthCheckStore(ctx: LabContext): HealthCheckStore {
  const checks = ctx.state.collection<StoredHealthCheck>('route53-health-checks');
  /** Caller reference → the id it made and the settings it was made with. */
  const references = ctx.state.collection<{ id: string; config: HealthCheckConfig }>(
    'route53-health-check-references',
  );
  const targets = new Map<string, ProbeTarget>();

  function aim(id: string) {
    const check = checks.get(id);
    const target = targets.get(id);
    if (!check || !target) return;
    checks.put(id, { ...check, config: { ...check.config, IPAddress: target.ipAddress, Port: target.port } });
  }

  return {
    list: () => checks.list(),
    find: (id) => checks.get(id),
    findByReference(callerReference, config) {
      const earlier = references.get(callerReference);
      if (!earlier) return undefined;
      const check = checks.get(earlier.id);
      return check && isDeepStrictEqual(plain(earlier.config), plain(config)) ? check : 'taken';
    },
    create(callerReference, config, id = healthCheckId(ctx.random)) {
      const check = { id, callerReference, version: 1, config };
      checks.put(id, check);
      references.put(callerReference, { id, config });
      aim(id);
      return checks.get(id) ?? check;
    },
    replaceConfig(check, config) {
      const next = { ...check, version: check.version + 1, config };
      checks.put(check.id, next);
      return next;
    },
    delete: (id) => checks.delete(id),
    setTarget(id, target) {
      targets.set(id, target);
      aim(id);
    },
    clear() {
      checks.clear();
      references.clear();
    },
  };
}

/** Without members that are undefined, which JSON drops and the wire never carries. */
function plain(config: HealthCheckConfig): unknown {
  return JSON.parse(JSON.stringify(config));
}
