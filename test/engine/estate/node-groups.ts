import type { Estate } from '#lib/domain/estate/estate.ts';
import type { NodeGroupState } from '#lib/ports/aws.ts';

const JOIN_MS = 400;

interface Group extends NodeGroupState {
  ready: number;
}

/** EKS: a group grows a moment after it was asked to; the same token asks once. */
export class NodeGroups {
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #after: (ms: number, work: () => void) => void;
  readonly #updates = new Map<string, string>();

  constructor(estate: Estate, after: (ms: number, work: () => void) => void) {
    this.#after = after;
    this.#groups = new Map(
      estate.regions.map(({ code, nodes }) => [
        code,
        {
          minimum: nodes.min,
          maximum: nodes.max,
          desired: nodes.ready,
          status: 'ACTIVE',
          ready: nodes.ready,
        },
      ]),
    );
  }

  describe(region: string): NodeGroupState {
    const { ready: _, ...state } = this.#group(region);
    return state;
  }

  ready(region: string): number {
    return this.#group(region).ready;
  }

  /** False where the same was asked for before. */
  update(
    region: string,
    scaling: { minimum: number; maximum: number; desired: number },
    token: string,
  ): { updateId: string; isNew: boolean } {
    const known = this.#updates.get(token);
    if (known) return { updateId: known, isNew: false };
    const updateId = `u-${this.#updates.size + 1}`;
    this.#updates.set(token, updateId);
    const group = this.#group(region);
    Object.assign(group, scaling);
    this.#after(JOIN_MS, () => {
      group.ready = group.desired;
    });
    return { updateId, isNew: true };
  }

  #group(region: string): Group {
    const group = this.#groups.get(region);
    if (group) return group;
    throw new Error(`There is no node group in ${region}.`);
  }
}
