import { z } from 'zod';
import { NotFoundError } from '../../errors.ts';
import { placeByEnvironment } from '../audit/anchor.ts';
import type { VerbContext } from '../context.ts';
import { requireEnvironment } from '../recovery/facts.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import { type BreakGlassBundle, BUNDLE_NAME } from './bundle.ts';
import { bundleFolder, listBundleNames, readBundle } from './files.ts';
import { readBreakGlassPlans } from './plans.ts';

export const BreakGlassInput = z.strictObject({
  environment: z.string().min(1, 'is empty').max(40),
});

export const BreakGlassPlanInput = BreakGlassInput.extend({
  plan: z.string().regex(BUNDLE_NAME, 'is not the name of a bundle, such as failover-us-east-1-to-eu-west-1'),
});

/** A bundle, and whether it is made from what is seen now. */
export type ReadBundle = BreakGlassBundle & { current: boolean };
export type BundleSummary = Pick<ReadBundle, 'name' | 'title' | 'madeAt' | 'digest' | 'key' | 'current'> & {
  lost: string;
  target: string;
};

/** The bundles that this machine keeps for the environment. */
export async function listBundles(context: VerbContext, raw: unknown): Promise<BundleSummary[]> {
  assertPermitted(context, 'read', {});
  const { environment } = parseInput(BreakGlassInput, raw);
  requireEnvironment(context.estate, environment);
  const folder = bundleFolder(placeByEnvironment().dataDir, environment);
  const digests = await currentDigests(context, environment);
  const bundles = await Promise.all((await listBundleNames(folder)).map((name) => readBundle(folder, name)));
  return bundles.flatMap((bundle) => {
    if (!bundle) return [];
    const { name, title, madeAt, digest, key, subject } = bundle;
    const { lost, target } = subject;
    return { name, title, madeAt, digest, key, lost, target, current: digests.get(name) === digest };
  });
}

/** The bundle of a plan as a worker keeps it on this machine. Throws NotFoundError. */
export async function getBundle(context: VerbContext, raw: unknown): Promise<ReadBundle> {
  assertPermitted(context, 'read', {});
  const { environment, plan } = parseInput(BreakGlassPlanInput, raw);
  requireEnvironment(context.estate, environment);
  const bundle = await readBundle(bundleFolder(placeByEnvironment().dataDir, environment), plan);
  if (!bundle) {
    throw new NotFoundError(
      `There is no break-glass bundle ${plan} of ${environment} on this machine. GET /api/v1/breakglass lists those there are; a worker makes them once the Regions were seen.`,
    );
  }
  const digests = await currentDigests(context, environment);
  return { ...bundle, current: digests.get(plan) === bundle.digest };
}

async function currentDigests(context: VerbContext, environment: string): Promise<Map<string, string>> {
  const { plans } = await readBreakGlassPlans(context, environment);
  return new Map(plans.map(({ plan }) => [plan.name, plan.digest]));
}
