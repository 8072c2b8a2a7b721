import type { Region } from '../estate/estate.ts';

/** One series of CloudWatch. */
export interface MetricQuery {
  id: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  stat: string;
}

/** One stat query as CloudWatch takes it. */
export function toDataQuery(query: MetricQuery, periodSeconds: number) {
  return {
    Id: query.id,
    ReturnData: true,
    MetricStat: {
      Metric: {
        Namespace: query.namespace,
        MetricName: query.metric,
        Dimensions: Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodSeconds,
      Stat: query.stat,
    },
  };
}

const NAMESPACE = 'AWS/ApplicationELB';

/** Requests, target 5xx and response times of one target group (aws-facts part 3). */
export function sliQueries(region: Region, group: 'reads' | 'writes'): MetricQuery[] {
  const targetGroup =
    group === 'reads' ? region.loadBalancer.readTargetGroup : region.loadBalancer.writeTargetGroup;
  const dimensions = { LoadBalancer: region.loadBalancer.name, TargetGroup: targetGroup };
  const query = (id: string, metric: string, stat: string): MetricQuery => ({
    id: `${group}_${id}`,
    namespace: NAMESPACE,
    metric,
    dimensions,
    stat,
  });
  return [
    query('requests', 'RequestCount', 'Sum'),
    query('errors', 'HTTPCode_Target_5XX_Count', 'Sum'),
    query('p50', 'TargetResponseTime', 'p50'),
    query('p95', 'TargetResponseTime', 'p95'),
    query('p99', 'TargetResponseTime', 'p99'),
  ];
}

/** Targets that the load balancer counts every period, traffic or not: where it is silent, no traffic is no zero. */
export function balancerAliveQuery(region: Region): MetricQuery {
  return {
    id: 'elb_alive',
    namespace: NAMESPACE,
    metric: 'HealthyHostCount',
    dimensions: {
      LoadBalancer: region.loadBalancer.name,
      TargetGroup: region.loadBalancer.readTargetGroup,
    },
    stat: 'Maximum',
  };
}

/** 5xx that the load balancer itself answered, because no target could: they belong to no target group. */
export function balancerErrorQuery(region: Region): MetricQuery {
  return {
    id: 'elb_errors',
    namespace: NAMESPACE,
    metric: 'HTTPCode_ELB_5XX_Count',
    dimensions: { LoadBalancer: region.loadBalancer.name },
    stat: 'Sum',
  };
}

/** What a Region's traffic is judged by: both SLIs, and what the load balancer itself answered. */
export function trafficQueries(region: Region): MetricQuery[] {
  return [...sliQueries(region, 'reads'), ...sliQueries(region, 'writes'), balancerErrorQuery(region)];
}

/** Processor and memory of the Region's nodes, percent (Container Insights; aws-facts part 3). */
export function nodeUseQueries({ cluster }: Pick<Region, 'cluster'>): MetricQuery[] {
  const query = (id: string, metric: string): MetricQuery => ({
    id,
    namespace: 'ContainerInsights',
    metric,
    dimensions: { ClusterName: cluster.name },
    stat: 'Average',
  });
  return [query('cpu', 'node_cpu_utilization'), query('memory', 'node_memory_utilization')];
}
