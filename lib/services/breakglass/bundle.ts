import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import {
  type BreakGlassFiles,
  type BreakGlassPlan,
  type BreakGlassSubject,
  digestOf,
} from '../../operations/breakglass/plan.ts';
import { keyId, type SigningKey } from '../audit/heads.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Subject = z.custom<BreakGlassSubject>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === 1 &&
    'regions' in value &&
    Array.isArray(value.regions) &&
    'steps' in value &&
    Array.isArray(value.steps),
  'is not of this version',
);

export const BUNDLE_NAME = /^[a-z][a-z0-9-]{0,100}$/;

/** Sheet and script of one plan under one signature: whoever has the public key can tell whether either was changed since. */
export const BreakGlassBundle = z.strictObject({
  bundle: z.literal('meridian break-glass'),
  version: z.literal(1),
  name: z.string().regex(BUNDLE_NAME),
  title: z.string(),
  environment: z.string(),
  madeAt: z.iso.datetime(),
  /** SHA-256 of the subject as canonical JSON. */
  digest: sha256,
  subject: Subject,
  html: z.string(),
  htmlSha256: sha256,
  script: z.string(),
  scriptSha256: sha256,
  /** Which key: as signed heads of the audit log name it. */
  key: z.string(),
  /** Ed25519 over "meridian break-glass bundle" and the other fields but sheet and script as canonical JSON; base64. */
  signature: z.string(),
});
export type BreakGlassBundle = z.infer<typeof BreakGlassBundle>;

export function sealBundle(
  plan: BreakGlassPlan,
  files: BreakGlassFiles,
  { key, now }: { key: SigningKey; now: Date },
): BreakGlassBundle {
  const body = {
    bundle: 'meridian break-glass' as const,
    version: 1 as const,
    name: plan.name,
    title: plan.title,
    environment: plan.subject.environment,
    madeAt: now.toISOString(),
    digest: plan.digest,
    subject: plan.subject,
    htmlSha256: hashOf(files.html),
    scriptSha256: hashOf(files.script),
    key: key.id,
  };
  const signature = sign(null, signedText(body), key.privateKey).toString('base64');
  return { ...body, html: files.html, script: files.script, signature };
}

export type BundleCheck = { ok: true; bundle: BreakGlassBundle } | { ok: false; problem: string };

/** Reads a bundle from its text and looks whether it is whole and of that key. */
export function checkBundle(text: string, publicKey: KeyObject): BundleCheck {
  const parsed = BreakGlassBundle.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.');
    return refused(
      `It is no break-glass bundle of this version: ${field ? `${field} ${issue?.message}` : 'not JSON, or of another form'}.`,
    );
  }
  const bundle = parsed.data;
  if (hashOf(bundle.script) !== bundle.scriptSha256)
    return refused('The script is not the one that was signed: it was changed.');
  if (hashOf(bundle.html) !== bundle.htmlSha256)
    return refused('The sheet is not the one that was signed: it was changed.');
  if (digestOf(bundle.subject) !== bundle.digest)
    return refused('What it was made from is not what was signed: it was changed.');
  const ours = keyId(publicKey);
  if (bundle.key !== ours)
    return refused(`It names key ${bundle.key}, and the one to verify with is ${ours}.`);
  const { html: _, script: __, signature, ...body } = bundle;
  return verify(null, signedText(body), publicKey, Buffer.from(signature, 'base64'))
    ? { ok: true, bundle }
    : refused(
        `Its signature is not of key ${ours} over what it says: it was changed, or made by somebody else.`,
      );
}

function refused(problem: string): BundleCheck {
  return { ok: false, problem };
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function signedText(body: object): Buffer {
  return Buffer.from(`meridian break-glass bundle\n${canonicalize(body)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused as no bundle
  }
}
