import { z } from 'zod';
import {
  DIGEST_PATTERN,
  judgeRegistration,
  SCHEMA_CHANGES,
  versionProblem,
} from '#lib/domain/release/release.ts';
import { ConflictError, ForbiddenError, RefusedError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { defineVerb } from '../verb.ts';
import { readRelease } from './read.ts';

export const RegisterReleaseInput = z.strictObject({
  version: z
    .string()
    .max(60, 'is over 60 characters')
    .superRefine((version, context) => {
      const message = versionProblem(version);
      if (message) context.addIssue({ code: 'custom', message });
    })
    .describe('such as v2.1.0; never a tag that moves'),
  digest: z
    .string()
    .regex(DIGEST_PATTERN, 'is not an image digest: sha256: and 64 hexadecimal digits, in lower case')
    .describe('of the image’s manifest: the same in every Region’s registry'),
  schema: z
    .enum(SCHEMA_CHANGES, `is not one of ${SCHEMA_CHANGES.join(', ')}`)
    .describe('expand: older code still works on the schema; contract: it does not'),
  schemaNote: z
    .string()
    .trim()
    .min(3, 'says what older code may still rely on, in three letters at least')
    .max(2_000, 'is over 2,000 characters'),
  notes: z.string().trim().max(10_000, 'is over 10,000 characters').default(''),
  changeUrl: z
    .url({ protocol: /^https?$/, error: 'is not an http or https URL' })
    .max(500, 'is over 500 characters')
    .nullable()
    .default(null),
  author: z
    .string()
    .trim()
    .min(1, 'is missing')
    .max(200, 'is over 200 characters')
    .optional()
    .describe('who wrote the change; whoever registers it by default'),
});

export interface Registered {
  version: string;
  digest: string;
  registeredAt: string;
  /** False: it was registered before, and is as it was. */
  created: boolean;
}

/**
 * Registers a version of the application as one image. The same version and image again is the same release; another image
 * under that version is a conflict. Whether the registries have it is observed, and checked before it is deployed.
 */
export const registerRelease = defineVerb({
  name: 'release.register',
  action: 'release.register',
  input: RegisterReleaseInput,
  scope: (input) => ({ subject: `release/${input.version}` }),
  async run(context, input, connection) {
    const registeredBy = requirePerson(context, 'register releases');
    const existing = await readRelease(context.database, input.version);
    const judged = judgeRegistration(input, existing, await findBadTwin(context, input.digest));
    if (judged.kind === 'refused') throw new RefusedError(judged.code, judged.reason);
    if (judged.kind === 'conflict') throw new ConflictError(judged.reason);
    if (existing) return registered(existing, { created: false });
    const author = input.author ?? context.actor.name;
    // Of two that register a version at once the second waits here for the first, and then finds it there.
    const { rowCount } = await connection.query(
      `insert into release (version, digest, schema, schema_note, notes, change_url, author, registered_by, registered_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (version) do nothing`,
      [
        input.version,
        input.digest,
        input.schema,
        input.schemaNote,
        input.notes,
        input.changeUrl,
        author,
        registeredBy,
        context.now,
      ],
    );
    if (rowCount !== 1) return afterLostRace(context, input);
    return registered(
      { ...input, registeredAt: context.now.toISOString() },
      { created: true, author, schema: input.schema },
    );
  },
});

type Identity = { version: string; digest: string; registeredAt: string };

function registered(
  { version, digest, registeredAt }: Identity,
  detail: { created: boolean; author?: string; schema?: string },
) {
  const result: Registered = { version, digest, registeredAt, created: detail.created };
  return {
    result,
    detail: { digest, ...detail },
    changes: detail.created ? [{ topic: 'release' as const, ref: version }] : [],
  };
}

/** The same rule once more, against what the other one wrote. */
async function afterLostRace(context: VerbContext, input: z.output<typeof RegisterReleaseInput>) {
  const winner = await readRelease(context.database, input.version);
  const judged = judgeRegistration(input, winner, null);
  if (judged.kind === 'conflict') throw new ConflictError(judged.reason);
  if (!winner)
    throw new ConflictError(`${input.version} was registered by someone else meanwhile. Read it again.`);
  return registered(winner, { created: false });
}

async function findBadTwin(context: VerbContext, digest: string) {
  const row = await context.database.prisma.release.findFirst({
    where: { digest, badAt: { not: null } },
    select: { version: true, badReason: true },
    orderBy: { badAt: 'desc' },
  });
  return row && { version: row.version, reason: row.badReason ?? '' };
}

/** Tokens act for their owner; only the system has nobody behind it. */
export function requirePerson(context: VerbContext, what: string): string {
  if (!context.actor.personId) throw new ForbiddenError(`Only a person, or a token of one, can ${what}.`);
  return context.actor.personId;
}
