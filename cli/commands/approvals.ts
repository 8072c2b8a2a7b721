import { z } from 'zod';
import type { Command } from '../command.ts';
import { UsageProblem } from '../exit.ts';
import { CURSOR, listText, pageOf, valuesOf } from '../list.ts';
import { getJson, postJson } from '../remote.ts';
import { table, time } from '../text.ts';

const Named = z.looseObject({ id: z.string(), name: z.string() });

const approvals: Command = {
  name: 'approval list',
  summary: 'Requests for approval, newest first, with what is open of each',
  options: {
    tab: { value: '<tab>', help: 'waiting (by default), mine or closed' },
    outcome: { value: '<outcome>', help: 'approved, rejected, changes-asked, expired, withdrawn or voided' },
    environment: { value: '<name>', help: 'only there' },
    person: { value: '<id>', help: 'who asked for it, or decided on it' },
    ...CURSOR,
  },
  async run(input) {
    const Page = pageOf(
      z.looseObject({
        id: z.string(),
        title: z.string(),
        state: z.string(),
        requester: Named,
        risk: z.string(),
        requirements: z.array(z.looseObject({ words: z.string(), met: z.boolean() })),
        mayDecide: z.looseObject({ allowed: z.boolean() }),
      }),
    );
    const page = await getJson(
      Page,
      '/approvals',
      valuesOf(input, ['tab', 'outcome', 'environment', 'person', 'cursor']),
    );
    const rows = page.items.map((item) => [
      item.id,
      item.state,
      item.title,
      item.requester.name,
      item.risk,
      item.requirements.flatMap(({ words, met }) => (met ? [] : words)).join(', ') || 'nothing',
      item.mayDecide.allowed ? 'yes' : 'no',
    ]);
    const columns = ['Id', 'State', 'Title', 'Requested by', 'Risk', 'Open', 'Yours'];
    return { json: page, text: listText(columns, rows, 'No request is listed.', page.nextCursor) };
  },
};

const history: Command = {
  name: 'approval history',
  positionals: '<person>',
  takes: { least: 1, most: 1 },
  summary: 'What a person asked for and decided, newest first',
  options: CURSOR,
  async run(input) {
    const Page = pageOf(
      z.looseObject({
        at: z.string(),
        what: z.string(),
        by: Named,
        inNameOf: Named.nullable(),
        reason: z.string(),
        operation: z.looseObject({ id: z.string(), title: z.string(), state: z.string() }),
      }),
    );
    const page = await getJson(Page, '/approvals/history', {
      person: input.positionals[0],
      ...valuesOf(input, ['cursor']),
    });
    const rows = page.items.map(({ at, what, by, inNameOf, operation, reason }) => [
      time(at),
      what,
      inNameOf ? `${by.name} for ${inNameOf.name}` : by.name,
      operation.id,
      operation.state,
      reason,
    ]);
    const columns = ['At', 'What', 'By', 'Operation', 'State', 'Reason'];
    return {
      json: page,
      text: listText(columns, rows, 'Nothing was asked for or decided.', page.nextCursor),
    };
  },
};

const delegations: Command = {
  name: 'delegation list',
  summary: 'Who decides on requests in whose name',
  options: {
    state: { value: '<state>', help: 'open (by default) or all' },
    person: { value: '<id>', help: 'of that person' },
    ...CURSOR,
  },
  async run(input) {
    const Page = pageOf(
      z.looseObject({
        id: z.string(),
        from: Named,
        to: Named,
        state: z.string(),
        startsAt: z.string(),
        endsAt: z.string(),
        reason: z.string(),
      }),
    );
    const page = await getJson(Page, '/delegations', valuesOf(input, ['state', 'person', 'cursor']));
    const rows = page.items.map(({ id, from, to, state, startsAt, endsAt, reason }) => [
      id,
      from.name,
      to.name,
      state,
      time(startsAt),
      time(endsAt),
      reason,
    ]);
    const columns = ['Id', 'Whose', 'Decided by', 'State', 'From', 'Until', 'Reason'];
    return { json: page, text: listText(columns, rows, 'Nobody decides for another.', page.nextCursor) };
  },
};

const revoke: Command = {
  name: 'delegation revoke',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'End a delegation at once',
  notes: 'A delegation is made in the console, or by a session: never by a token.',
  async run(input) {
    const made = await postJson(
      z.looseObject({ id: z.string() }),
      `/delegations/${encodeURIComponent(input.positionals[0] ?? '')}/revoke`,
      {},
    );
    return { json: made, text: 'The delegation has ended.' };
  },
};

const deadLetters: Command = {
  name: 'dead-letter list',
  summary: 'Notifications that could not be delivered and were not looked at yet',
  options: {
    webhook: { value: '<id>', help: 'only of that webhook' },
    before: { value: '<number>', help: 'nextBefore of the page before' },
  },
  async run(input) {
    const Page = z.object({
      items: z.array(
        z.looseObject({
          id: z.string(),
          webhook: z.looseObject({ name: z.string(), kind: z.string() }),
          text: z.string(),
          deadAt: z.string(),
          lastError: z.string().nullable(),
        }),
      ),
      nextBefore: z.string().nullable(),
    });
    const page = await getJson(Page, '/dead-letters', valuesOf(input, ['webhook', 'before']));
    const rows = page.items.map(({ id, webhook, text, deadAt, lastError }) => [
      id,
      `${webhook.name} (${webhook.kind})`,
      text,
      time(deadAt),
      lastError ?? '',
    ]);
    const shown = table(
      ['Id', 'Webhook', 'What', 'Given up', 'Last error'],
      rows,
      'There are no dead letters.',
    );
    return { json: page, text: shown + (page.nextBefore ? `\nMore: --before ${page.nextBefore}` : '') };
  },
};

function deadLetter(word: 'redeliver' | 'discard', summary: string, done: string): Command {
  return {
    name: `dead-letter ${word}`,
    positionals: '<id>',
    takes: { least: 1, most: 1 },
    summary,
    async run(input) {
      const id = input.positionals[0] ?? '';
      if (!/^[1-9]\d{0,17}$/.test(id)) throw new UsageProblem(`"${id}" is not the number of a notification.`);
      const made = await postJson(z.looseObject({ id: z.string() }), `/dead-letters/${id}/${word}`, {});
      return { json: made, text: `Notification ${id} ${done}.` };
    },
  };
}

export const approvalCommands: readonly Command[] = [
  approvals,
  history,
  delegations,
  revoke,
  deadLetters,
  deadLetter('redeliver', 'Try to deliver a dead letter again', 'is tried again'),
  deadLetter('discard', 'Take a dead letter off the list without sending it', 'is discarded'),
];
