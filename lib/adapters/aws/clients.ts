import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient } from '@aws-sdk/client-cost-explorer';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { KafkaClient } from '@aws-sdk/client-kafka';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { StandardRetryStrategy } from '@smithy/core/retry';
import type { Estate } from '#lib/domain/estate/estate.ts';
import { findRegion } from '#lib/domain/estate/estate.ts';
import { type CallObserver, observeCalls } from './observe-calls.ts';
import { isClockCorrected } from './remedies.ts';
import { tellThrottledTries } from './unanswered.ts';

/** Route 53, CloudFront and Cost Explorer answer from us-east-1 alone (aws-facts B-24, R-01). */
export const GLOBAL_REGION = 'us-east-1';

export interface AwsClients {
  route53(): Route53Client;
  costExplorer(): CostExplorerClient;
  cloudwatch(region: string): CloudWatchClient;
  rds(region: string): RDSClient;
  eks(region: string): EKSClient;
  ec2(region: string): EC2Client;
  ecr(region: string): ECRClient;
  sts(region: string): STSClient;
  s3(region: string): S3Client;
  secretsManager(region: string): SecretsManagerClient;
  elasticache(region: string): ElastiCacheClient;
  kafka(region: string): KafkaClient;
  destroy(): void;
}

export interface ClientOptions {
  estate: Estate;
  /** Shows in CloudTrail: `<operation>-<step>-<epoch>`, or `observer`. */
  sessionName: string;
  /** Told of every call that was answered, refused or lost. */
  onCall?: CallObserver;
  /** Longest a call may take, ms; the SDK itself would wait for ever (lab.md, finding 5). */
  timeoutMs: number;
  /** Tries of one call in all. */
  attempts: number;
  /**
   * What is tried again by itself: `passing` failures (throttling, 5xx, time-outs), for calls that read; or what AWS left
   * `undone`, for calls that change: what it throttled, and a signature of the wrong time once the SDK has learned the right
   * one. Anything else may have been done, and is looked at first.
   */
  retry?: 'passing' | 'undone';
}

const CONNECT_MS = 2_000;

type RetryArguments = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>;

/** Tries again only what AWS surely has not done: what it throttled, and once what it refused for the time of this machine. */
class UndoneRetryStrategy extends StandardRetryStrategy {
  /** Of calls that were signed anew by AWS' own time. */
  readonly #corrected = new WeakSet<RetryArguments[0]>();

  override async refreshRetryTokenForRetry(
    ...[token, failure]: RetryArguments
  ): ReturnType<StandardRetryStrategy['refreshRetryTokenForRetry']> {
    const corrected = this.#corrected.has(token);
    const corrects = !corrected && failure.error instanceof Error && isClockCorrected(failure.error);
    // The SDK takes a rejection for "no more tries" and throws what the call itself failed with.
    if (failure.errorType !== 'THROTTLING' && !corrects) throw new Error('it may have been done');
    const next = await super.refreshRetryTokenForRetry(token, failure);
    if (corrected || corrects) this.#corrected.add(next);
    return next;
  }
}

/** Clients pinned to a Region each, made when first asked for. Endpoints come from the SDK's standard configuration alone. */
export function createAwsClients(options: ClientOptions): AwsClients {
  const made = new Map<string, { destroy(): void }>();

  const credentials = new Map<string, ReturnType<typeof fromTemporaryCredentials>>();
  const { attempts, timeoutMs } = options;
  const requestHandler = {
    requestTimeout: timeoutMs,
    throwOnRequestTimeout: true,
    connectionTimeout: Math.min(CONNECT_MS, timeoutMs),
  };

  /** One session of the Region's role for all its clients, renewed before it ends. */
  function sessionOf(region: string, roleArn: string) {
    const known =
      credentials.get(region) ??
      fromTemporaryCredentials({
        params: {
          RoleArn: roleArn,
          RoleSessionName: sessionName(options.sessionName),
          DurationSeconds: 3_600,
        },
        clientConfig: { region, maxAttempts: attempts, requestHandler },
      });
    credentials.set(region, known);
    return known;
  }

  function base(region: string) {
    const roleArn = findRegion(options.estate, region)?.roleArn;
    return {
      region,
      requestHandler,
      ...(options.retry === 'undone'
        ? { retryStrategy: new UndoneRetryStrategy(attempts) }
        : { maxAttempts: attempts, retryMode: 'standard' }),
      ...(roleArn ? { credentials: sessionOf(region, roleArn) } : {}),
    };
  }

  function once<Client extends { destroy(): void; middlewareStack: unknown }>(
    service: string,
    region: string,
    make: (config: ReturnType<typeof base>) => Client,
  ): Client {
    const key = `${service} ${region}`;
    const known = made.get(key);
    if (known) return known as Client;
    const client = make(base(region));
    if (options.onCall) observeCalls(client, { service, region }, options.onCall);
    tellThrottledTries(client);
    made.set(key, client);
    return client;
  }

  return {
    route53: () => once('route53', GLOBAL_REGION, (config) => new Route53Client(config)),
    costExplorer: () => once('ce', GLOBAL_REGION, (config) => new CostExplorerClient(config)),
    cloudwatch: (region) => once('cloudwatch', region, (config) => new CloudWatchClient(config)),
    rds: (region) => once('rds', region, (config) => new RDSClient(config)),
    eks: (region) => once('eks', region, (config) => new EKSClient(config)),
    ec2: (region) => once('ec2', region, (config) => new EC2Client(config)),
    ecr: (region) => once('ecr', region, (config) => new ECRClient(config)),
    sts: (region) => once('sts', region, (config) => new STSClient(config)),
    s3: (region) => once('s3', region, (config) => withPaths(new S3Client(config))),
    secretsManager: (region) => once('secretsmanager', region, (config) => new SecretsManagerClient(config)),
    elasticache: (region) => once('elasticache', region, (config) => new ElastiCacheClient(config)),
    kafka: (region) => once('kafka', region, (config) => new KafkaClient(config)),
    destroy() {
      for (const client of made.values()) client.destroy();
      made.clear();
    },
  };
}

/**
 * S3's own endpoints take the bucket in the host name. One that the environment or a profile sets is a single host, for which
 * nobody resolves `<bucket>.<host>`: there the bucket goes into the path. The SDK itself does so for an IP address only.
 */
function withPaths(client: S3Client): S3Client {
  client.middlewareStack.add(
    (next) => async (args) => {
      const configured = await client.config.serviceConfiguredEndpoint?.();
      client.config.forcePathStyle = configured !== undefined && !client.config.ignoreConfiguredEndpointUrls;
      return next(args);
    },
    { step: 'initialize', name: 'bucketInPathForConfiguredEndpoint' },
  );
  return client;
}

/** As STS takes it: up to 64 of letters, digits and `_=,.@-`. */
function sessionName(name: string): string {
  return name.replace(/[^\w=,.@-]/g, '-').slice(0, 64);
}
