import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Estate, parseEstate } from '#lib/domain/estate/estate.ts';
import { type RunningLab, startLabParts } from './compose.ts';
import type { LabDescription } from './description.ts';

/** The lab cannot run, for a reason the person who started it can do something about. */
export class LabProblem extends Error {
  override name = 'LabProblem';
}

export interface RunOptions {
  estateFile: string;
  /** MERIDIAN_DATA. */
  dataDir: string;
  seed: number;
  log: (part: string, message: string, fields?: Record<string, unknown>) => void;
}

/** Starts the lab and writes `lab.json`. Its `close` takes the file away again. */
export async function runLab(options: RunOptions): Promise<RunningLab> {
  const estate = readEstate(options.estateFile);
  const directory = openDirectory(options.dataDir);
  await refuseSecondLab(options.dataDir);
  const lab = await startLabParts({ estate, directory, seed: options.seed, log: options.log });
  writeDescription(options.dataDir, lab.description);
  return {
    description: lab.description,
    async close() {
      rmSync(descriptionFile(options.dataDir), { force: true });
      await lab.close();
    },
  };
}

const descriptionFile = (dataDir: string): string => path.join(dataDir, 'lab.json');

/** What the last lab of this folder wrote; undefined when none runs or it ended in order. */
export function readDescription(dataDir: string): LabDescription | undefined {
  try {
    return JSON.parse(readFileSync(descriptionFile(dataDir), 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new LabProblem(
      `${descriptionFile(dataDir)} cannot be read (${messageOf(error)}). Delete it and start the lab again.`,
    );
  }
}

function readEstate(file: string): Estate {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabProblem(
      `The estate ${file} cannot be read (${messageOf(error)}). Set MERIDIAN_ESTATE to an estate file.`,
    );
  }
  const parsed = parseEstate(text);
  if (parsed.ok) return parsed.estate;
  const problems = parsed.problems
    .map(({ field, message }) => `  ${field || 'the file'}: ${message}`)
    .join('\n');
  throw new LabProblem(`The estate ${file} cannot be used:\n${problems}`);
}

/** The lab's own folder. Run as root, the database's unprivileged user has to get through to its files, but not read these. */
function openDirectory(dataDir: string): string {
  const directory = path.join(dataDir, 'lab');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) {
    for (const folder of [dataDir, directory]) chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o011);
  }
  return directory;
}

/** Two labs on one folder would fight over its databases. A file left by a lab that died is no lab. */
async function refuseSecondLab(dataDir: string): Promise<void> {
  const other = readDescription(dataDir);
  if (other && (await answers(other))) {
    throw new LabProblem(
      `A lab runs on ${dataDir} already (process ${other.pid}, ${other.adminUrl}). Stop it first, or set MERIDIAN_DATA to another folder.`,
    );
  }
  rmSync(descriptionFile(dataDir), { force: true });
}

async function answers({ adminUrl, token }: LabDescription): Promise<boolean> {
  try {
    const response = await fetch(new URL('/calls', adminUrl), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(3000),
    });
    return response.ok;
  } catch {
    // Nobody listens there: the file outlived its lab.
    return false;
  }
}

function writeDescription(dataDir: string, description: LabDescription): void {
  const file = descriptionFile(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
