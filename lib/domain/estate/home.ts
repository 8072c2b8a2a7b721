import type { Estate } from './estate.ts';

/** The estate as a console sees it that was told where it stands; else as the estate declares it. */
export function standingIn(estate: Estate, region: string | undefined): Estate {
  if (region === undefined) return estate;
  return { ...estate, console: { ...estate.console, homeRegion: region } };
}

/** Where a worker stands: as it was told, else by its number, counted from 1, among those that the estate names. */
export function workerHome(estate: Estate, worker: { region: string | undefined; index: number }): string {
  const { homeRegion, workerRegions = [homeRegion] } = estate.console;
  const byNumber = workerRegions[Math.max(0, worker.index - 1) % workerRegions.length];
  return worker.region ?? byNumber ?? homeRegion;
}
