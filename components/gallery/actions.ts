'use server';

import type { DeployPreview, DeployRequest } from '#components/deployments/pipeline-request-model.ts';
import type { RollbackPreview } from '#components/deployments/pipeline-rollback-model.ts';
import type { OccurrencePreview, RecurrenceValues } from '#components/freezes/model.ts';
import type { PolicyPreviewModel, PolicyRequest } from '#components/settings/model.ts';
import type { SignInState } from '#components/sign-in/sign-in-form.tsx';
import type { PreviewResult, ShiftRequest } from '#components/traffic/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import { SIGN_IN_REFUSED } from '#lib/domain/access/sign-in-words.ts';
import { refusedRollback, rollbackPreview } from './fixtures/pipeline.ts';
import { deployPreview } from './fixtures/pipeline-request.ts';
import { policyPreview } from './fixtures/settings.ts';
import { preview, refusedPreview } from './fixtures/traffic.ts';

/** What the gallery's controls do: each answers as its real action would, so that both answers can be looked at. */
export async function galleryDone(): Promise<ActionResult> {
  return { ok: true, message: 'Done, in the gallery only.' };
}

/** Five nights from the first on, whatever the rule says; none of more than a day. */
export async function galleryOccurrences({
  recurrence,
}: {
  recurrence: RecurrenceValues;
}): Promise<PreviewAnswer<OccurrencePreview>> {
  if (recurrence.durationMinutes > 1_440)
    return {
      ok: false,
      message: 'No preview: its recurrence does not fit.',
      fields: {
        'recurrence.durationMinutes': 'overlaps itself: it comes again 1440 minutes after it began',
      },
    };
  const first = Date.parse(`${recurrence.start}:00Z`);
  return {
    ok: true,
    preview: {
      next: [0, 1, 2, 3, 4].map((day) => ({
        startsAt: new Date(first + day * 86_400_000).toISOString(),
        endsAt: new Date(first + day * 86_400_000 + recurrence.durationMinutes * 60_000).toISOString(),
      })),
      endsAt: null,
    },
  };
}

export async function galleryRefused(): Promise<ActionResult> {
  return {
    ok: false,
    code: 'capacity',
    message: 'Cannot move 40 points to eu-west-1: 14 nodes are ready and 21 would be needed.',
    requestId: 'req_01JDC8Q4ZV',
  };
}

export async function galleryAgain(): Promise<{ ok: false; message: string }> {
  return { ok: false, message: 'There is no identity provider in the gallery.' };
}

export async function galleryPreview(request: ShiftRequest): Promise<PreviewResult> {
  return {
    ok: true,
    preview:
      request.shift.mode === 'drain' && request.shift.region === 'us-east-1' ? refusedPreview : preview,
  };
}

export async function galleryDeploy(request: DeployRequest): Promise<PreviewAnswer<DeployPreview>> {
  return {
    ok: true,
    preview: {
      ...deployPreview,
      regions: request.regions.flatMap(
        (code) => deployPreview.regions.find(({ region }) => region === code) ?? [],
      ),
    },
  };
}

/** All three Regions may go back; one alone is refused, so that both answers can be looked at. */
export async function galleryRollback(
  _: unknown,
  regions: readonly string[],
): Promise<PreviewAnswer<RollbackPreview>> {
  if (regions.length === 1) return refusedRollback;
  return {
    ok: true,
    preview: {
      ...rollbackPreview,
      regions: rollbackPreview.regions.filter(({ region }) => regions.includes(region)),
    },
  };
}

export async function galleryToken(): Promise<ActionResult & { secret?: string }> {
  return { ok: true, message: 'Token created.', secret: 'mrd_gallery_7f3a91c0e2b84d6f' };
}

export async function gallerySignIn(_: SignInState, form: FormData): Promise<SignInState> {
  return {
    kind: 'refused',
    email: String(form.get('email') ?? ''),
    message: SIGN_IN_REFUSED,
  };
}

export async function gallerySignOut(): Promise<void> {
  return undefined;
}

/** A policy that tightens; removing one is refused. */
export async function galleryPolicy({ asked }: PolicyRequest): Promise<PreviewAnswer<PolicyPreviewModel>> {
  const refusal = 'The policy was not loosened: you may request or approve operations yourself.';
  return { ok: true, preview: asked === null ? { ...policyPreview, refusal } : policyPreview };
}
