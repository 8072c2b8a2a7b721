import { randomBytes } from 'node:crypto';
import { text as readAll } from 'node:stream/consumers';
import { ROLES, type Role } from '#lib/domain/access/access.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { createPerson, renamePerson, setPassword } from '#lib/services/people/accounts.ts';
import { grantRole } from '#lib/services/people/grants.ts';
import { listPeople, type PersonSummary } from '#lib/services/people/list.ts';
import { createToken, listTokens, revokeToken, TOKEN_SCOPES } from '#lib/services/tokens/tokens.ts';
import type { Command } from '../command.ts';
import { CliProblem, EXIT, UsageProblem } from '../exit.ts';
import { withLocalContext } from '../local.ts';
import { age, table, time } from '../text.ts';

const userAdd: Command = {
  name: 'user add',
  positionals: '<e-mail>',
  takes: { least: 1, most: 1 },
  summary: 'Add a person, with roles',
  notes: `Roles: ${ROLES.join(', ')}; a Region after @ narrows one: operator@eu-west-1.\nThe password is read from standard input with --password-stdin, else made and printed once.`,
  options: {
    name: { value: '<name>', help: 'the name people see' },
    role: { value: '<role>[@<region>]', many: true, help: 'may come more than once' },
    'password-stdin': { help: 'read the password from standard input' },
    sso: { help: 'no password: they sign in through the identity provider' },
  },
  async run(input) {
    const email = input.positionals[0] ?? '';
    const name = input.required('name');
    const roles = input.values('role').map(parseRole);
    const secret = await passwordFor(input.flag('sso'), input.flag('password-stdin'));
    const person = await withLocalContext(async (context) => {
      for (const { region } of roles) assertRegion(context, region);
      const made = await createPerson(context, {
        email,
        name,
        ...(secret.password ? { password: secret.password } : {}),
      });
      for (const role of roles) await grantRole(context, { personId: made.id, ...role });
      return made;
    });
    const said = roles.map(({ role, region }) => (region ? `${role} in ${region}` : role)).join(', ');
    return {
      json: { ...person, roles, ...(secret.generated ? { password: secret.password } : {}) },
      text: [
        `Added ${person.email}${said ? ` as ${said}` : ', without a role'}.`,
        ...(secret.generated ? [`Password, shown only now: ${secret.password}`] : []),
      ].join('\n'),
    };
  },
};

function parseRole(text: string): { role: Role; region: string | null } {
  const [name, region] = text.split('@');
  const role = ROLES.find((known) => known === name);
  if (role) return { role, region: region || null };
  throw new UsageProblem(`--role "${text}" is not a role; there are ${ROLES.join(', ')}.`);
}

function assertRegion({ estate }: VerbContext, region: string | null): void {
  if (region === null || estate.regions.some(({ code }) => code === region)) return;
  throw new UsageProblem(
    `The estate has no Region ${region}; it has ${estate.regions.map(({ code }) => code).join(', ')}.`,
  );
}

async function passwordFor(
  sso: boolean,
  fromInput: boolean,
): Promise<{ password?: string; generated: boolean }> {
  if (sso) return { generated: false };
  if (fromInput) return { password: (await readAll(process.stdin)).replace(/\r?\n$/, ''), generated: false };
  return { password: randomBytes(12).toString('base64url'), generated: true };
}

const userList: Command = {
  name: 'user list',
  summary: 'People, with what each may do',
  async run() {
    const people = await withLocalContext(everybody);
    const now = new Date();
    return {
      json: people,
      text: table(
        ['E-mail', 'Name', 'Roles', 'State', 'Last seen'],
        people.map((person) => [
          person.email,
          person.name,
          person.grants.map(({ role, region }) => (region ? `${role}@${region}` : role)).join(', ') || '–',
          person.disabledAt ? 'disabled' : person.signsInBy === 'nothing' ? 'cannot sign in' : 'active',
          age(person.lastSeenAt?.toISOString(), now),
        ]),
        'There are no people. Add one: npm run meridian -- user add <e-mail> --name <name> --role admin',
      ),
    };
  },
};

const userRename: Command = {
  name: 'user rename',
  positionals: '<e-mail>',
  takes: { least: 1, most: 1 },
  summary: 'Give a person another name',
  options: { name: { value: '<name>', help: 'the name people see' } },
  async run(input) {
    const email = input.positionals[0] ?? '';
    const name = input.required('name');
    const person = await withLocalContext(async (context) =>
      renamePerson(context, { id: (await personByEmail(context, email)).id, name }),
    );
    return { json: person, text: `${email} is ${person.name} now.` };
  },
};

const userPassword: Command = {
  name: 'user password',
  positionals: '<e-mail>',
  takes: { least: 1, most: 1 },
  summary: 'Set a password anew for somebody who forgot theirs; their sessions end',
  notes:
    'The password is read from standard input with --password-stdin, else made and printed once. Who remembers theirs changes it in the console.',
  options: { 'password-stdin': { help: 'read the password from standard input' } },
  async run(input) {
    const email = input.positionals[0] ?? '';
    const { password, generated } = await passwordFor(false, input.flag('password-stdin'));
    const { id, sessions } = await withLocalContext(async (context) =>
      setPassword(context, { id: (await personByEmail(context, email)).id, password }),
    );
    return {
      json: { id, sessions, ...(generated ? { password } : {}) },
      text: [
        `${email} has a new password; sessions that ended: ${sessions}.`,
        ...(generated ? [`Password, shown only now: ${password}`] : []),
      ].join('\n'),
    };
  },
};

/** All people, page after page. */
export async function everybody(context: VerbContext): Promise<PersonSummary[]> {
  const people: PersonSummary[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await listPeople(context, { limit: 200, ...(after ? { after } : {}) });
    people.push(...page.items);
    after = page.nextAfter;
  }
  return people;
}

const tokenCreate: Command = {
  name: 'token create',
  summary: 'Make an API token for a person; the secret is printed once',
  notes: `Scopes: ${TOKEN_SCOPES.join(', ')}.\nA token may do what both its scopes and its owner's grants allow.`,
  options: {
    owner: { value: '<e-mail>', help: 'whose token it is' },
    name: { value: '<name>', help: 'what it is for' },
    scope: { value: '<action>', many: true, help: 'may come more than once, or with commas' },
    days: { value: '<number>', help: 'until it expires: 1 to 365, 90 by default' },
  },
  async run(input) {
    const asked = {
      name: input.required('name'),
      scopes: input.values('scope'),
      ...(input.number('days') === undefined ? {} : { expiresInDays: input.number('days') }),
    };
    const email = input.required('owner');
    const token = await withLocalContext(async (context) =>
      createToken(context, { ...asked, ownerId: (await personByEmail(context, email)).id }),
    );
    return {
      json: token,
      text: [
        `Token ${token.id} of ${email} for ${token.scopes.join(', ')}, until ${time(token.expiresAt.toISOString())}.`,
        `Secret, shown only now: ${token.secret}`,
      ].join('\n'),
    };
  },
};

async function personByEmail(context: VerbContext, email: string): Promise<{ id: string }> {
  const person = await context.database.prisma.person.findUnique({
    where: { email: email.trim().toLowerCase() },
    select: { id: true },
  });
  if (person) return person;
  throw new CliProblem(
    EXIT.notFound,
    `There is nobody with the address ${email}. "user list" shows who there is.`,
  );
}

const tokenList: Command = {
  name: 'token list',
  summary: 'API tokens, newest first; never a secret',
  options: { owner: { value: '<e-mail>', help: 'only theirs' } },
  async run(input) {
    const email = input.value('owner');
    const { items } = await withLocalContext(async (context) =>
      listTokens(context, {
        limit: 200,
        ...(email ? { ownerId: (await personByEmail(context, email)).id } : {}),
      }),
    );
    const now = new Date();
    return {
      json: items,
      text: table(
        ['Id', 'Name', 'Owner', 'Begins', 'Scopes', 'State', 'Last used', 'Expires'],
        items.map((token) => [
          token.id,
          token.name,
          token.owner.name,
          token.prefix,
          token.scopes.join(', '),
          token.state,
          age(token.lastUsedAt?.toISOString(), now),
          time(token.expiresAt.toISOString()),
        ]),
        'There are no tokens.',
      ),
    };
  },
};

const tokenRevoke: Command = {
  name: 'token revoke',
  positionals: '<id>',
  takes: { least: 1, most: 1 },
  summary: 'End a token at once',
  async run(input) {
    const result = await withLocalContext((context) => revokeToken(context, { id: input.positionals[0] }));
    return { json: result, text: `Token ${result.id} is revoked.` };
  },
};

export const peopleCommands: readonly Command[] = [
  userAdd,
  userList,
  userRename,
  userPassword,
  tokenCreate,
  tokenList,
  tokenRevoke,
];
