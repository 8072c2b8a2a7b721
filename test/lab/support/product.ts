import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { type AwsPortOptions, createAwsPort } from '#lib/adapters/aws/aws-port.ts';
import { type AwsClients, type ClientOptions, createAwsClients } from '#lib/adapters/aws/clients.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { AwsPort, CallRecord } from '#lib/ports/aws.ts';
import type { Lab } from '../harness.ts';

/**
 * Points the AWS SDK of this process at the lab, by the environment variables that the launcher gives the worker, and trusts
 * the lab's authority as NODE_EXTRA_CA_CERTS would; the returned function takes both away again.
 */
export function reachLab(lab: Pick<Lab, 'env' | 'caFile'>): () => void {
  const names = Object.keys(lab.env).filter((name) => name.startsWith('AWS_'));
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = lab.env[name];
  const authorities = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...authorities, readFileSync(lab.caFile, 'utf8')]);
  return () => {
    tls.setDefaultCACertificates(authorities);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

export interface RecordedPort {
  aws: AwsPort & { close(): void };
  calls: CallRecord[];
}

/** AWS as a step of an operation has it. */
export function openPort(estate: Estate, options: Partial<AwsPortOptions> = {}): RecordedPort {
  const calls: CallRecord[] = [];
  const aws = createAwsPort({
    estate,
    operation: { id: 'OP-1001', epoch: 1n },
    stepKey: 'test',
    record: (call) => void calls.push(call),
    now: () => Date.now(),
    ...options,
  });
  return { aws, calls };
}

/** Clients as a collector has them, with the patience a test wants. */
export function openClients(estate: Estate, options: Partial<ClientOptions> = {}): AwsClients {
  return createAwsClients({ estate, sessionName: 'test', timeoutMs: 2_000, attempts: 1, ...options });
}
