import { invalidParameter } from './faults.ts';

export interface Scaling {
  minSize: number;
  maxSize: number;
  desiredSize: number;
}

/** EKS's quota of nodes in a managed node group. */
const MOST_NODES = 450;

interface ScalingChange {
  current: Scaling;
  wanted: Partial<Scaling>;
  clusterName: string;
  nodegroupName: string;
}

/** The sizes after the change; sizes it leaves out stay. Refuses what EKS refuses. */
export function changeScaling({ current, wanted, ...subject }: ScalingChange): Scaling {
  const next = {
    minSize: wanted.minSize ?? current.minSize,
    maxSize: wanted.maxSize ?? current.maxSize,
    desiredSize: wanted.desiredSize ?? current.desiredSize,
  };
  const refuse = (message: string) => invalidParameter(message, subject);
  for (const [name, size] of Object.entries(next)) {
    if (!Number.isInteger(size) || size < 0)
      throw refuse(`${name} must be a whole number of 0 or more, not ${size}`);
  }
  if (next.maxSize < 1) throw refuse('maxSize must be 1 or more');
  if (next.maxSize > MOST_NODES)
    throw refuse(`maxSize ${next.maxSize} is over the quota of ${MOST_NODES} nodes per node group`);
  if (next.minSize > next.maxSize) {
    throw refuse(`Minimum capacity ${next.minSize} can't be greater than maximum capacity ${next.maxSize}`);
  }
  if (next.desiredSize < next.minSize) {
    throw refuse(`Minimum capacity ${next.minSize} can't be greater than desired size ${next.desiredSize}`);
  }
  if (next.desiredSize > next.maxSize) {
    throw refuse(`desired capacity ${next.desiredSize} can't be greater than max size ${next.maxSize}`);
  }
  return next;
}
