import {
  ACTION_KIND_WORDS,
  ACTION_KINDS,
  type ActionKind,
  kindsOf,
} from '#lib/domain/freeze/action-kinds.ts';
import { FREEZABLE_KINDS } from '#lib/domain/freeze/freeze.ts';
import { listOf } from './common.ts';
import { kindName } from './kind-words.ts';

export const EVERY_REGION = 'all Regions';

/** Columns of the matrix, short. */
export const COLUMN_WORDS = {
  deploy: 'Deploy',
  shift: 'Shift',
  failover: 'Failover',
  rollback: 'Rollback',
  lifecycle: 'Lifecycle',
  cost: 'Cost',
} as const satisfies Record<ActionKind, string>;

interface Covered {
  environment: string | null;
  actionKind: string | null;
  kind: string | null;
  stopTheLine: boolean;
}

/** "Deployments, production", "Every change, and what runs". */
export function coveredWords({ environment, actionKind, kind, stopTheLine }: Covered): string {
  const what =
    kind !== null ? kindName(kind) : actionKind !== null ? actionKindWords(actionKind) : 'Every change';
  return [`${what}${stopTheLine ? ', and what runs' : ''}`, environment ?? 'every environment'].join(', ');
}

/** What is frozen, as people say it; the word itself where a later version made it. */
export function actionKindWords(actionKind: string): string {
  return (ACTION_KIND_WORDS as Readonly<Record<string, string>>)[actionKind] ?? actionKind;
}

/** Its name, else what it does. */
export function freezeTitle(freeze: Covered & { name: string | null }): string {
  if (freeze.name !== null) return freeze.name;
  if (freeze.stopTheLine) return 'Stop the line';
  if (freeze.kind !== null) return `${kindName(freeze.kind)} frozen`;
  return freeze.actionKind === null ? 'Changes frozen' : `${actionKindWords(freeze.actionKind)} frozen`;
}

/** What a column of the matrix holds. */
export function holdsWords(actionKind: ActionKind): string {
  const kinds = kindsOf(actionKind).map(kindName);
  const never = actionKind === 'rollback' ? ' Only a freeze that names rollbacks holds it.' : '';
  return kinds.length === 0
    ? 'Nothing of this kind is carried out by Meridian yet: a freeze of it is on record and holds nothing.'
    : `Holds ${listOf(kinds.map((name) => name.toLowerCase()))}.${never}`;
}

/** What may be chosen to be frozen: all, a group, or one kind of operation. */
export function kindChoices(): { value: string; label: string }[] {
  return [
    { value: '', label: 'Every change but rollbacks' },
    ...ACTION_KINDS.map((kind) => ({ value: `group:${kind}`, label: ACTION_KIND_WORDS[kind] })),
    ...FREEZABLE_KINDS.map((kind) => ({ value: kind, label: `only ${kindName(kind).toLowerCase()}` })),
  ];
}
