import type { Witness, WitnessCell, WitnessMatrix } from '#components/recovery/model.ts';
import { formatShare } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import type { Sight, Vantage } from '#lib/domain/recovery/detection.ts';
import { factsOf, known } from '#lib/domain/recovery/facts.ts';
import { detectionOf } from '#lib/services/recovery/situation.ts';
import { type Frame, sightFreshSeconds } from './frame.ts';

export const SIGHT_STATUS = {
  up: 'ok',
  partly: 'warning',
  down: 'critical',
  unknown: 'unknown',
} as const satisfies Record<Sight, Status>;

/** Every vantage point beside what it sees of each Region. */
export function witnessMatrix(frame: Frame): WitnessMatrix {
  const { regions } = frame.situation.outlook.environment;
  return {
    regions,
    rule: 'a Region fails when two vantage points outside it agree and outnumber those that see it answer; never more than one at once',
    rows: [checkers(frame), ...regions.map((code) => canary(frame, code)), collectors(frame)],
  };
}

function checkers(frame: Frame): Witness {
  const { outlook } = frame.situation;
  return rowOf(frame, {
    id: 'route53',
    name: 'Health checkers',
    note: 'Route 53’s, by their metric or by what DNS still answers',
    figure: (vantage, region) => {
      const check = known(outlook, 'health-check', factsOf(outlook.facts, region).healthCheck);
      const percent = check.value?.percentHealthy ?? null;
      if (percent !== null) return `${Math.round(percent)} % healthy`;
      if (check.value && check.value.healthy !== null) return check.value.healthy ? 'healthy' : 'unhealthy';
      return { up: 'in DNS', partly: 'in part', down: 'not in DNS', unknown: 'no report' }[vantage.sees];
    },
  });
}

function canary(frame: Frame, from: string): Witness {
  return rowOf(frame, {
    id: `canary-${from}`,
    name: `Canary in ${from}`,
    note: 'reads and orders apart',
    figure: ({ sees }, region) => canaryFigure(frame, { from, region, sees }),
  });
}

/** "100 %" of a canary's runs, or reads and orders apart. */
export function canaryFigure(
  { situation: { outlook } }: Frame,
  { from, region, sees }: { from: string; region: string; sees: Sight },
): string {
  if (sees === 'unknown') return 'silent';
  const { value } = factsOf(outlook.facts, from).canaries;
  const share = (path: 'reads' | 'writes') =>
    value?.probes.find((probe) => probe.target === region && probe.path === path)?.success;
  const [reads, orders] = [share('reads'), share('writes')];
  if (reads === 1 && (orders === 1 || orders === undefined)) return '100 %';
  const said = (name: string, success: number | undefined) =>
    success === undefined ? `${name} not tried` : `${name} ${formatShare(success, 0)} %`;
  return `${said('reads', reads)}, ${said('orders', orders)}`;
}

function collectors(frame: Frame): Witness {
  return rowOf(frame, {
    id: 'console',
    name: 'AWS APIs, from Meridian',
    note: 'a hint, never counted: its own network may be what failed',
    figure: ({ sees }) =>
      ({ up: 'answers', partly: 'in part', down: 'no answer', unknown: 'no report' })[sees],
  });
}

interface Row {
  id: string;
  name: string;
  note: string;
  figure(vantage: Vantage, region: string): string;
}

/** A cell for each Region that this vantage point looks at. */
function rowOf(frame: Frame, { id, name, note, figure }: Row): Witness {
  const { outlook, detection } = frame.situation;
  const cells = outlook.environment.regions.map((region): WitnessCell | null => {
    const vantage = detectionOf(detection, region)?.vantages.find((candidate) => candidate.id === id);
    if (!vantage) return null;
    return {
      status: SIGHT_STATUS[vantage.sees],
      figure: figure(vantage, region),
      at: vantage.at,
      withinSeconds: sightFreshSeconds(frame, id),
    };
  });
  return { id, name, note, cells };
}
