import 'server-only';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { standingIn } from '#lib/domain/estate/home.ts';
import { type Database, openDatabase } from '../data/database.ts';
import type { SeriesRequest, SeriesResult } from '../data/samples.ts';
import { createEngineClient } from '../engine/client.ts';
import { env } from '../env.ts';
import type { EngineClient } from '../ports/engine.ts';
import { readCurrentEstate } from '../services/estate/estate.ts';
import type { ObservationSet } from '../services/observations/read.ts';
import { type ChangeFeed, openChangeFeed } from './change-feed.ts';
import { type ConsoleBeat, startConsoleBeat } from './console-beat.ts';
import { logger } from './log.ts';
import { shareObservations } from './shared-observations.ts';
import { sharePlans } from './shared-plans.ts';
import { shareSeries } from './shared-series.ts';
import { type EventStreams, openEventStreams } from './streams.ts';

/** What one web process holds open: ten connections for verbs and pages, one to listen, one for the engine's client. */
export interface WebRuntime {
  database: Database;
  engine: EngineClient;
  feed: ChangeFeed;
  /** What was last seen, read once for the pages that ask at about the same time. */
  observations(): Promise<ObservationSet>;
  /** Lines of charts, read once for the pages that ask for the same. */
  series(request: SeriesRequest): Promise<SeriesResult>;
  /** The plan of an operation, read once for all pages. */
  plans(operation: { id: string; digest: string }): Promise<unknown>;
  streams: EventStreams;
  beat: ConsoleBeat;
  /** As this console sees it: with its own home Region. */
  estate(): Promise<Estate>;
}

const WEB_CONNECTIONS = 10;

// On globalThis: Next evaluates a module once a bundle, and a second pool would double the connections.
const holder = globalThis as typeof globalThis & { meridianRuntime?: Promise<WebRuntime> };

/** The process's one runtime; a start that failed is tried again by the next request. */
export function webRuntime(): Promise<WebRuntime> {
  holder.meridianRuntime ??= openRuntime().catch((error: unknown) => {
    holder.meridianRuntime = undefined;
    throw error;
  });
  return holder.meridianRuntime;
}

/** Ends what would keep this process from stopping; a process that served nothing yet has nothing to end. */
export async function stopWebRuntime(): Promise<void> {
  const runtime = await holder.meridianRuntime?.catch(() => undefined); // one that never opened
  runtime?.streams.close();
  await Promise.all([runtime?.feed.close(), runtime?.beat.stop()]);
}

/** Opens the runtime before anybody asks for a page: a console that waits for its first visitor is one to send people to. */
export function openAtStart(): void {
  webRuntime().catch((error: unknown) =>
    logger().warn({ err: error }, 'the console is not ready yet; the next request tries again'),
  );
}

async function openRuntime(): Promise<WebRuntime> {
  const { DATABASE_URL: url, MERIDIAN_HOME_REGION: homeRegion } = env();
  const database = openDatabase({ url, connections: WEB_CONNECTIONS, name: 'meridian-web' });
  const engine = await createEngineClient({ database, databaseUrl: url });
  const feed = openChangeFeed(url);
  let estate: Promise<Estate> | undefined;
  feed.subscribe((change) => {
    if (change.topic === 'estate') estate = undefined;
  });
  const currentEstate = () => {
    estate ??= readCurrentEstate(database.pool).then(
      (declared) => standingIn(declared, homeRegion),
      (error: unknown) => {
        estate = undefined;
        throw error;
      },
    );
    return estate;
  };
  return {
    database,
    engine,
    feed,
    // Before the streams: who hears of something new reads it new.
    observations: shareObservations(database, feed),
    series: shareSeries(database, feed),
    plans: sharePlans(database),
    streams: openEventStreams(feed),
    beat: startConsoleBeat(database, currentEstate),
    estate: currentEstate,
  };
}
