import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { breakGlassPlans, renderBreakGlass } from '#lib/operations/breakglass/plan.ts';
import { recoveryTopology } from '#lib/operations/recovery/plan.ts';
import { NOW, outlook } from '#test/recovery-facts.ts';
import { keyId, type SigningKey } from '../audit/heads.ts';
import { type BreakGlassBundle, checkBundle, sealBundle } from './bundle.ts';

function newKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey, id: keyId(publicKey) };
}

const key = newKey();
const bundle = sealed();

function sealed(): BreakGlassBundle {
  const { estate, environment, ...given } = outlook();
  const topology = recoveryTopology(
    { estate, environment, ...given },
    { writesEndedAt: null, divergedAt: null },
  );
  const [plan] = breakGlassPlans({ estate, environment, topology });
  if (!plan) throw new Error('There is no plan.');
  const files = renderBreakGlass(plan, {
    estate,
    library: ':\n',
    madeAt: NOW,
    target: undefined,
    history: {},
  });
  return sealBundle(plan, files, { key, now: NOW });
}

const problem = (changed: unknown, by = key) => {
  const check = checkBundle(typeof changed === 'string' ? changed : JSON.stringify(changed), by.publicKey);
  return check.ok ? null : check.problem;
};

describe('a bundle', () => {
  it('is taken as it was signed, however its JSON is laid out', () => {
    expect(checkBundle(JSON.stringify(bundle, null, 4), key.publicKey)).toEqual({ ok: true, bundle });
  });

  it.each<[string, Partial<BreakGlassBundle>, RegExp]>([
    [
      'its script',
      { script: bundle.script.replaceAll('eu-west-1', 'ap-southeast-1') },
      /script.*was changed/,
    ],
    ['one letter of its script', { script: `${bundle.script} ` }, /script.*was changed/],
    ['its sheet', { html: bundle.html.replace('cannot be undone', 'can be undone') }, /sheet.*was changed/],
    [
      'a Region of its plan',
      { subject: { ...bundle.subject, target: 'ap-southeast-1' } },
      /made from.*was changed/,
    ],
    ['its name', { name: 'failover-us-east-1-to-ap-southeast-1' }, /signature is not/],
    ['the time it was made', { madeAt: '2027-01-01T00:00:00.000Z' }, /signature is not/],
    [
      'its signature',
      { signature: `${bundle.signature.startsWith('AA') ? 'BB' : 'AA'}${bundle.signature.slice(2)}` },
      /signature is not/,
    ],
  ])('is refused when somebody has changed %s', (_, change, words) => {
    expect(problem({ ...bundle, ...change })).toMatch(words);
  });

  it('is refused when script and checksum were changed together', () => {
    const script = '#!/bin/sh\nrm -rf /\n';
    const other = sealBundle(
      { name: bundle.name, title: bundle.title, subject: bundle.subject, digest: bundle.digest },
      { html: bundle.html, script },
      { key: newKey(), now: NOW },
    );
    expect(problem({ ...bundle, script, scriptSha256: other.scriptSha256 })).toMatch(/signature is not/);
    expect(problem(other)).toMatch(/names key/);
    expect(problem({ ...other, key: key.id })).toMatch(/signature is not/);
  });

  it.each<[string, string, RegExp]>([
    ['text', 'no bundle', /not JSON/],
    ['another JSON', '{"bundle": "of flowers"}', /no break-glass bundle.*bundle /],
    ['a bundle with a field too many', JSON.stringify({ ...bundle, also: 1 }), /no break-glass bundle/],
    ['a bundle of a later version', JSON.stringify({ ...bundle, version: 2 }), /of this version: version/],
  ])('%s is none', (_, text, words) => expect(problem(text)).toMatch(words));
});
