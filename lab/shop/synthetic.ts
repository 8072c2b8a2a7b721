import type { IncomingMessage } from 'node:http';

/** Says who sent a request that no user sent: a canary or a probe. */
export const SYNTHETIC_HEADER = 'x-synthetic';

/**
 * A synthetic request is worked on like any other and counted nowhere: neither by the load balancer nor as load of the nodes. On AWS
 * it would count, one a minute among thousands; here it would be a tenth of a small Region's traffic, and shares are those of users.
 */
export const isSynthetic = ({ headers }: IncomingMessage): boolean => headers[SYNTHETIC_HEADER] !== undefined;
