import { z } from 'zod';
import { getBundle, listBundles } from '../../services/breakglass/read.ts';
import { defineRoute } from '../define-route.ts';
import { EnvironmentQuery, environmentOf } from './environment.ts';

const Summary = z.object({
  name: z.string(),
  title: z.string(),
  lost: z.string(),
  target: z.string(),
  madeAt: z.iso.datetime(),
  digest: z.string().describe('SHA-256 of what it is made from'),
  key: z.string().describe('which key signed it, as heads of the audit log name it'),
  current: z.boolean().describe('whether it is made from what is seen now'),
});

export const list = defineRoute({
  method: 'GET',
  path: '/breakglass',
  id: 'listBreakGlassBundles',
  tag: 'recovery',
  summary: 'The break-glass bundles that this machine keeps for an environment',
  action: 'read',
  query: EnvironmentQuery,
  response: z.object({ items: z.array(Summary) }),
  run: async (context, { query }) => ({
    items: await listBundles(context, { environment: environmentOf(context, query) }),
  }),
});

const Bundle = Summary.omit({ lost: true, target: true }).extend({
  bundle: z.string(),
  version: z.int(),
  environment: z.string(),
  subject: z.looseObject({}).describe('the plan, and the Regions it was made for'),
  html: z.string().describe('the sheet, a page that needs nothing else'),
  htmlSha256: z.string(),
  script: z.string().describe('the POSIX shell script; needs aws and curl'),
  scriptSha256: z.string(),
  signature: z.string().describe('Ed25519, base64; "meridian breakglass verify" checks it'),
});

export const get = defineRoute({
  method: 'GET',
  path: '/breakglass/{plan}',
  id: 'getBreakGlassBundle',
  tag: 'recovery',
  summary: 'One break-glass bundle: sheet and script, signed',
  action: 'read',
  params: { plan: 'Name of the bundle, such as failover-us-east-1-to-eu-west-1' },
  query: EnvironmentQuery,
  response: Bundle,
  run: (context, { params, query }) =>
    getBundle(context, { environment: environmentOf(context, query), plan: params.plan }),
});
