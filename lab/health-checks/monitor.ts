import type { LabContext } from '#lab/kernel/context.ts';
import { type ProbeRequest, type ProbeResult, probe } from './probe.ts';
import type { AlarmState, HealthVerdicts, Observation, StoredHealthCheck } from './types.ts';
import {
  alarmHealthy,
  type CheckerView,
  calculatedHealthy,
  endpointHealthy,
  FIRST_VIEW,
  healthyShare,
  nextView,
} from './verdict.ts';

/** Route 53's own metrics exist in us-east-1 only. */
const METRICS_REGION = 'us-east-1';
const DEFAULT_CHECKERS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
const DEFAULT_INTERVAL_SECONDS = 30;
const DEFAULT_THRESHOLD = 3;

export interface MonitorOptions {
  /** The health checks that exist now. */
  checks(): StoredHealthCheck[];
  find(id: string): StoredHealthCheck | undefined;
  /** Where a domain name's port is, for checks without an IPAddress; undefined while the name leads nowhere. */
  locate(domainName: string, port: number): { address: string; port: number } | undefined;
  /** State of a CloudWatch alarm, for checks that follow one. */
  alarmState(region: string, name: string): AlarmState;
  /** Real milliseconds of a RequestInterval second: 1,000 but in tests. */
  msPerSecond: number;
}

export interface HealthMonitor extends HealthVerdicts {
  /** Starts or stops probing to match the checks that exist and are enabled. Call after every change to them. */
  refresh(): void;
  close(): Promise<void>;
}

interface Checker {
  region: string;
  view: CheckerView;
  last: Observation | undefined;
  lastFailure: Observation | undefined;
}

interface Watch {
  checkers: Checker[];
  timers: NodeJS.Timeout[];
  stop: AbortController;
}

/** Probes every enabled endpoint check for real from each of its checker Regions, and gives Route 53's verdict on all kinds. */
export function createHealthMonitor(ctx: LabContext, options: MonitorOptions): HealthMonitor {
  const watches = new Map<string, Watch>();
  const verdicts = new Map<string, boolean>();
  const lastAlarmVerdicts = new Map<string, boolean>();
  const listeners: ((id: string, healthy: boolean) => void)[] = [];
  const running = new Set<Promise<void>>();
  const metricsTimer = setInterval(recordMetrics, ctx.estate.metrics.periodSeconds * 1000);
  metricsTimer.unref();

  function views(id: string): CheckerView[] {
    return (watches.get(id)?.checkers ?? []).filter((checker) => checker.last).map((checker) => checker.view);
  }

  function isHealthy(id: string): boolean {
    const check = options.find(id);
    if (!check) return true;
    return observedHealthy(check) !== (check.config.Inverted ?? false);
  }

  /** Before inversion. A disabled check is healthy whatever it watches. */
  function observedHealthy(check: StoredHealthCheck): boolean {
    const { config } = check;
    if (config.Disabled) return true;
    switch (config.Type) {
      case 'CALCULATED':
        return calculatedHealthy(
          (config.ChildHealthChecks ?? []).map(isHealthy),
          config.HealthThreshold ?? 0,
        );
      case 'CLOUDWATCH_METRIC':
        return alarmVerdict(check);
      default:
        return endpointHealthy(views(check.id));
    }
  }

  function alarmVerdict(check: StoredHealthCheck): boolean {
    const { AlarmIdentifier: alarm, InsufficientDataHealthStatus: whenUnknown } = check.config;
    const state = options.alarmState(alarm?.Region ?? '', alarm?.Name ?? '');
    const lastKnown = lastAlarmVerdicts.get(check.id) ?? true;
    const healthy = alarmHealthy(state, whenUnknown ?? 'LastKnownStatus', lastKnown);
    if (state !== 'INSUFFICIENT_DATA') lastAlarmVerdicts.set(check.id, healthy);
    return healthy;
  }

  /** Tells listeners which verdicts are not what they were; a probe of one check may move the calculated ones above it. */
  function announceTransitions() {
    for (const { id } of options.checks()) {
      const healthy = isHealthy(id);
      const before = verdicts.get(id);
      verdicts.set(id, healthy);
      if (before === undefined || before === healthy) continue;
      ctx.log('health-checks', healthy ? 'recovered' : 'failed', { healthCheck: id });
      for (const listener of listeners) listener(id, healthy);
    }
  }

  function refresh() {
    const wanted = new Map(
      options
        .checks()
        .filter(isProbed)
        .map((check) => [check.id, check]),
    );
    for (const [id, watch] of watches) {
      const check = wanted.get(id);
      if (!check || !sameCheckers(watch, check)) stopWatching(id, watch);
    }
    for (const [id, check] of wanted) if (!watches.has(id)) startWatching(check);
    for (const id of verdicts.keys()) if (!options.find(id)) verdicts.delete(id);
    announceTransitions();
  }

  function stopWatching(id: string, watch: Watch) {
    for (const timer of watch.timers) clearInterval(timer);
    watch.stop.abort();
    watches.delete(id);
  }

  /** The checkers of a check take turns over the interval instead of all asking at once. */
  function startWatching(check: StoredHealthCheck) {
    const regions = checkerRegions(check);
    const intervalMs = (check.config.RequestInterval ?? DEFAULT_INTERVAL_SECONDS) * options.msPerSecond;
    const watch: Watch = {
      checkers: regions.map((region) => ({
        region,
        view: FIRST_VIEW,
        last: undefined,
        lastFailure: undefined,
      })),
      timers: [],
      stop: new AbortController(),
    };
    watches.set(check.id, watch);
    watch.checkers.forEach((checker, turn) => {
      const ask = () => track(askOnce(check.id, watch, checker));
      const first = setTimeout(
        () => {
          ask();
          const repeat = setInterval(ask, intervalMs);
          repeat.unref();
          watch.timers.push(repeat);
        },
        (turn * intervalMs) / regions.length,
      );
      first.unref();
      watch.timers.push(first);
    });
  }

  function track(work: Promise<void>) {
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  async function askOnce(id: string, watch: Watch, checker: Checker): Promise<void> {
    const check = options.find(id);
    const request = check && probeRequest(check, watch.stop.signal);
    if (!check || !request) return;
    const result = await probe(request);
    if (watch.stop.signal.aborted) return;
    const observation: Observation = {
      region: checker.region,
      ipAddress: checkerAddress(checker.region),
      status: result.status,
      checkedAtMs: ctx.clock.now(),
    };
    checker.last = observation;
    if (!result.success) checker.lastFailure = observation;
    checker.view = nextView(checker.view, result.success, check.config.FailureThreshold ?? DEFAULT_THRESHOLD);
    if (check.config.MeasureLatency) recordLatency(id, checker.region, result);
    announceTransitions();
  }

  /** Undefined while nothing is known to probe: a check of the estate whose endpoint does not listen yet. */
  function probeRequest(check: StoredHealthCheck, signal: AbortSignal): ProbeRequest | undefined {
    const { config } = check;
    const type = endpointType(config.Type);
    const host = config.FullyQualifiedDomainName;
    const place = endpointOf(config);
    if (type === undefined || !place) return undefined;
    return {
      checkId: check.id,
      type,
      ...place,
      path: config.ResourcePath ? config.ResourcePath.replace(/^(?!\/)/, '/') : '/',
      host,
      searchString: type.endsWith('STR_MATCH') ? config.SearchString : undefined,
      signal,
    };
  }

  /** With an IPAddress the domain name is only the Host header. */
  function endpointOf({ IPAddress, Port, FullyQualifiedDomainName: host }: StoredHealthCheck['config']) {
    if (Port === undefined) return undefined;
    if (IPAddress !== undefined) return { address: IPAddress, port: Port };
    return host === undefined ? undefined : options.locate(host, Port);
  }

  function recordMetrics() {
    for (const { id, config } of options.checks()) {
      const dimensions = { HealthCheckId: id };
      const metric = (name: string) => ({
        region: METRICS_REGION,
        namespace: 'AWS/Route53',
        name,
        dimensions,
      });
      ctx.metrics.record(metric('HealthCheckStatus'), 'None', isHealthy(id) ? 1 : 0);
      if (config.Type === 'CALCULATED') {
        const healthyChildren = (config.ChildHealthChecks ?? []).filter(isHealthy).length;
        ctx.metrics.record(metric('ChildHealthCheckHealthyCount'), 'Count', healthyChildren);
      } else if (endpointType(config.Type) !== undefined) {
        ctx.metrics.record(metric('HealthCheckPercentageHealthy'), 'Percent', percentHealthy(id));
      }
    }
    announceTransitions();
  }

  function recordLatency(id: string, region: string, result: ProbeResult) {
    const dimensions = { HealthCheckId: id, Region: region };
    const metric = (name: string) => ({ region: METRICS_REGION, namespace: 'AWS/Route53', name, dimensions });
    if (result.connectMs !== undefined)
      ctx.metrics.record(metric('ConnectionTime'), 'Milliseconds', result.connectMs);
    if (result.firstByteMs !== undefined)
      ctx.metrics.record(metric('TimeToFirstByte'), 'Milliseconds', result.firstByteMs);
  }

  function percentHealthy(id: string): number {
    return healthyShare(views(id)) * 100;
  }

  function collected(id: string, pick: (checker: Checker) => Observation | undefined): Observation[] {
    return (watches.get(id)?.checkers ?? []).map(pick).filter((observation) => observation !== undefined);
  }

  return {
    isHealthy,
    percentHealthy,
    observations: (id) => collected(id, (checker) => checker.last),
    lastFailures: (id) => collected(id, (checker) => checker.lastFailure),
    onTransition: (listener) => void listeners.push(listener),
    refresh,
    async close() {
      clearInterval(metricsTimer);
      for (const [id, watch] of watches) stopWatching(id, watch);
      await Promise.all(running);
    },
  };
}

function isProbed(check: StoredHealthCheck): boolean {
  return endpointType(check.config.Type) !== undefined && !check.config.Disabled;
}

function endpointType(type: string | undefined): ProbeRequest['type'] | undefined {
  switch (type) {
    case 'HTTP':
    case 'HTTPS':
    case 'HTTP_STR_MATCH':
    case 'HTTPS_STR_MATCH':
    case 'TCP':
      return type;
    default:
      return undefined;
  }
}

function checkerRegions(check: StoredHealthCheck): string[] {
  const { Regions: regions } = check.config;
  return regions && regions.length > 0 ? regions : DEFAULT_CHECKERS;
}

function sameCheckers(watch: Watch, check: StoredHealthCheck): boolean {
  return watch.checkers.map((checker) => checker.region).join() === checkerRegions(check).join();
}

/** An address of its own for each checker Region, from the range AWS publishes for Route 53's health checkers (15.177.0.0/18). */
function checkerAddress(region: string): string {
  const sum = [...region].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 16_384, 7);
  return `15.177.${Math.floor(sum / 256)}.${sum % 256}`;
}
