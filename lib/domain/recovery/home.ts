import type { Block } from './emergency.ts';
import { capitalized, listOf, sentence } from './words.ts';

/** Where Meridian stands, by its processes that are alive (aws-facts R-01). */
export interface Home {
  /** Region of the console that asks. */
  console: string;
  database: string;
  /** Every console that is alive, that one included. */
  consoles: readonly ConsolePlace[];
  /** Home Regions of the workers that are alive; null of one that does not say. */
  workers: readonly (string | null)[];
}

export interface ConsolePlace {
  region: string;
  /** Address in people's browsers, where one was set. */
  url: string | null;
}

export const SINKING_SHIP = 'sinking-ship';

/**
 * A run that is started where the outage is may die with it, half done: another console has to start it, or somebody says
 * that it is to be started here all the same (PRODUCT.md, idea 9; aws-facts R-01). Undefined when nothing is there without
 * which the run could not be carried on elsewhere.
 */
export function sinkingShip(home: Home, lost: string): Block | undefined {
  const aboard = aboardOf(home, lost);
  const names = [
    ...(aboard.console ? ['this console'] : []),
    ...(aboard.database ? ['its database'] : []),
    ...(aboard.workers ? ['all its workers'] : []),
  ];
  if (names.length === 0) return undefined;
  const run = names.length === 1 && !aboard.workers ? 'runs' : 'run';
  const it = names.length === 1 && !aboard.workers ? 'it' : 'them';
  return {
    id: SINKING_SHIP,
    message: `${sentence(`${capitalized(listOf(names))} ${run} in ${lost}, the Region that is being left`)} ${wayOut(home, lost)} The run would stop half-way if it went down with ${it}.`,
    source: 'R-01',
  };
}

/** Which of console, database and workers stand in that Region; workers only when there is none elsewhere. */
export function aboardOf({ console, database, workers }: Home, lost: string) {
  return {
    console: console === lost,
    database: database === lost,
    workers: workers.length > 0 && workers.every((region) => region === lost),
  };
}

/** The consoles that are alive and stand in another Region. */
export function consolesElsewhere({ consoles }: Pick<Home, 'consoles'>, lost: string): ConsolePlace[] {
  return consoles.filter(({ region }) => region !== lost);
}

/** `the console at https://…, in eu-west-1`. */
export function placeWords({ region, url }: ConsolePlace): string {
  return url === null ? `the console in ${region}` : `the console at ${url}, in ${region}`;
}

function wayOut(home: Home, lost: string): string {
  const aboard = aboardOf(home, lost);
  const [other] = consolesElsewhere(home, lost);
  const steps = [
    ...(aboard.console
      ? [other ? `Use ${placeWords(other)}.` : 'Start it from a console elsewhere; none is alive.']
      : []),
    ...(aboard.workers ? ['Start a worker elsewhere.'] : []),
    ...(aboard.database ? ['The break-glass bundle does without the database.'] : []),
  ];
  return steps.join(' ');
}
