import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsClients } from '../aws/clients.ts';

const URL_SECONDS = 60;

/**
 * A bearer token for an EKS cluster: a presigned call of the Region's own STS that names the cluster in a signed header
 * (aws-facts 2.2). EKS takes it for about 15 minutes; make another after ten.
 */
export async function eksToken(clients: AwsClients, region: string, cluster: string): Promise<string> {
  const client = clients.sts(region);
  const endpoint = await resolvedEndpoint(client);
  const signer = new SignatureV4({
    service: 'sts',
    region,
    credentials: client.config.credentials,
    sha256: Sha256,
    uriEscapePath: true,
  });
  const request = new HttpRequest({
    method: 'GET',
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    ...(endpoint.port ? { port: endpoint.port } : {}),
    path: endpoint.path,
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: {
      host: endpoint.port ? `${endpoint.hostname}:${endpoint.port}` : endpoint.hostname,
      'x-k8s-aws-id': cluster,
    },
  });
  const signed = await signer.presign(request, {
    // By AWS' own time, which the client has learned from the answers to it.
    signingDate: new Date(Date.now() + clients.eks(region).config.systemClockOffset),
    expiresIn: URL_SECONDS,
    unhoistableHeaders: new Set(['x-k8s-aws-id']),
  });
  const query = Object.entries(signed.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  const port = signed.port ? `:${signed.port}` : '';
  const url = `${signed.protocol}//${signed.hostname}${port}${signed.path}?${query}`;
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

interface Endpoint {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
}

/** Where the SDK would send this client's call, by its own rules and environment: asked by building a call and not sending it. */
async function resolvedEndpoint(client: ReturnType<AwsClients['sts']>): Promise<Endpoint> {
  let found: Endpoint | undefined;
  const command = new GetCallerIdentityCommand({});
  command.middlewareStack.add(
    () => async (args) => {
      const { protocol, hostname, port, path } = args.request as HttpRequest;
      found = { protocol, hostname, path, ...(port ? { port } : {}) };
      return { response: {}, output: { $metadata: {} } };
    },
    { step: 'build', name: 'meridianReadEndpoint', priority: 'low' },
  );
  await client.send(command);
  if (!found) throw new Error('The STS endpoint could not be resolved.');
  return found;
}
