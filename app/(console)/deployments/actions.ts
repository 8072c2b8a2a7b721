'use server';

import type { RegisterDraft } from '#components/deployments/model.ts';
import type { ActionResult } from '#components/ui/model.ts';
import type { SchemaChange } from '#lib/domain/release/release.ts';
import { routes } from '#lib/routes.ts';
import { clearRelease, markReleaseBad } from '#lib/services/releases/mark.ts';
import { registerRelease } from '#lib/services/releases/register.ts';
import { defineAction, told } from '#lib/web/define-action.ts';
import { signedInContext } from '#lib/web/session.ts';
import { within } from '../_models/common.ts';

const register = defineAction(registerRelease);
const mark = defineAction(markReleaseBad);
const clear = defineAction(clearRelease);

/** A field that was left empty says nothing. */
export async function registerReleaseAction(
  environment: string,
  draft: RegisterDraft,
): Promise<ActionResult> {
  const answer = await register({
    version: draft.version,
    digest: draft.digest,
    // The verb parses what a browser sends; the cast only says which field is meant.
    schema: draft.schema as SchemaChange,
    schemaNote: draft.schemaNote,
    notes: draft.notes,
    changeUrl: draft.changeUrl === '' ? null : draft.changeUrl,
    ...(draft.author.trim() === '' ? {} : { author: draft.author }),
  });
  if (!answer.ok) return answer;
  const { version, created } = answer.result;
  const { estate } = await signedInContext();
  return {
    ok: true,
    message: created
      ? `${version} is registered.`
      : `${version} was registered before, with the same image; nothing has changed.`,
    href: routes.release(version, within(estate, environment)),
  };
}

export async function markBadAction(version: string, reason: string): Promise<ActionResult> {
  const answer = await mark({ version, reason });
  return told(answer, `${version} is marked bad; nothing is deployed to it.`);
}

export async function clearReleaseAction(version: string, reason: string): Promise<ActionResult> {
  const answer = await clear({ version, reason });
  return told(answer, `${version} may be deployed again.`);
}
