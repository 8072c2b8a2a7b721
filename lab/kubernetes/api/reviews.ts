import type { JsonObject } from '../json.ts';
import type { Identity } from '../security/authentication.ts';

interface Review {
  groupVersion: string;
  plural: string;
  kind: string;
  status(identity: Identity): JsonObject;
}

/** Questions a caller asks about itself (`kubectl auth whoami`, `kubectl auth can-i`). Every known caller may do everything. */
export const REVIEWS: readonly Review[] = [
  {
    groupVersion: 'authentication.k8s.io/v1',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    status: ({ username, groups }) => ({ userInfo: { username, groups } }),
  },
  {
    groupVersion: 'authorization.k8s.io/v1',
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    status: () => ({ allowed: true, reason: 'known to the cluster' }),
  },
];

export const REVIEW_GROUPS: readonly string[] = REVIEWS.map((review) => review.groupVersion);

/** The answer to a review posted at this path, or undefined where the path names none. The question is not read: kubectl writes it as protobuf. */
export function answerReview(path: string, identity: Identity): JsonObject | undefined {
  const review = REVIEWS.find(({ groupVersion, plural }) => path === `/apis/${groupVersion}/${plural}`);
  if (!review) return undefined;
  return {
    apiVersion: review.groupVersion,
    kind: review.kind,
    metadata: {},
    spec: {},
    status: review.status(identity),
  };
}
