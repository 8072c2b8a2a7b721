import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterLab, startClusterLab } from './support/clusters.ts';
import { missingTools, skippedWithout } from './support/tools.ts';

const CALL_MS = 20_000;
const REGION = 'eu-west-1';
const CLUSTER = 'ecommerce-eu-west-1';

const missing = missingTools('aws', 'kubectl');

describe.skipIf(missing.length > 0)(`the aws command beside kubectl${skippedWithout(missing)}`, () => {
  let lab: ClusterLab;
  let folder: string;

  beforeAll(async () => {
    lab = await startClusterLab({ timeScale: 600 });
    folder = mkdtempSync(path.join(tmpdir(), 'meridian-eks-tools-'));
  });
  afterAll(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(tool: 'aws' | 'kubectl', command: string): Promise<string> {
    const { endpoint, credentials } = lab.sdk(REGION);
    const { stdout } = await promisify(execFile)(tool, command.split(' '), {
      timeout: CALL_MS,
      env: {
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        HOME: folder,
        KUBECONFIG: path.join(folder, 'kubeconfig'),
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_DEFAULT_OUTPUT: 'json',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
        AWS_PAGER: '',
      },
    });
    return stdout;
  }

  it('signs in to the cluster as EKS has it done', async () => {
    await run('aws', `eks update-kubeconfig --name ${CLUSTER}`);
    const names = await run('kubectl', 'get nodes -o name');
    expect(names.trim().split('\n')).toHaveLength(12);
  });

  it('reads peerings and refuses a size out of bounds', async () => {
    const peerings = JSON.parse(await run('aws', 'ec2 describe-vpc-peering-connections'));
    expect(peerings.VpcPeeringConnections).toEqual([
      expect.objectContaining({
        VpcPeeringConnectionId: 'pcx-0a00000000000001',
        Status: { Code: 'active', Message: 'Active' },
      }),
    ]);
    const resize = `eks update-nodegroup-config --cluster-name ${CLUSTER} --nodegroup-name ecommerce-nodes --scaling-config`;
    await expect(run('aws', `${resize} desiredSize=31`)).rejects.toThrow(
      /InvalidParameterException.*desired capacity 31/s,
    );
    expect(JSON.parse(await run('aws', `${resize} desiredSize=13`)).update.status).toBe('InProgress');
  });
});
