import type { Report } from './report.ts';

export interface BenchOptions {
  /** Audit rows of the large estate. */
  rows: number;
  /** Rounds of what is repeated to be believed: outages, moves of the writer. */
  runs: number;
  /** Tells what is under way, for a person who waits. */
  progress: (text: string) => void;
}

export interface Bench {
  name: string;
  title: string;
  run(options: BenchOptions): Promise<Report & { postgres: string | null }>;
}
