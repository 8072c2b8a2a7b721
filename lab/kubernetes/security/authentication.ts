import { KubernetesFault } from '../fault.ts';

export interface Identity {
  username: string;
  groups: string[];
}

/** Answers the ARN of the caller whose presigned STS GetCallerIdentity URL this is, signed for this cluster; undefined: not to be trusted. */
export type EksTokenVerifier = (
  presignedUrl: string,
  clusterName: string,
) => string | undefined | Promise<string | undefined>;

interface AuthenticationOptions {
  clusterName: string;
  /** Tokens that the lab's own kubeconfigs carry. */
  staticToken: string;
  verifyEksToken: EksTokenVerifier | undefined;
}

const EKS_PREFIX = 'k8s-aws-v1.';
/** What a cluster tells anyone (`system:public-info-viewer`). */
const PUBLIC_PATHS = /^\/(version|healthz|livez|readyz)\/?$/;

const unauthorized = () => new KubernetesFault(401, 'Unauthorized', 'Unauthorized');

/** The caller behind an Authorization header. Refuses a token it does not know (401) and no token at all (403), as EKS does. */
export function createAuthentication({ clusterName, staticToken, verifyEksToken }: AuthenticationOptions) {
  return async (authorization: string, path: string): Promise<Identity> => {
    const token = /^Bearer\s+(.+)$/i.exec(authorization)?.[1];
    if (!token) return anonymous(path);
    if (token === staticToken)
      return { username: 'lab-admin', groups: ['system:masters', 'system:authenticated'] };
    if (!token.startsWith(EKS_PREFIX) || !verifyEksToken) throw unauthorized();
    const presignedUrl = Buffer.from(token.slice(EKS_PREFIX.length), 'base64url').toString('utf8');
    const arn = await verifyEksToken(presignedUrl, clusterName);
    if (!arn) throw unauthorized();
    return { username: arn, groups: ['system:authenticated'] };
  };
}

function anonymous(path: string): Identity {
  if (PUBLIC_PATHS.test(path)) return { username: 'system:anonymous', groups: ['system:unauthenticated'] };
  throw new KubernetesFault(
    403,
    'Forbidden',
    `forbidden: User "system:anonymous" cannot get path "${path}": send a bearer token`,
  );
}
