import type { ReplayLink, ReplayModel, ReplayRegion, Strip } from '#components/replay/model.ts';
import type { Status } from '#components/ui/model.ts';
import type { SeriesData, SeriesResult } from '#lib/data/samples.ts';
import { type Estate, findEnvironment, type Region } from '#lib/domain/estate/estate.ts';
import {
  ANSWERS_METRIC,
  CLIENT_METRICS,
  CLIENTS,
  linkSubject,
  PATH_METRIC,
  type REGION_METRICS,
  STANDING_METRICS,
} from '#lib/domain/observation/kinds.ts';
import {
  type Course,
  held,
  type Span,
  type Standing,
  standingsOf,
  writersOf,
} from '#lib/domain/recovery/standing.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type DeclaredState, listDeclaredStates } from '#lib/services/recovery/records.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { within } from './common.ts';
import { mapGeographies } from './overview-map.ts';

const POINTS = 180;
/** Who is asked by the minute and more rarely: peerings, and DNS between two rounds, s. */
const PATH_SECONDS = 240;
const ANSWER_SECONDS = 45;
/** A Region's metrics that are missing for longer are a gap, s. */
const GAP_SECONDS = 30;

interface Asked {
  environment: string;
  from: Date;
  until: Date;
  steps: readonly {
    action: string;
    key: string;
    region: string | null;
    state: string;
    startedAt: Date | null;
    endedAt: Date | null;
  }[];
}

/** Everything by time: each course has one value for each of `times`. */
export interface Scene {
  times: readonly number[];
  regions: readonly ReplayRegion[];
  flows: ReplayModel['flows'];
  links: readonly ReplayLink[];
  geographies: ReplayModel['geographies'];
  strips: readonly Strip[];
  /** What the elected worker declared of Regions, epoch seconds. */
  declared: readonly { at: number; region: string; state: string }[];
  silences: readonly (Span & { region: string })[];
  answersKept: boolean;
  clientsKept: boolean;
}

/** What was sampled over that time, read in three indexed queries, and how each Region stood in it. */
export async function readScene(context: VerbContext, asked: Asked): Promise<Scene> {
  const { estate } = context;
  const environment = findEnvironment(estate, asked.environment);
  const served = estate.regions.filter(({ code }) => environment?.regions.includes(code));
  const samples = await readSamples(context, served, asked);
  const declared = await listDeclaredStates(context, asked);
  const { times } = samples;
  const stood = served.map((region) => ({
    region,
    code: region.code,
    standings: standingsOf(
      {
        times,
        requests: samples.of(region.code, 'requests'),
        errorRate: samples.of(region.code, 'errorRate'),
        p95Ms: samples.of(region.code, 'p95Ms'),
        healthUp: samples.of(region.code, 'health.up'),
        writer: samples.of(region.code, 'db.writer'),
        follows: samples.of(region.code, 'db.follows'),
      },
      {
        failing: failingSpans(declared, region.code),
        off: offSpans(asked.steps, region.code),
        promoting: promotingSpans(asked.steps, region.code),
      },
    ),
  }));
  const writers = writersOf(stood, times);
  const regions = stood.map(({ region, standings }) =>
    regionOf(region, { standings, samples, here: within(estate, asked.environment) }),
  );
  const answers = answersOf(estate, served, samples);
  return {
    times,
    regions,
    flows: flowsOf(estate, served, samples, answers),
    links: [...databaseLinks(estate, stood, samples, writers), ...missingPaths(served, samples)],
    geographies: mapGeographies(estate),
    strips: stripsOf(regions, samples),
    declared: declared
      .map(({ at, region, state }) => ({ at: at.getTime() / 1_000, region, state }))
      .filter(({ at }) => at >= asked.from.getTime() / 1_000),
    silences: served.flatMap(({ code }) => silencesOf(code, samples)),
    answersKept: answers.size > 0,
    clientsKept: samples.of(CLIENTS, 'orders.perSecond').some((value) => value !== null),
  };
}

/* ---------- samples ---------- */

interface Samples {
  times: readonly number[];
  of(subject: string, metric: string): Course;
}

const METRICS = [
  'requests',
  'errorRate',
  'p95Ms',
  'nodes',
  'db.lagSeconds',
  'share.measured',
] as const satisfies readonly (keyof typeof REGION_METRICS)[];

async function readSamples(context: VerbContext, served: readonly Region[], asked: Asked): Promise<Samples> {
  const codes = served.map(({ code }) => code);
  const span = { from: asked.from, to: asked.until, points: POINTS };
  const ofRegions = await readSharedSeries(context, {
    ...span,
    subjects: codes,
    metrics: [...METRICS, ...Object.keys(STANDING_METRICS)],
  });
  const ofPairs = await readSharedSeries(context, {
    ...span,
    subjects: [
      ...context.estate.geographies.flatMap(({ key }) => codes.map((code) => linkSubject(key, code))),
      ...codes.flatMap((a) => codes.filter((b) => b !== a).map((b) => linkSubject(a, b))),
    ],
    metrics: [ANSWERS_METRIC.name, PATH_METRIC.name],
  });
  const ofClients = await readSharedSeries(context, {
    ...span,
    subjects: [CLIENTS],
    metrics: Object.keys(CLIENT_METRICS),
  });
  const all = new Map(
    [ofRegions, ofPairs, ofClients]
      .flatMap(({ series }: SeriesResult): SeriesData[] => series)
      .map((series) => [`${series.subject} ${series.metric}`, series.values]),
  );
  return { times: ofRegions.times, of: (subject, metric) => all.get(`${subject} ${metric}`) ?? [] };
}

/* ---------- Regions ---------- */

function failingSpans(declared: readonly DeclaredState[], region: string): Span[] {
  const own = declared.filter((one) => one.region === region);
  return own.flatMap(({ state, at }, i) => {
    const until = own[i + 1]?.at ?? null;
    return state === 'failing' ? { from: at.getTime() / 1_000, until: until && until.getTime() / 1_000 } : [];
  });
}

/** From the step that switched it off to the one that let it back, as this run did. */
function offSpans(steps: Asked['steps'], region: string): Span[] {
  const turned = steps
    .filter((step) => step.action === 'recovery.switch' && step.region === region && step.state === 'done')
    .flatMap(({ key, endedAt }) =>
      endedAt ? { off: key.includes('off'), at: endedAt.getTime() / 1_000 } : [],
    )
    .sort((a, b) => a.at - b.at);
  return turned.flatMap(({ off, at }, i) => {
    const back = turned.slice(i + 1).find((one) => !one.off);
    return off ? { from: at, until: back?.at ?? null } : [];
  });
}

function promotingSpans(steps: Asked['steps'], region: string): Span[] {
  return steps.flatMap(({ action, region: of, startedAt, endedAt }) =>
    action === 'recovery.promote' && of === region && startedAt
      ? { from: startedAt.getTime() / 1_000, until: endedAt ? endedAt.getTime() / 1_000 : null }
      : [],
  );
}

const SERVING: Record<Standing['serving'], { status: Status; word: string }> = {
  serving: { status: 'ok', word: 'Serving' },
  slow: { status: 'warning', word: 'Slow' },
  erring: { status: 'critical', word: 'Erring' },
  'failing-checks': { status: 'critical', word: 'Failing health checks' },
  failing: { status: 'critical', word: 'Failing' },
  off: { status: 'held', word: 'Off in DNS' },
  silent: { status: 'unknown', word: 'Not reporting' },
};

const DATABASE: Record<Standing['database'], string> = {
  writer: 'writer',
  replica: 'replica',
  promoting: 'being promoted',
  none: 'no database in service',
  unknown: 'database not known',
};

function regionOf(
  region: Region,
  about: { standings: readonly Standing[]; samples: Samples; here: { environment?: string } },
): ReplayRegion {
  const { standings, samples, here } = about;
  const { code, name, lat, lon } = region;
  return {
    code,
    name,
    lat,
    lon,
    href: routes.region(code, here),
    share: rounded(samples.of(code, 'share.measured'), 4),
    requests: rounded(samples.of(code, 'requests'), 2),
    errors: rounded(samples.of(code, 'errorRate'), 5),
    p95Ms: rounded(samples.of(code, 'p95Ms'), 0),
    nodes: rounded(samples.of(code, 'nodes'), 0),
    lagSeconds: rounded(samples.of(code, 'db.lagSeconds'), 2),
    states: standings.map(({ from, serving, database }) => ({
      from,
      ...SERVING[serving],
      capabilities: capabilitiesOf(region, serving, database),
      database: DATABASE[database],
    })),
  };
}

function capabilitiesOf(
  region: Region,
  serving: Standing['serving'],
  database: Standing['database'],
): string {
  if (serving === 'silent') return 'not known';
  if (serving === 'failing' || serving === 'off') return 'nothing';
  const words = [
    region.servesReads ? 'reads' : null,
    database === 'writer' ? 'writes' : region.promotable ? 'promotable' : 'not promotable',
  ];
  return words.filter(Boolean).join(', ');
}

function silencesOf(region: string, { times, of }: Samples): (Span & { region: string })[] {
  const course = of(region, 'requests');
  const spans: Span[] = [];
  times.forEach((at, i) => {
    const last = spans.at(-1);
    const missing = (course[i] ?? null) === null;
    if (missing && (!last || last.until !== null)) spans.push({ from: at, until: null });
    else if (!missing && last?.until === null) last.until = at;
  });
  // The newest samples are still on their way.
  const end = times.at(-1) ?? 0;
  return spans
    .filter(({ from, until }) => (until ?? end) - from > GAP_SECONDS)
    .map((span) => ({ ...span, region }));
}

/* ---------- arcs ---------- */

/** Part of a geography's answers that named each Region, by `<geography>><Region>`; empty where none were kept. */
function answersOf(estate: Estate, served: readonly Region[], { times, of }: Samples): Map<string, Course> {
  const answers = new Map<string, Course>();
  for (const { key } of estate.geographies) {
    const courses = served.map(({ code }) => ({
      subject: linkSubject(key, code),
      values: of(linkSubject(key, code), ANSWERS_METRIC.name),
    }));
    // A Region that is not named leaves no sample: of a round in which others were, it had none.
    const asked = held(
      times.map((_, i) => (courses.some(({ values }) => (values[i] ?? null) !== null) ? i : null)),
      times,
      ANSWER_SECONDS,
    );
    if (asked.every((round) => round === null)) continue;
    for (const { subject, values } of courses) {
      answers.set(
        subject,
        asked.map((round) => (round === null ? null : (values[round] ?? 0))),
      );
    }
  }
  return answers;
}

/** As the overview draws them: what DNS answers a city, scaled so that a Region's arcs add up to its measured share. */
function flowsOf(
  estate: Estate,
  served: readonly Region[],
  { times, of }: Samples,
  answers: ReadonlyMap<string, Course>,
): ReplayModel['flows'] {
  return served.flatMap(({ code }) => {
    const measured = of(code, 'share.measured');
    const expected = times.map((_, i) =>
      estate.geographies.reduce(
        (sum, { key, plannedShare }) => sum + plannedShare * (answers.get(linkSubject(key, code))?.[i] ?? 0),
        0,
      ),
    );
    return estate.geographies.flatMap(({ key, plannedShare, cities }) => {
      const answered = answers.get(linkSubject(key, code));
      if (!answered || plannedShare <= 0 || answered.every((part) => !part)) return [];
      const named = answered.map((part) => (part ?? 0) > 0);
      const share = answered.map((part, i) => {
        const [is, would] = [measured[i] ?? null, expected[i] ?? 0];
        if (part === null || is === null || would <= 0) return null;
        return Math.round(((plannedShare * part * is) / would / cities.length) * 10_000) / 10_000;
      });
      return cities.map(({ name, lat, lon }) => ({ city: name, lat, lon, region: code, named, share }));
    });
  });
}

/* ---------- links ---------- */

interface Stood {
  region: Region;
  code: string;
  standings: readonly Standing[];
}

/** From whoever took the orders to each that followed: a link is there while its source writes. */
function databaseLinks(
  estate: Estate,
  stood: readonly Stood[],
  { times, of }: Samples,
  writers: readonly (string | null)[],
): ReplayLink[] {
  const sources = [...new Set(writers)].filter((code) => code !== null);
  const { warning, critical } = estate.thresholds.databaseLagSeconds;
  return sources.flatMap((from) =>
    stood
      .filter(({ code }) => code !== from)
      .map(({ code, standings }): ReplayLink => {
        const seconds = of(code, 'db.lagSeconds');
        return {
          id: `${from}-${code}`,
          from,
          to: code,
          seconds: rounded(seconds, 2),
          states: changesOf(times, (at, i) => {
            const database = standings.findLast((standing) => standing.from <= at)?.database;
            const absent = writers[i] !== from || database === 'promoting' || database === 'writer';
            const lag = seconds[i] ?? null;
            const status: Status =
              database !== 'replica'
                ? database === 'none'
                  ? 'critical'
                  : 'unknown'
                : lag === null
                  ? 'unknown'
                  : lag > critical
                    ? 'critical'
                    : lag > warning
                      ? 'warning'
                      : 'ok';
            return { status, missing: false, absent };
          }),
        };
      }),
  );
}

/** Pairs that could not reach each other at some time: what is absent is drawn too. */
function missingPaths(served: readonly Region[], { times, of }: Samples): ReplayLink[] {
  return served.flatMap((a, i) =>
    served.slice(i + 1).flatMap((b): ReplayLink[] => {
      const ends = [linkSubject(a.code, b.code), linkSubject(b.code, a.code)].map((subject) =>
        held(of(subject, PATH_METRIC.name), times, PATH_SECONDS),
      );
      const states = changesOf(times, (_, frame) => {
        const known = ends.map((end) => end[frame] ?? null);
        const closed = known.some((part) => part !== null && part < 0.5);
        return { status: 'critical' as const, missing: true, absent: !closed };
      });
      if (states.every(({ absent }) => absent)) return [];
      return [
        { id: `path-${a.code}-${b.code}`, from: a.code, to: b.code, seconds: times.map(() => null), states },
      ];
    }),
  );
}

type LinkState = ReplayLink['states'][number];

/** One state for each change. */
function changesOf(
  times: readonly number[],
  stateAt: (at: number, frame: number) => Omit<LinkState, 'from'>,
): LinkState[] {
  const states: LinkState[] = [];
  times.forEach((from, frame) => {
    const state = stateAt(from, frame);
    const last = states.at(-1);
    if (last?.status !== state.status || last.missing !== state.missing || last.absent !== state.absent)
      states.push({ from, ...state });
  });
  return states;
}

/* ---------- strips ---------- */

const TONES = [1, 2, 3, 4, 5, 6] as const;

function stripsOf(regions: readonly ReplayRegion[], samples: Samples): Strip[] {
  const byRegion = (pick: (region: ReplayRegion) => Course) =>
    regions.map((region, i) => ({
      key: region.code,
      label: region.code,
      tone: TONES[i % TONES.length] ?? 1,
      values: pick(region),
    }));
  const clients = (key: string, metric: keyof typeof CLIENT_METRICS, label: string) => ({
    key,
    label,
    tone: 4 as const,
    values: rounded(samples.of(CLIENTS, metric), 3),
  });
  const strips: Strip[] = [
    {
      key: 'requests',
      label: 'Requests',
      unit: '/s',
      scale: 1,
      digits: 1,
      series: byRegion(({ requests }) => requests),
    },
    {
      key: 'orders',
      label: 'Orders taken',
      unit: '/s',
      scale: 1,
      digits: 1,
      series: [clients('clients', 'orders.perSecond', 'as clients saw')],
    },
    {
      key: 'reads',
      label: 'Reads answered',
      unit: '%',
      scale: 100,
      digits: 1,
      series: [clients('clients', 'reads.answered', 'as clients saw')],
    },
    {
      key: 'errors',
      label: 'Errors',
      unit: '%',
      scale: 100,
      digits: 1,
      series: byRegion(({ errors }) => errors),
    },
    {
      key: 'lag',
      label: 'Database lag',
      unit: 's',
      scale: 1,
      digits: 1,
      series: byRegion(({ lagSeconds }) => lagSeconds),
    },
    {
      key: 'nodes',
      label: 'Nodes ready',
      unit: '',
      scale: 1,
      digits: 0,
      series: byRegion(({ nodes }) => nodes),
    },
  ];
  return strips.filter(({ series }) => series.some(({ values }) => values.some((value) => value !== null)));
}

/** What is sent to the browser needs no more digits than are drawn. */
function rounded(course: Course, digits: number): Course {
  const factor = 10 ** digits;
  return course.map((value) => (value === null ? null : Math.round(value * factor) / factor));
}
