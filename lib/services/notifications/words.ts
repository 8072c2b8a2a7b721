import type { NotificationTopic } from './enqueue.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is sent with each topic, told as a sentence to somebody who was woken by it. */
const SENTENCES = {
  'approval.requested': (data) =>
    `${the(data, 'operation', 'An operation')} waits for ${people(data)}: ${the(data, 'title', 'no title')}${inEnvironment(data)}. ${said(data)}`,
  'approval.decided': (data) =>
    CLOSED[text(data, 'decision') ?? '']
      ? `${the(data, 'operation', 'An operation')} ${CLOSED[text(data, 'decision') ?? '']}. ${said(data)}`
      : `${the(data, 'operation', 'An operation')} has ${text(data, 'approvals') ?? '1'} of ${text(data, 'needed') ?? '1'} approvals.`,
  'operation.started': (data) =>
    `${the(data, 'operation', 'An operation')} has started${inEnvironment(data)}${titled(data)}.`,
  'operation.held': (data) =>
    `${the(data, 'operation', 'An operation')} holds${inEnvironment(data)}. ${said(data)}`,
  'operation.ended': (data) =>
    `${the(data, 'operation', 'An operation')} has ended${inEnvironment(data)}, ${the(data, 'state', 'state not told')}. ${said(data)}`,
  'freeze.changed': (data) =>
    `${FROZEN[text(data, 'change') ?? ''] ?? 'Changes are frozen.'}${data.change === 'lifted' ? '' : ` ${said(data)}`}`,
  'region.changed': (data) =>
    data.state === 'failing'
      ? `${the(data, 'region', 'A Region')} is seen failing${inEnvironment(data)}. ${said(data)}`
      : `${the(data, 'region', 'A Region')} is not seen failing any more${inEnvironment(data)}. ${said(data)}`,
  'policy.acted': (data) =>
    data.act === 'started'
      ? `The policy sends the readers of ${the(data, 'region', 'a Region')} elsewhere${inEnvironment(data)}. ${said(data)}`
      : `The policy does not leave ${the(data, 'region', 'a Region')}${inEnvironment(data)}. ${said(data)}`,
  'readiness.blocked': (data) =>
    `A recovery would not work as things stand${inEnvironment(data)}: ${the(data, 'message', 'not told why.')}${remedy(data)}`,
  'fence.changed': (data) =>
    `${the(data, 'instance', 'A database')} in ${the(data, 'region', 'a Region')} ${FENCED[text(data, 'state') ?? ''] ?? 'has changed its fence'}. ${said(data)}`,
  'split-brain.seen': (data) =>
    data.message === undefined
      ? `Split brain: ${the(data, 'instance', 'a database')} in ${the(data, 'region', 'a Region')} takes orders that the writer will never see. It is being shut.`
      : `Split brain${inEnvironment(data)}: ${the(data, 'message', '')}`,
  'split-brain.ended': (data) => `The split brain is over${inEnvironment(data)}. ${the(data, 'message', '')}`,
  'review.opened': (data) =>
    `A review is owed by ${the(data, 'dueAt', 'a time that is not told')} for ${the(data, 'title', 'an operation')}${inEnvironment(data)}, which started without approval. ${said(data)}`,
  'review.decided': (data) =>
    `${the(data, 'operation', 'What was done by hand')} was reviewed: ${data.verdict === 'objected' ? 'with a concern' : 'agreed'}. ${said(data)}`,
  'drill.due': (data) =>
    `The ${the(data, 'level', '')} drill of ${the(data, 'region', 'a Region')} is due at ${the(data, 'dueAt', 'a time that is not told')}. ${said(data)}`,
  'drill.refused': (data) =>
    `The ${the(data, 'level', '')} drill of ${the(data, 'region', 'a Region')} was due and was not requested${inEnvironment(data)}. ${said(data)}${data.again === true ? ' It is tried again.' : ''}`,
  'report.written': (data) =>
    `The report of ${the(data, 'operation', 'an operation')} is written and signed${inEnvironment(data)}.`,
} as const satisfies Record<NotificationTopic, (data: Fields) => string>;

/** How a request came to an end without being started. */
const CLOSED: Readonly<Record<string, string>> = {
  reject: 'was rejected',
  'ask-changes': 'was sent back for changes',
  withdraw: 'was withdrawn',
  expire: 'has expired: nobody decided in time',
};

const FROZEN: Readonly<Record<string, string>> = {
  changed: 'A freeze was changed.',
  excepted: 'A change may go through a freeze.',
  lifted: 'A freeze was lifted.',
};

const FENCED: Readonly<Record<string, string>> = {
  pending: 'is to be shut as soon as it answers',
  done: 'is shut: it takes no orders',
  dropped: 'need not be shut any more',
};

/** A notification as a sentence; the topic itself where it is one of another version. */
export function notificationText(topic: string, payload: unknown): string {
  const sentence = (SENTENCES as Readonly<Record<string, (data: Fields) => string>>)[topic];
  if (!sentence) return topic;
  const data = typeof payload === 'object' && payload !== null ? (payload as Fields) : {};
  return sentence(data).replaceAll(/\s+/g, ' ').trim();
}

function text(data: Fields, field: string): string | undefined {
  const value = data[field];
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined;
}

function the(data: Fields, field: string, missing: string): string {
  return text(data, field) ?? missing;
}

function inEnvironment(data: Fields): string {
  const environment = text(data, 'environment');
  return environment === undefined ? '' : ` in ${environment}`;
}

function titled(data: Fields): string {
  const title = text(data, 'title');
  return title === undefined ? '' : `: ${title}`;
}

function people(data: Fields): string {
  const who = text(data, 'who');
  if (who !== undefined) return who;
  return data.needed === 1 ? 'an approver' : `${text(data, 'needed') ?? 'some'} approvers`;
}

function remedy(data: Fields): string {
  const what = text(data, 'remedy');
  return what === undefined ? '' : ` ${what}`;
}

/** Why, in the words of whoever or whatever did it. */
function said(data: Fields): string {
  const why = text(data, 'reason') ?? text(data, 'note') ?? text(data, 'outcome') ?? '';
  return why === '' || /[.!?]$/.test(why) ? why : `${why}.`;
}
