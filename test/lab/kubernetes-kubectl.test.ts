import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterLab, startClusterLab } from './support/clusters.ts';

const OLDEST_MINOR = 29;
const CALL_MS = 30_000;

/** kubectl before 1.29 reads `/openapi/v2`, which the lab does not serve. */
function whyNoKubectl(): string | undefined {
  const { stdout, error } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], {
    encoding: 'utf8',
    timeout: CALL_MS,
  });
  if (error) return 'kubectl is not installed';
  const minor = Number.parseInt(JSON.parse(stdout).clientVersion.minor, 10);
  return minor >= OLDEST_MINOR ? undefined : `kubectl is 1.${minor}, and 1.${OLDEST_MINOR} is needed`;
}

const missing = whyNoKubectl();

const web = ({ replicas = 3, image = 'web:1' } = {}) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

describe.skipIf(missing)(`kubectl${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let lab: ClusterLab;
  let folder: string;

  beforeAll(async () => {
    // A Deployment's ten minutes to progress are five seconds here: a busy machine starts its pods well within them.
    lab = await startClusterLab({ timeScale: 120 });
    folder = mkdtempSync(path.join(tmpdir(), 'meridian-kubectl-'));
  });
  afterAll(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const toolEnvironment = (): NodeJS.ProcessEnv => ({
    NODE_ENV: 'test',
    PATH: process.env.PATH,
    HOME: folder,
    KUBECONFIG: lab.clusters.kubeconfigPath,
  });

  interface Answer {
    code: number;
    out: string;
    err: string;
  }

  function kubectl(command: string, options: { args?: string[]; context?: string } = {}): Promise<Answer> {
    const { args = [], context = 'us-east-1' } = options;
    const common = ['--cache-dir', path.join(folder, 'cache'), '--context', context];
    return new Promise((resolve) => {
      execFile(
        'kubectl',
        [...common, ...command.split(' '), ...args],
        {
          timeout: CALL_MS,
          env: toolEnvironment(),
        },
        (error, out, err) =>
          resolve({ out, err, code: typeof error?.code === 'number' ? error.code : error ? -1 : 0 }),
      );
    });
  }

  async function succeeds(command: string, args: string[] = []): Promise<string> {
    const { code, out, err } = await kubectl(command, { args });
    if (code !== 0) throw new Error(`kubectl ${command} ended with ${code}: ${err}${out}`);
    return out;
  }

  function manifest(content: string): string[] {
    const file = path.join(folder, 'manifest.yaml');
    writeFileSync(file, content);
    return ['-f', file];
  }

  it('applies, shows what would change, and applies only that', async () => {
    expect(await succeeds('apply', manifest(web()))).toContain('deployment.apps/web created');
    expect(await succeeds('apply', manifest(web()))).toBe(
      'deployment.apps/web unchanged\nservice/web unchanged\n',
    );
    await succeeds('rollout status deployment/web --timeout=20s');
    await succeeds('wait --for=condition=ready pod -l app=web --timeout=20s');
    const difference = await kubectl('diff', { args: manifest(web({ image: 'web:2' })) });
    expect(difference.code).toBe(1);
    expect(difference.out).toMatch(/-\s+- image: web:1|-\s+image: web:1/);
    const dry = await succeeds('apply --dry-run=server', manifest(web({ image: 'web:2' })));
    expect(dry).toContain('deployment.apps/web configured (server dry run)');
    expect(
      await succeeds('get deployment web -o', ['jsonpath={.spec.template.spec.containers[0].image}']),
    ).toBe('web:1');
  });

  it('rolls forward, tells the history and rolls back', async () => {
    await succeeds('set image deployment/web web=web:2');
    await succeeds('rollout status deployment/web --timeout=20s');
    expect(await succeeds('rollout history deployment/web')).toMatch(/1 +<none>\n2 +<none>/);
    await succeeds('rollout undo deployment/web');
    await succeeds('rollout status deployment/web --timeout=20s');
    expect(await succeeds('get pods -l app=web -o', ['jsonpath={.items[*].spec.containers[0].image}'])).toBe(
      'web:1 web:1 web:1',
    );
    await succeeds('scale deployment/web --replicas=1');
    await succeeds('wait deployment/web --timeout=20s', ['--for=jsonpath={.status.replicas}=1']);
  });

  it('ends a rollout that cannot pull its image with the reason', async () => {
    await succeeds('set image deployment/web web=web:does-not-exist');
    const status = await kubectl('rollout status deployment/web --timeout=20s');
    expect(status.code).not.toBe(0);
    expect(status.err).toContain('exceeded its progress deadline');
    expect(await succeeds('get pods -l app=web')).toContain('ImagePullBackOff');
    expect(await succeeds('describe deployment web')).toContain('ProgressDeadlineExceeded');
    await succeeds('rollout undo deployment/web');
    await succeeds('rollout status deployment/web --timeout=20s');
  });

  it('moves to server-side apply and reports the other manager’s fields', async () => {
    await succeeds('apply --server-side --force-conflicts', manifest(web()));
    const conflict = await kubectl('apply --server-side --field-manager=other', {
      args: manifest(web({ replicas: 7 })),
    });
    expect(conflict.code).not.toBe(0);
    expect(conflict.err).toMatch(
      /Apply failed with 1 conflict: conflict with "kubectl".* using apps\/v1: \.spec\.replicas/,
    );
    await succeeds(
      'apply --server-side --field-manager=other --force-conflicts',
      manifest(web({ replicas: 2 })),
    );
  });

  it('switches the live Service and shows where it leads', async () => {
    await succeeds('scale deployment/app-green --replicas=2');
    await succeeds('wait --for=condition=ready pod -l version=v1.8.0 --timeout=20s');
    await succeeds('patch service app-service -p', ['{"spec":{"selector":{"version":"v1.8.0"}}}']);
    expect(lab.clusters.region('us-east-1')?.serving('shop', 'app-service').version).toBe('v1.8.0');
    expect(await succeeds('describe service app-service')).toMatch(
      /Endpoints: +10\.0\.\d+\.\d+:8080,10\.0\.\d+\.\d+:8080\n/,
    );
    await succeeds('patch service app-service --type=json -p', [
      '[{"op":"replace","path":"/spec/selector/version","value":"v1.9.0"}]',
    ]);
    expect(lab.clusters.region('us-east-1')?.serving('shop', 'app-service').version).toBe('v1.9.0');
  });

  it('prints tables, logs and explanations', async () => {
    expect(await succeeds('get nodes')).toMatch(
      /^NAME +STATUS +ROLES +AGE +VERSION\nip-10-0-10-10\.ec2\.internal +Ready/,
    );
    expect(await succeeds('get deployment app-blue -o wide')).toMatch(
      /app-blue +10\/10 +10 +10 .* shop +ecommerce\/shop@sha256:/,
    );
    expect(await succeeds('logs deployment/app-blue --tail=1')).toContain('version v1.9.0');
    expect(await succeeds('explain deployment.spec.strategy')).toContain('rollingUpdate');
    expect((await kubectl('get nodes -o name', { context: 'ap-southeast-1' })).out.split('\n')).toHaveLength(
      9,
    );
  });

  it.each([
    ['get pod nowhere', 'Error from server (NotFound): pods "nowhere" not found'],
    ['--token=wrong get pods', 'error: You must be logged in to the server (Unauthorized)'],
    ['get pods --field-selector=spec.colour=blue', 'field label not supported: spec.colour'],
    ['scale deployment/web --replicas=3 --current-replicas=99', 'Expected replicas to be 99'],
  ])('is told why not: %s', async (command, reason) => {
    const { code, err } = await kubectl(command);
    expect(code).not.toBe(0);
    expect(err).toContain(reason);
  });

  it('is stopped by a field that does not exist', async () => {
    const { code, err } = await kubectl('apply', { args: manifest(web().replace('replicas:', 'replcas:')) });
    expect(code).not.toBe(0);
    expect(err).toContain('unknown field "spec.replcas"');
  });

  it('deletes with everything that belongs to it', async () => {
    await succeeds('delete', manifest(web()));
    expect(await succeeds('get pods -l app=web -o name')).toBe('');
    await succeeds('drain ip-10-0-10-10.ec2.internal --ignore-daemonsets --timeout=20s');
    expect(await succeeds('get node ip-10-0-10-10.ec2.internal')).toContain('Ready,SchedulingDisabled');
    const kept = await succeeds(
      'get pods -A -o name --field-selector=spec.nodeName=ip-10-0-10-10.ec2.internal',
    );
    expect(kept).toBe('');
    await succeeds('uncordon ip-10-0-10-10.ec2.internal');
  });
});
