import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BreakGlassBundle } from './bundle.ts';

/** Where the current bundles of an environment are kept on this machine. */
export function bundleFolder(dataDir: string, environment: string): string {
  // Without this the build takes the whole checkout for what this path may lead to.
  return path.join(/* turbopackIgnore: true */ dataDir, 'breakglass', environment);
}

/**
 * Writes a bundle as `<name>.html`, `<name>.sh` and, last, `<name>.json` with both under its signature. A reader finds each whole,
 * before or after.
 */
export async function writeBundle(folder: string, bundle: BreakGlassBundle): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = [
    { ending: 'html', content: bundle.html, mode: 0o600 },
    { ending: 'sh', content: bundle.script, mode: 0o700 },
    { ending: 'json', content: `${JSON.stringify(bundle, null, 2)}\n`, mode: 0o600 },
  ];
  const written: string[] = [];
  for (const { ending, content, mode } of files) {
    const file = path.join(/* turbopackIgnore: true */ folder, `${bundle.name}.${ending}`);
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, content, { mode });
    await rename(draft, file);
    written.push(file);
  }
  return written;
}

/** The bundle of that name, unverified; null where there is none, or something else bears its name. */
export async function readBundle(folder: string, name: string): Promise<BreakGlassBundle | null> {
  const text = await readFile(path.join(/* turbopackIgnore: true */ folder, `${name}.json`), 'utf8').catch(
    ifMissing(null),
  );
  return text === null ? null : parseBundle(text);
}

function parseBundle(text: string): BreakGlassBundle | null {
  try {
    return BreakGlassBundle.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Names of the bundles there are, sorted. */
export async function listBundleNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(ifMissing<string[]>([]));
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** A plan that no longer exists must not lie around for the next outage. */
export async function removeBundle(folder: string, name: string): Promise<void> {
  for (const ending of ['json', 'sh', 'html'])
    await rm(path.join(/* turbopackIgnore: true */ folder, `${name}.${ending}`), { force: true });
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
