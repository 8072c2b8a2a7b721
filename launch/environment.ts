import fs from 'node:fs';
import path from 'node:path';
import { keptSecret } from './keep.ts';
import type { LabContact } from './lab-contact.ts';
import type { DatabaseUrls } from './postgres/roles.ts';
import type { Settings } from './settings.ts';

/** What leads to an estate: the AWS SDK, a Kubernetes client, the name servers and the measurements of its clients. */
const ESTATE_VARIABLES = /^(AWS_|KUBECONFIG$|MERIDIAN_DNS_SERVERS$|MERIDIAN_CLIENT_REPORT_URL$)/;
/** What would change how our programs run, or what only one of them may know. */
const CALLERS_OWN =
  /^(npm_|PG(?!_)|NODE_OPTIONS$|NODE_ENV$|NODE_CHANNEL|DATABASE_URL$|MERIDIAN_OWNER_URL$|MERIDIAN_SECRET$|MERIDIAN_DEMO_PASSWORD$|MERIDIAN_SECOND_CONSOLE$|NEXTAUTH_|PORT$|HOST$|WORKER_)/;

export interface Shared {
  settings: Settings;
  database: DatabaseUrls;
  /** Address of the console in a browser. */
  url: string;
  secret: string;
  /** Set with the lab only: without it there are no demo accounts. */
  demoPassword?: string;
}

/** The caller's environment for a program that needs neither database nor estate. */
export function cleanedProcess(caller: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { NODE_ENV: 'production', ...keptVariables(caller, { estate: false }) };
}

/** The caller's environment without anything that could reach another estate or database: the lab runs on this. */
export function cleanEnvironment(
  settings: Settings,
  caller: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return { ...keptVariables(caller, { estate: false }), ...noAws(settings.dataDir), ...common(settings) };
}

/** For the web: the application's database role and the session secrets, never a way to AWS. */
export function webEnvironment(shared: Shared): NodeJS.ProcessEnv {
  return {
    ...cleanEnvironment(shared.settings),
    ...product(shared),
    NEXTAUTH_URL: shared.url,
    NEXTAUTH_SECRET: shared.secret,
    NEXT_TELEMETRY_DISABLED: '1',
  };
}

/** For a worker: with the lab only the lab's addresses and keys, else the caller's own configuration of the estate. */
export function workerEnvironment(shared: Shared, lab: LabContact | undefined): NodeJS.ProcessEnv {
  const { settings } = shared;
  const estate = lab
    ? { ...cleanEnvironment(settings), ...labEstate(lab) }
    : { ...keptVariables(process.env, { estate: true }), ...common(settings) };
  return { ...estate, ...product(shared) };
}

function product(shared: Shared): Partial<NodeJS.ProcessEnv> {
  return {
    DATABASE_URL: shared.database.applicationUrl,
    MERIDIAN_URL: shared.url,
    MERIDIAN_SECRET: shared.secret,
    MERIDIAN_DEMO_PASSWORD: shared.demoPassword,
  };
}

function common(settings: Settings): Pick<NodeJS.ProcessEnv, 'NODE_ENV'> & Record<string, string> {
  return {
    NODE_ENV: settings.dev ? 'development' : 'production',
    MERIDIAN_DATA: settings.dataDir,
    MERIDIAN_ESTATE: settings.estateFile,
    MERIDIAN_LAB: settings.lab ? 'on' : 'off',
  };
}

function keptVariables(
  caller: NodeJS.ProcessEnv,
  options: { estate: boolean },
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(caller).filter(
      ([name]) => !CALLERS_OWN.test(name) && (options.estate || !ESTATE_VARIABLES.test(name)),
    ),
  );
}

function noAws(dataDir: string): Record<string, string> {
  const empty = path.join(dataDir, 'no-aws-configuration');
  if (!fs.existsSync(empty)) fs.writeFileSync(empty, '', { mode: 0o600 });
  return { AWS_CONFIG_FILE: empty, AWS_SHARED_CREDENTIALS_FILE: empty, AWS_EC2_METADATA_DISABLED: 'true' };
}

function labEstate(lab: LabContact): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: lab.gatewayUrl,
    AWS_ACCESS_KEY_ID: lab.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.credentials.secretAccessKey,
    ...(lab.caFile ? { NODE_EXTRA_CA_CERTS: lab.caFile } : {}),
    MERIDIAN_DNS_SERVERS: `${lab.dns.host}:${lab.dns.port}`,
    MERIDIAN_CLIENT_REPORT_URL: lab.ledgerUrl,
  };
}

/** `MERIDIAN_SECRET`, else one made for this data folder. */
export function sessionSecret(dataDir: string): string {
  return process.env.MERIDIAN_SECRET || keptSecret(dataDir, 'session', 32);
}

/** `MERIDIAN_DEMO_PASSWORD`, else one made for this data folder. */
export function demoPassword(dataDir: string): string {
  return process.env.MERIDIAN_DEMO_PASSWORD || keptSecret(dataDir, 'demo-password', 9);
}
