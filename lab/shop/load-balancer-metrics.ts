import type { MetricStore, MetricUnit } from '#lab/kernel/metrics.ts';
import type { Site } from './sites.ts';

export type TargetGroup = 'read' | 'write';

export interface AnsweredRequest {
  targetGroup: TargetGroup;
  status: number;
  seconds: number;
  /** Whether a pod answered, or the load balancer had none to ask. */
  by: 'target' | 'load-balancer';
}

export interface LoadBalancerMetrics {
  answered(request: AnsweredRequest): void;
  hosts(counts: { healthy: number; unhealthy: number }): void;
}

const NAMESPACE = 'AWS/ApplicationELB';

/**
 * Metrics of one load balancer as AWS publishes them: for the whole and by target group; a count that would be zero is
 * left out; RequestCount counts only requests for which a target was chosen (AWS, "CloudWatch metrics for your
 * Application Load Balancer").
 */
export function createLoadBalancerMetrics(store: MetricStore, site: Site): LoadBalancerMetrics {
  const { name, targetGroups } = site.loadBalancer;
  const whole = { LoadBalancer: name };
  const groups = {
    read: { LoadBalancer: name, TargetGroup: targetGroups.read },
    write: { LoadBalancer: name, TargetGroup: targetGroups.write },
  };

  function record(dimensions: Record<string, string>, metric: string, unit: MetricUnit, value: number) {
    store.record({ region: site.region, namespace: NAMESPACE, name: metric, dimensions }, unit, value);
  }

  return {
    answered({ targetGroup, status, seconds, by }) {
      for (const dimensions of [whole, groups[targetGroup]]) {
        const family = `${Math.floor(status / 100)}XX`;
        if (by === 'load-balancer') {
          record(dimensions, `HTTPCode_ELB_${family}_Count`, 'Count', 1);
          continue;
        }
        record(dimensions, 'RequestCount', 'Count', 1);
        record(dimensions, 'TargetResponseTime', 'Seconds', seconds);
        record(dimensions, `HTTPCode_Target_${family}_Count`, 'Count', 1);
      }
    },
    hosts({ healthy, unhealthy }) {
      for (const dimensions of [whole, groups.read, groups.write]) {
        record(dimensions, 'HealthyHostCount', 'Count', healthy);
        record(dimensions, 'UnHealthyHostCount', 'Count', unhealthy);
      }
    },
  };
}
