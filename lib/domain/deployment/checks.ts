import type { Environment, Estate } from '../estate/estate.ts';
import { findRegion } from '../estate/estate.ts';
import { checkFreezes } from '../freeze/check.ts';
import { blockingFreeze, freezeReason } from '../freeze/freeze.ts';
import {
  MOST_REGISTRY_IMAGES,
  type ObservationKind,
  type Observed,
  staleAfterSeconds,
} from '../observation/kinds.ts';
import { type Known, knownNow } from '../observation/known.ts';
import type { Check, CheckVerdict } from '../operation/plan.ts';
import { dutyOf } from '../recovery/support.ts';
import { pass, unknown, withFullStop } from '../traffic/check.ts';
import type { DeployedRegion, DeploymentFacts, WantedRelease } from './facts.ts';
import { recommendOrder } from './order.ts';
import type { DeploymentParams } from './params.ts';
import { isInWindow, windowWords } from './schedule.ts';

export interface AskedDeployment {
  estate: Estate;
  environment: Environment;
  facts: DeploymentFacts;
  wanted: WantedRelease;
  params: DeploymentParams;
  /** In the order of the deployment. */
  regions: readonly DeployedRegion[];
}

export interface Checked {
  checks: Check[];
  /** Classes of preconditions, for the digest: an approval does not outlive a change of one. */
  classes: Record<string, string>;
}

/** Everything that could go wrong with a deployment, in the order a tired person should read it (aws-facts 2.2). */
export function checkDeployment(asked: AskedDeployment): Checked {
  const health = asked.regions.map((region) => checkHealth(asked, region));
  const checks = [
    checkHolder(asked.facts),
    ...checkFreeze(asked),
    ...checkRelease(asked),
    ...checkStaging(asked),
    ...asked.regions.flatMap((region) => [...checkRegistry(asked, region), ...checkService(asked, region)]),
    checkParity(asked),
    ...health.map(({ check }) => check),
    ...asked.regions.map((region) => checkAlarms(asked, region)),
    ...asked.regions.map((region) => checkCapacity(asked, region)),
    checkOrder(asked),
    ...checkLowTraffic(asked),
    ...checkSupport(asked),
  ];
  return {
    checks,
    classes: Object.fromEntries(health.map(({ region, class: found }) => [`health of ${region}`, found])),
  };
}

function judged(
  code: string,
  verdict: CheckVerdict,
  message: string,
  observedAt: string | null = null,
): Check {
  return { code, verdict, message, observedAt };
}

/** What is seen of a Region, unless it is too old to go by. */
function seen<T>(
  { estate, facts }: Pick<AskedDeployment, 'estate' | 'facts'>,
  kind: ObservationKind,
  observed: Observed<T>,
): Known<T> {
  return knownNow(facts.now, observed, staleAfterSeconds(kind, estate.metrics.periodSeconds));
}

/** Whether another operation holds the environment: asked for now, it starts after that one. */
export function checkHolder({ holder }: Pick<DeploymentFacts, 'holder'>): Check {
  if (!holder) return pass('one-at-a-time', 'No other operation runs in this environment.', null);
  return judged(
    'one-at-a-time',
    'warn',
    `${holder.id}, ${holder.title}, holds the environment. This can be requested now and starts only when that one has ended.`,
  );
}

/** A freeze in force refuses it; one that will be when it is to start is told, and holds it then. */
function checkFreeze({ environment, facts, regions, params }: AskedDeployment): Check[] {
  const target = {
    environment: environment.name,
    regions: regions.map(({ code }) => code),
    kind: 'deployment',
  };
  const now = checkFreezes(facts.freezes, target, facts.now);
  const { schedule } = params;
  if (schedule.kind !== 'at') return now;
  const then = blockingFreeze(facts.freezes, target, new Date(schedule.at));
  if (!then || now.some(({ freeze }) => freeze === then.id)) return now;
  const message = `It would be held when it is to start. ${withFullStop(freezeReason(then))}`;
  return [...now, { ...judged('freeze-ahead', 'warn', message), freeze: then.id }];
}

function checkRelease({ wanted }: AskedDeployment): Check[] {
  const { version, release } = wanted;
  if (!release)
    return [
      judged(
        'release',
        'refuse',
        `${version} is not registered. Register it with its image digest, then ask again.`,
      ),
    ];
  if (release.bad)
    return [
      judged(
        'release',
        'refuse',
        `${version} was found to be bad: ${withFullStop(release.bad.reason)} Deploy another version, or have it cleared.`,
      ),
    ];
  const schema =
    release.schema === 'contract'
      ? judged(
          'schema',
          'warn',
          `${version} contracts the schema: ${withFullStop(release.schemaNote)} Once a Region serves it, a rollback to what was before is refused, and the way out is a new release.`,
        )
      : pass('schema', `The schema change is "${release.schema}": old and new run on it side by side.`, null);
  return [pass('release', `${version} is registered, by ${release.author}.`, null), schema];
}

/** Staging first; without it a reason stands on record, and is accepted by name. */
function checkStaging({ wanted, environment, params }: AskedDeployment): Check[] {
  const { version, staging, stagedIn } = wanted;
  if (stagedIn === null || stagedIn === environment.name) return [];
  if (staging) return [pass('staging', `${staging.operation} proved ${version} in ${stagedIn}.`, staging.at)];
  const unproven = `${version} has not passed in ${stagedIn}`;
  if (!params.stagingException)
    return [
      judged(
        'staging',
        'refuse',
        `${unproven}. Deploy it there first, or give a reason for an exception (stagingException).`,
      ),
    ];
  return [
    {
      ...judged('staging', 'accept', `${unproven}; the exception: ${withFullStop(params.stagingException)}`),
      acceptance: `Deploy ${version} although it was not proven in ${stagedIn}.`,
    },
  ];
}

/** The same digest in the Region's registry, its tag on no other image, and what a scan found (aws-facts 2.2 step 1, R-18). */
function checkRegistry(asked: AskedDeployment, region: DeployedRegion): Check[] {
  const { release } = asked.wanted;
  if (!release) return [];
  const { code } = region;
  const { version, digest } = release;
  const registry = seen(asked, 'registry', region.registry);
  if (!registry.known)
    return [
      {
        ...unknown(
          `image-${code}`,
          `What the registry of ${code} has is not known: ${registry.why}.`,
          registry.observedAt,
        ),
        region: code,
      },
    ];
  const at = registry.observedAt;
  const { images, immutableTags, repository } = registry.value;
  const tagged = images.find(({ tags }) => tags.includes(version));
  const image = images.find((candidate) => candidate.digest === digest);
  const checks: Check[] = [];
  if (tagged && tagged.digest !== digest)
    checks.push(
      judged(
        `tag-${code}`,
        'refuse',
        `In ${code} the tag ${version} names another image than the one registered, ${tagged.digest.slice(0, 19)}…: somebody moved it. Push the registered image again, or register a new version.`,
        at,
      ),
    );
  if (!image && !tagged && images.length >= MOST_REGISTRY_IMAGES)
    checks.push(
      judged(
        `image-${code}`,
        'warn',
        `The image of ${version} is not among the ${MOST_REGISTRY_IMAGES} newest of ${repository} in ${code}: whether it is there is asked first when it runs.`,
        at,
      ),
    );
  else if (!image)
    checks.push(
      judged(
        `image-${code}`,
        'refuse',
        `${repository} in ${code} does not have ${digest.slice(0, 19)}…, the image of ${version}. Push it there, then ask again.`,
        at,
      ),
    );
  else
    checks.push(
      pass(`image-${code}`, `${repository} in ${code} has the image of ${version}.`, at),
      ...scanChecks(code, image.scan, at),
    );
  if (!immutableTags)
    checks.push(
      judged(
        `mutable-${code}`,
        'warn',
        `Tags of ${repository} in ${code} can be moved from image to image; the deployment pins the digest. Make them immutable.`,
        at,
      ),
    );
  return checks.map((check) => ({ ...check, region: code }));
}

function scanChecks(
  code: string,
  scan: { status: string; critical: number; high: number } | null,
  at: string,
): Check[] {
  if (!scan) return [judged(`scan-${code}`, 'warn', `The image in ${code} was never scanned.`, at)];
  if (scan.critical > 0)
    return [
      {
        ...judged(
          `scan-${code}`,
          'accept',
          `The scan in ${code} found ${scan.critical} critical and ${scan.high} high.`,
          at,
        ),
        acceptance: 'Deploy an image with critical findings.',
      },
    ];
  if (scan.status !== 'COMPLETE')
    return [
      judged(`scan-${code}`, 'warn', `The scan of the image in ${code} is ${scan.status.toLowerCase()}.`, at),
    ];
  return [pass(`scan-${code}`, `The scan in ${code} found nothing critical, and ${scan.high} high.`, at)];
}

/** What serves and which colour is idle, and whether anybody but us has switched it (aws-facts C-28). */
function checkService(asked: AskedDeployment, region: DeployedRegion): Check[] {
  const { code } = region;
  const service = seen(asked, 'service', region.service);
  if (!service.known)
    return [
      {
        ...unknown(`colour-${code}`, `What ${code} serves is not known: ${service.why}.`, service.observedAt),
        region: code,
      },
    ];
  const { liveVersion, liveColour, deployments } = service.value;
  const at = service.observedAt;
  const live = deployments.find(({ version, colour }) =>
    liveColour ? colour === liveColour : version === liveVersion,
  );
  if (liveVersion === null || !live)
    return [
      {
        ...unknown(
          `colour-${code}`,
          `The Service of ${code} selects ${liveVersion ?? 'no version'}, and no Deployment runs that: which colour is idle is not known.`,
          at,
        ),
        region: code,
      },
    ];
  const recorded = region.switches[0];
  const checks: Check[] = [
    pass(
      `colour-${code}`,
      `${code} serves ${liveVersion} from ${live.colour ?? live.name}; the other colour is idle.`,
      at,
    ),
  ];
  if (recorded && recorded.to !== liveVersion)
    checks.push({
      ...judged(
        `service-${code}`,
        'accept',
        `${recorded.operation} left ${recorded.to} serving in ${code}, and ${liveVersion} serves: somebody changed the Service by hand.`,
        at,
      ),
      acceptance: `Take what ${code} serves now for the version to go back to.`,
    });
  return checks.map((check) => ({ ...check, region: code }));
}

/** Several versions at once are for the time of a deployment (aws-facts C-12). */
function checkParity(asked: AskedDeployment): Check {
  const { facts, wanted } = asked;
  const versions = facts.regions.map(({ code, service }) => ({
    code,
    version: service.value?.liveVersion ?? null,
  }));
  const others = [...new Set(versions.flatMap(({ version }) => version ?? []))].filter(
    (version) => version !== wanted.version,
  );
  const at =
    facts.regions
      .map(({ service }) => service.observedAt)
      .filter((time) => time !== null)
      .sort()[0] ?? null;
  if (others.length <= 1)
    return pass('parity', 'The Regions serve one version, or the wanted one already.', at);
  const said = versions.map(({ code, version }) => `${code} ${version ?? 'unknown'}`).join(', ');
  return {
    ...judged(
      'parity',
      'accept',
      `The Regions have drifted apart: ${said}. A rollback takes each back to its own.`,
      at,
    ),
    acceptance: 'Deploy although the Regions serve different versions.',
  };
}

function checkHealth(
  asked: AskedDeployment,
  region: DeployedRegion,
): { region: string; class: string; check: Check } {
  const { code } = region;
  const answer = (found: string, verdict: CheckVerdict, message: string, at: string | null) => ({
    region: code,
    class: found,
    check: { ...judged(`health-${code}`, verdict, message, at), region: code },
  });
  const health = region.healthCheck && seen(asked, 'health-check', region.healthCheck);
  if (health && (!health.known || health.value.healthy === null))
    return answer(
      'unknown',
      'unknown',
      `Health of ${code} is not known: ${health.why ?? 'its health check has not reported'}. Unknown is not safe.`,
      health.observedAt,
    );
  if (health && !health.value.healthy)
    return answer(
      'unhealthy',
      'refuse',
      `${code} fails its Route 53 health check: a deployment there could not be judged. Mend it first, or deploy to the others.`,
      health.observedAt,
    );
  const { rollback } = asked.estate.thresholds;
  const traffic = seen(asked, 'traffic', region.traffic);
  const { errorRate = null, p95Ms = null } = traffic.value ?? {};
  if ((errorRate ?? 0) > rollback.errorRate || (p95Ms ?? 0) > rollback.p95Ms)
    return answer(
      'failing',
      'refuse',
      `${code} fails already, with ${((errorRate ?? 0) * 100).toFixed(2)} % errors and p95 ${Math.round(p95Ms ?? 0)} ms: no gate could tell the release’s part in it.`,
      traffic.observedAt,
    );
  if (health) return answer('healthy', 'pass', `${code} is healthy.`, health.observedAt);
  if (!traffic.known)
    return answer(
      'unknown',
      'unknown',
      `Health of ${code} is not known: it has no health check of its own here, and its traffic is ${traffic.why}. Unknown is not safe.`,
      traffic.observedAt,
    );
  const message = `${code} has no health check of its own here; its traffic is well.`;
  return answer('healthy', 'pass', message, traffic.observedAt);
}

function checkAlarms(asked: AskedDeployment, region: DeployedRegion): Check {
  const { code } = region;
  const alarms = seen(asked, 'alarms', region.alarms);
  if (!alarms.known)
    return {
      ...unknown(`alarms-${code}`, `Alarms of ${code} are not known: ${alarms.why}.`, alarms.observedAt),
      region: code,
    };
  const first = alarms.value.inAlarm[0];
  if (!first) return { ...pass(`alarms-${code}`, `No alarm in ${code}.`, alarms.observedAt), region: code };
  const more = alarms.value.inAlarm.length - 1;
  return {
    ...judged(
      `alarms-${code}`,
      'refuse',
      `Alarm in ${code}: ${first.name}${more > 0 ? ` and ${more} more` : ''}. ${withFullStop(first.reason)}`,
      alarms.observedAt,
    ),
    region: code,
  };
}

/** Pods that the smallest usual node takes on EKS: m5.large has 3 network interfaces of 10 addresses, (10 − 1) × 3 + 2. */
const PODS_PER_NODE = 29;

/** Whether both colours fit beside each other until the old one is retired. */
function checkCapacity(asked: AskedDeployment, region: DeployedRegion): Check {
  const { code } = region;
  const nodes = seen(asked, 'nodes', region.nodes);
  if (!nodes.known)
    return {
      ...unknown(`capacity-${code}`, `Ready nodes of ${code} are not known: ${nodes.why}.`, nodes.observedAt),
      region: code,
    };
  const pods = livePods(region);
  const room = nodes.value.ready * PODS_PER_NODE;
  const said = `${2 * pods} pods for both colours in ${code}, on ${nodes.value.ready} ready nodes`;
  return {
    ...(2 * pods <= room
      ? pass(`capacity-${code}`, `There is room for ${said}.`, nodes.observedAt)
      : judged(
          `capacity-${code}`,
          'warn',
          `There may be no room for ${said} with ${PODS_PER_NODE} pods each: pods that find none wait, and the rollout holds before anything is switched.`,
          nodes.observedAt,
        )),
    region: code,
  };
}

/** Pods of the colour that serves; 0 where it is not known. */
export function livePods({ service }: Pick<DeployedRegion, 'service'>): number {
  const { value } = service;
  const live = value?.deployments.find(({ version, colour }) =>
    value.liveColour ? colour === value.liveColour : version === value.liveVersion,
  );
  return live?.desired ?? 0;
}

/** The seed's order is as good as any for two people who know it; a smaller blast radius first is better (aws-facts R-19). */
function checkOrder({ estate, environment, regions }: AskedDeployment): Check {
  const { regions: best, reason } = recommendOrder(estate, environment);
  const asked = regions.map(({ code }) => code);
  const wanted = best.filter((code) => asked.includes(code));
  if (asked.join() === wanted.join()) return pass('order', `Smallest blast radius first. ${reason}`, null);
  return judged('order', 'warn', `${wanted.join(', ')} would be the safer order. ${reason}`);
}

/** Warned of, not refused: three Regions have three nights (aws-facts C-11). */
function checkLowTraffic({ facts, params, regions }: AskedDeployment): Check[] {
  return regions.flatMap(({ code, window }) => {
    if (!window)
      return params.schedule.kind === 'low-traffic'
        ? [
            {
              ...unknown(
                `low-traffic-${code}`,
                `When ${code} has little traffic is not known: less than a day was measured.`,
                null,
              ),
              region: code,
            },
          ]
        : [];
    const atMs = params.schedule.kind === 'at' ? Date.parse(params.schedule.at) : facts.now.getTime();
    const words = windowWords(window);
    if (params.schedule.kind === 'low-traffic')
      return [
        {
          ...pass(`low-traffic-${code}`, `${code} begins in its quiet hours, ${words}.`, null),
          region: code,
        },
      ];
    if (isInWindow(window, atMs))
      return [
        { ...pass(`low-traffic-${code}`, `${code} is in its quiet hours, ${words}.`, null), region: code },
      ];
    return [
      {
        ...judged(
          `low-traffic-${code}`,
          'warn',
          `${code} is outside its quiet hours, ${words}: more users meet what may be wrong.`,
        ),
        region: code,
      },
    ];
  });
}

/** Who could help where it goes wrong (aws-facts C-27). */
function checkSupport({ estate, facts, regions }: AskedDeployment): Check[] {
  return regions.flatMap(({ code }) => {
    const region = findRegion(estate, code);
    const duty = region && dutyOf(region, facts.now);
    if (!duty || duty.awake) return [];
    return [
      {
        ...judged(
          `support-${code}`,
          'warn',
          `Nobody of ${code} is on duty: it is ${duty.localTime} there, and they are ${duty.hours}.`,
        ),
        region: code,
      },
    ];
  });
}
