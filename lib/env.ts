import { isIP } from 'node:net';
import { z } from 'zod';

const flag = z.enum(['on', 'off']);
const regionCode = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a Region code such as eu-west-1');

/** Name servers as Node's resolver takes them: addresses, each with a port or not, with commas. */
const nameServers = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .refine(
    (servers) => servers.every(isNameServer),
    'is not a list such as 10.0.0.2,10.1.0.2:53,[fd00::2]:53',
  );

/** Every environment variable that the product reads, by process that needs it. The one reader of `process.env`. */
const Environment = z.object({
  DATABASE_URL: z.string().min(1),
  MERIDIAN_OWNER_URL: z.string().optional(),
  MERIDIAN_DATA: z.string().default('.data'),
  MERIDIAN_ESTATE: z.string().default('estate.yaml'),
  MERIDIAN_LAB: flag.default('on'),
  MERIDIAN_URL: z.url().optional(),
  MERIDIAN_HOME_REGION: regionCode.optional(),
  MERIDIAN_SECRET: z.string().min(32).optional(),
  MERIDIAN_SIGNING_KEY: z.string().optional(),
  MERIDIAN_DEMO_PASSWORD: z.string().min(8).optional(),
  MERIDIAN_TRUSTED_PROXIES: z.string().default(''),
  MERIDIAN_DNS_SERVERS: nameServers,
  MERIDIAN_CLIENT_REPORT_URL: z.url().optional(),
  MERIDIAN_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  MERIDIAN_GALLERY: z.enum(['0', '1']).default('0'),
  OIDC_ISSUER: z.url().optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_GROUPS_CLAIM: z.string().default('groups'),
  OIDC_GROUP_ROLES: z.string().optional(),
  WORKER_INDEX: z.coerce.number().int().default(0),
});
export type Environment = z.infer<typeof Environment>;

let cached: Environment | undefined;

/** The checked environment. Throws one sentence naming every variable that does not fit. */
export function env(): Environment {
  cached ??= readEnvironment(process.env);
  return cached;
}

export function readEnvironment(source: NodeJS.ProcessEnv): Environment {
  const set = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Error(`The environment does not fit: ${problems}. README lists every variable.`);
}

function isNameServer(text: string): boolean {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isAddress = bracketed ? isIP(bracketed) === 6 : isIP(plain ?? text) !== 0;
  return isAddress && (port === undefined || (Number(port) > 0 && Number(port) < 65_536));
}
