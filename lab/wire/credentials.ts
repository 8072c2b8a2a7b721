/** Who stands behind an access key. */
export interface Caller {
  accessKeyId: string;
  /** As GetCallerIdentity answers it: a user's ARN, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  identityArn: string;
  account: string;
  userId: string;
}

export type CallerRefusal = { ok: false; code: string; reason: string };

/** Checks the presigned GetCallerIdentity URL inside a Kubernetes bearer token (`aws eks get-token`). */
export interface PresignedVerifier {
  /** `headers` are those the URL signs besides Host, e.g. `{ 'x-k8s-aws-id': 'meridian-us-east-1' }`. */
  verifyPresigned(url: string, headers: Record<string, string>): { ok: true; caller: Caller } | CallerRefusal;
}
