import type { Route } from 'next';
import type { ActionResult, Check, Permission } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';

/** What can be rolled back now; on every page, so that no page has to be found first. */
export interface RollbackOffer {
  environment: string;
  /** The deployment that brought it. */
  operation: { id: string; href: Route; running: boolean };
  version: string;
  /** When the last of its Regions was switched. */
  since: string;
  regions: readonly { region: string; now: string; back: string | null }[];
  permission: Permission;
}

/** What a rollback of just these Regions would do, as the server sees it now. */
export interface RollbackPreview {
  regions: readonly {
    region: string;
    now: string;
    back: string;
    /** "24 pods of v2.0.0 stand ready", "scaled to 0: starts 24 pods first, adds minutes" */
    how: string;
    slower: boolean;
  }[];
  /** Each passes, warns or refuses; nothing of a rollback is accepted by tick. */
  checks: readonly Check[];
  /** Set where it cannot be rolled back: a freeze that names rollbacks. */
  refusal: string | null;
  agreement: string;
  /** Nobody has to agree, and no other operation holds the environment. */
  atOnce: boolean;
  digest: string | null;
}

export interface RollbackActions {
  preview: (offer: RollbackOffer, regions: readonly string[]) => Promise<PreviewAnswer<RollbackPreview>>;
  rollBack: (
    offer: RollbackOffer,
    input: { regions: readonly string[]; reason: string; digest: string | null },
  ) => Promise<ActionResult>;
}
