'use server';

import type { ActionResult } from '#components/ui/model.ts';

/** What the gallery's controls do: each answers as its real action would, so that both answers can be looked at. */
export async function galleryDone(): Promise<ActionResult> {
  return { ok: true, message: 'Done, in the gallery only.' };
}

export async function galleryRefused(): Promise<ActionResult> {
  return {
    ok: false,
    code: 'capacity',
    message: 'Cannot move 40 points to eu-west-1: 14 nodes are ready and 21 would be needed.',
    requestId: 'req_01JDC8Q4ZV',
  };
}

export async function gallerySignOut(): Promise<void> {
  return undefined;
}
