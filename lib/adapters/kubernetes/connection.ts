import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { type ConfigurationOptions, type KubeConfig, Observable } from '@kubernetes/client-node';
import type { Region } from '#lib/domain/estate/estate.ts';
import { type CallRecord, UnansweredError } from '../../ports/aws.ts';
import type { AwsClients } from '../aws/clients.ts';
import { errorCode } from '../aws/observe-calls.ts';
import { eksToken } from './eks-token.ts';
import { KeptKubeConfig } from './kept-kube-config.ts';

/** A token is good for about 15 minutes. */
const CONFIG_MS = 10 * 60_000;

export interface ConnectionOptions {
  clients: AwsClients;
  region: Region;
  now: () => number;
  /** Longest that one of its calls takes, the way to the cluster included. */
  timeoutMs: number;
  /** Told of every request to the API server. */
  onCall?: (call: CallRecord) => void;
  /** Once aborted, requests under way end and no other is sent. */
  closed?: AbortSignal;
}

/** One Region's API server, reached as EKS wants it: endpoint and CA from DescribeCluster, a token from the Region's STS. */
export interface ClusterConnection {
  /**
   * One request, bounded in time; `action` (`ListNodes`) names it on record and in errors, `options` go to it.
   */
  call<T>(
    action: string,
    request: (kube: KubeConfig, options: ConfigurationOptions) => Promise<T>,
    how?: Look<T>,
  ): Promise<T>;
}

/** A request that is repeated until something is so. */
export interface Look<T = unknown> {
  /** Whether this answer is but one of many: such a look is on record only when it fails. */
  oneOfMany: (answer: T) => boolean;
}

export function createClusterConnection(given: ConnectionOptions): ClusterConnection {
  const { clients, region, now, timeoutMs, onCall, closed } = given;
  const { name } = region.cluster;
  let known: { kube: Promise<KubeConfig>; until: number } | undefined;

  async function connect(): Promise<KubeConfig> {
    const { cluster } = await clients.eks(region.code).send(new DescribeClusterCommand({ name }));
    if (!cluster?.endpoint || !cluster.certificateAuthority?.data) {
      throw new Error(
        `EKS names no endpoint or certificate for ${name}; it is ${cluster?.status ?? 'unknown'}.`,
      );
    }
    const kube = new KeptKubeConfig();
    kube.loadFromOptions({
      clusters: [{ name, server: cluster.endpoint, caData: cluster.certificateAuthority.data }],
      users: [{ name: 'meridian', token: await eksToken(clients, region.code, name) }],
      contexts: [{ name: region.code, cluster: name, user: 'meridian' }],
      currentContext: region.code,
    });
    return kube;
  }

  /** The same for calls at the same time; one that leads nowhere is forgotten, so that the next call looks again. */
  function kubeConfig(): Promise<KubeConfig> {
    if (!known || now() >= known.until) known = { kube: connect(), until: now() + CONFIG_MS };
    return known.kube;
  }

  return {
    async call(action, request, how) {
      closed?.throwIfAborted();
      const giveUp = new AbortController();
      const late = new Promise<never>((_, reject) => {
        giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason), { once: true });
      });
      const end = () => giveUp.abort(closed?.reason);
      closed?.addEventListener('abort', end, { once: true });
      const timer = setTimeout(
        () => giveUp.abort(timeoutError(`${action} of ${name} took longer than ${timeoutMs} ms`)),
        timeoutMs,
      );
      const config = kubeConfig();
      const exchange = new Exchange({ action, region: region.code, onCall });
      const asked = config.then((kube) => request(kube, exchange.options(giveUp.signal)));
      try {
        const answer = await Promise.race([asked, late]);
        if (!how?.oneOfMany(answer)) exchange.end();
        return answer;
      } catch (error) {
        exchange.end(error);
        if (exchange.failedOnTheWay && known?.kube === config) known = undefined;
        if (!exchange.unreadable) throw error;
        throw new UnansweredError(`${name} answered ${action} with what no client can read`, {
          cause: error,
        });
      } finally {
        clearTimeout(timer);
        closed?.removeEventListener('abort', end);
      }
    },
  };
}

/** One request and what came back of it, for the record. */
class Exchange {
  readonly #of: { action: string; region: string; onCall: ConnectionOptions['onCall'] };
  #sent: { at: number; host: string; mutating: boolean } | undefined;
  #status: number | undefined;
  #auditId: string | null = null;

  constructor(of: { action: string; region: string; onCall: ConnectionOptions['onCall'] }) {
    this.#of = of;
  }

  /** Ends the request itself when the signal aborts: without it a cluster that hangs would keep every socket. */
  options(signal: AbortSignal): ConfigurationOptions {
    return {
      middleware: [
        {
          pre: (request) => {
            request.setSignal(signal);
            const mutating = request.getHttpMethod() !== 'GET';
            this.#sent = { at: Date.now(), host: new URL(request.getUrl()).host, mutating };
            return new Observable(Promise.resolve(request));
          },
          post: (response) => {
            this.#status = response.httpStatusCode;
            this.#auditId = response.headers['audit-id'] ?? null;
            return new Observable(Promise.resolve(response));
          },
        },
      ],
      middlewareMergeStrategy: 'append',
    };
  }

  /** Nothing came back, or that we are not let in: the way to the cluster is to be learned anew. */
  get failedOnTheWay(): boolean {
    return this.#status === undefined || this.#status === 401;
  }

  /** An answer that says it went well, and yet there was an error: of reading it. */
  get unreadable(): boolean {
    return this.#status !== undefined && this.#status < 300;
  }

  /** A request that never left, for want of a way to the cluster, is on record as EKS' or STS' own call. */
  end(error?: unknown): void {
    if (!this.#sent) return;
    const { at, host, mutating } = this.#sent;
    this.#of.onCall?.({
      at: new Date(at).toISOString(),
      service: 'kubernetes',
      action: this.#of.action,
      region: this.#of.region,
      host,
      status: this.#status === undefined ? errorCode(error) : String(this.#status),
      requestId: this.#auditId,
      durationMs: Date.now() - at,
      mutating,
      summary: null,
    });
  }
}

function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: 'TimeoutError' });
}
