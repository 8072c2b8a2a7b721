import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDnsLab, type DnsLab, loadBalancerAddress, ORIGIN, shippedEstate } from './support/dns-lab.ts';

// Real requests from three checkers to a real server; a second of RequestInterval lasts 3 ms.

const estate = shippedEstate();
const [us, eu] = estate.regions;
if (!us || !eu) throw new Error('The estate needs two Regions.');
const US = loadBalancerAddress(estate, us.code);
const EU = loadBalancerAddress(estate, eu.code);

let lab: DnsLab;
let server: http.Server;
let behaviour: 'well' | 'error' | 'hang' | 'drop';
let asked: { path: string | undefined; host: string | undefined }[];

beforeEach(async () => {
  behaviour = 'well';
  asked = [];
  lab = createDnsLab({ probeSecondMs: 3 });
  server = http.createServer((request, response) => {
    asked.push({ path: request.url, host: request.headers.host });
    if (behaviour === 'well') response.end('ok');
    else if (behaviour === 'error') response.writeHead(503).end();
    else if (behaviour === 'drop') request.socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await lab.close();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const port = () => (server.address() as net.AddressInfo).port;
const answer = () => lab.route53.resolver.resolve(ORIGIN, 'A', undefined).answers.map((one) => one.value);

/** Resolves with the next transition of the check; fails after 5 s. */
function transition(id: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Health check ${id} did not change within 5 s.`)), 5000);
    lab.route53.healthChecks.onTransition((changed, healthy) => {
      if (changed !== id) return;
      clearTimeout(timer);
      resolve(healthy);
    });
  });
}

describe("the Region's health check", () => {
  it.each(['error', 'drop'] as const)(
    'moves traffic when the endpoint answers with %s, and back',
    async (failure) => {
      const moved: string[] = [];
      lab.route53.healthChecks.setTarget(us.healthCheckId, { ipAddress: '127.0.0.1', port: port() });
      expect(answer()).toEqual([US]);

      const failed = transition(us.healthCheckId);
      behaviour = failure;
      expect(await failed).toBe(false);
      for (let i = 0; i < 20; i++) moved.push(...answer());
      expect(moved).not.toContain(US);
      expect(moved).toContain(EU);

      const recovered = transition(us.healthCheckId);
      behaviour = 'well';
      expect(await recovered).toBe(true);
      expect(answer()).toEqual([US]);
      expect(asked[0]).toEqual({ path: '/health', host: us.loadBalancer.dnsName });
    },
  );

  it('fails when nothing listens any more', async () => {
    lab.route53.healthChecks.setTarget(us.healthCheckId, { ipAddress: '127.0.0.1', port: 1 });
    expect(await transition(us.healthCheckId)).toBe(false);
    const { HealthCheckObservations: seen } = await lab.call('GetHealthCheckStatus', {
      HealthCheckId: us.healthCheckId,
    });
    expect(seen).toHaveLength(3);
    expect(new Set(seen?.map((one) => one.Region)).size).toBe(3);
    expect(seen?.[0]?.StatusReport?.Status).toBe('Failure: The endpoint refused the connection.');
  });

  it('needs three failures of a checker in a row: two of each move nothing', async () => {
    behaviour = 'error';
    const changes: boolean[] = [];
    lab.route53.healthChecks.onTransition((_, healthy) => changes.push(healthy));
    lab.route53.healthChecks.setTarget(us.healthCheckId, { ipAddress: '127.0.0.1', port: port() });
    while (asked.length < 6) await once(server, 'request');
    behaviour = 'well';
    while (asked.length < 15) await once(server, 'request');
    expect(changes).toEqual([]);
    expect(answer()).toEqual([US]);
  });

  it('keeps the last failure for GetHealthCheckLastFailureReason', async () => {
    lab.route53.healthChecks.setTarget(us.healthCheckId, { ipAddress: '127.0.0.1', port: port() });
    const failed = transition(us.healthCheckId);
    behaviour = 'error';
    await failed;
    const recovered = transition(us.healthCheckId);
    behaviour = 'well';
    await recovered;
    const reason = await lab.call('GetHealthCheckLastFailureReason', { HealthCheckId: us.healthCheckId });
    expect(reason.HealthCheckObservations?.[0]?.StatusReport?.Status).toBe(
      'Failure: HTTP Status Code 503, Service Unavailable',
    );
  });

  it('follows the load balancer even while the health check is well', () => {
    lab.loadBalancers.set(us.code, false);
    expect(answer()).not.toContain(US);
    for (const code of lab.loadBalancers.keys()) lab.loadBalancers.set(code, false);
    expect(answer()).toEqual([US]);
  });

  it('inverted by the operator sends everyone away, through the API alone', async () => {
    await lab.call('UpdateHealthCheck', {
      HealthCheckId: us.healthCheckId,
      HealthCheckVersion: 1,
      Inverted: true,
    });
    expect(answer()).not.toContain(US);
  });

  it('deleted asks no more', async () => {
    lab.route53.healthChecks.setTarget(us.healthCheckId, { ipAddress: '127.0.0.1', port: port() });
    await once(server, 'request');
    await lab.call('DeleteHealthCheck', { HealthCheckId: us.healthCheckId });
    const before = asked.length;
    const { HealthCheck: other } = await lab.call('CreateHealthCheck', {
      CallerReference: 'other',
      HealthCheckConfig: {
        Type: 'HTTP',
        IPAddress: '127.0.0.1',
        Port: port(),
        ResourcePath: '/other',
        RequestInterval: 10,
      },
    });
    while (asked.filter((one) => one.path === '/other').length < 9) await once(server, 'request');
    expect(asked.slice(before).filter((one) => one.path === '/health').length).toBeLessThanOrEqual(1);
    expect(other?.HealthCheckVersion).toBe(1);
  });
});

describe('names and strings', () => {
  it('checks a name of the zone where it points', async () => {
    const { HealthCheck: check } = await lab.call('CreateHealthCheck', {
      CallerReference: 'name',
      HealthCheckConfig: {
        Type: 'HTTP_STR_MATCH',
        FullyQualifiedDomainName: 'here.shop.example',
        Port: port(),
        SearchString: 'not there',
        RequestInterval: 10,
        FailureThreshold: 1,
      },
    });
    const failed = transition(check?.Id ?? '');
    await lab.change([
      {
        Action: 'CREATE',
        ResourceRecordSet: {
          Name: 'here.shop.example',
          Type: 'A',
          TTL: 5,
          ResourceRecords: [{ Value: '127.0.0.1' }],
        },
      },
    ]);
    lab.clock.advance(60_000);
    expect(await failed).toBe(false);
    expect(asked[0]?.host).toBe('here.shop.example');
  });
});

describe('metrics', () => {
  it('tell status and share of healthy checkers in us-east-1', async () => {
    await lab.close();
    lab = createDnsLab({ probeSecondMs: 3, metricsPeriodSeconds: 1 });
    lab.route53.healthChecks.setTarget(us.healthCheckId, { ipAddress: '127.0.0.1', port: 1 });
    await transition(us.healthCheckId);
    const point = (name: string) => {
      const id = {
        region: 'us-east-1',
        namespace: 'AWS/Route53',
        name,
        dimensions: { HealthCheckId: us.healthCheckId },
      };
      return lab.ctx.metrics.query(id, 'Minimum', 60, lab.clock.now() - 60_000, lab.clock.now() + 60_000)[0]
        ?.value;
    };
    await expect.poll(() => point('HealthCheckStatus'), { timeout: 8000 }).toBe(0);
    expect(point('HealthCheckPercentageHealthy')).toBe(0);
  });
});
