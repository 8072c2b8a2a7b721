import { z } from 'zod';
import {
  CreatePersonInput,
  createPerson,
  disablePerson,
  enablePerson,
} from '../../services/people/accounts.ts';
import { GrantRoleInput, grantRole, revokeGrant } from '../../services/people/grants.ts';
import { ListPeopleInput, listPeople } from '../../services/people/list.ts';
import {
  CreateTokenInput,
  createToken,
  ListTokensInput,
  listTokens,
  revokeToken,
} from '../../services/tokens/tokens.ts';
import { defineRoute, withPath } from '../define-route.ts';
import { Identified, Person, Token } from '../schemas.ts';

const PERSON = { id: 'Person' };
const Empty = z.strictObject({});

export const list = defineRoute({
  method: 'GET',
  path: '/people',
  id: 'listPeople',
  tag: 'people',
  summary: 'People by e-mail address, with their grants',
  description: 'Give `nextAfter` back as `after` for the page after.',
  action: 'read',
  query: ListPeopleInput,
  response: z.object({ items: z.array(Person), nextAfter: z.string().nullable() }),
  run: (context, { query }) => listPeople(context, query),
});

export const create = defineRoute({
  method: 'POST',
  path: '/people',
  id: 'createPerson',
  tag: 'people',
  summary: 'Add a person, without any role',
  action: 'people.change',
  body: CreatePersonInput,
  response: Identified,
  status: 201,
  run: (context, { body }) => createPerson(context, body),
});

export const disable = defineRoute({
  method: 'POST',
  path: '/people/{id}/disable',
  id: 'disablePerson',
  tag: 'people',
  summary: 'Shut an account; its sessions and tokens end at once',
  action: 'people.change',
  params: PERSON,
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => disablePerson(context, withPath(body, params)),
});

export const enable = defineRoute({
  method: 'POST',
  path: '/people/{id}/enable',
  id: 'enablePerson',
  tag: 'people',
  summary: 'Open a disabled account again',
  action: 'people.change',
  params: PERSON,
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => enablePerson(context, withPath(body, params)),
});

export const grant = defineRoute({
  method: 'POST',
  path: '/people/{id}/grants',
  id: 'grantRole',
  tag: 'people',
  summary: 'Give someone else a role, narrowed to a Region or an action',
  action: 'people.change',
  params: PERSON,
  body: GrantRoleInput.omit({ personId: true }),
  response: Identified,
  status: 201,
  run: (context, { params, body }) => grantRole(context, withPath(body, { personId: params.id ?? '' })),
});

export const revokeOne = defineRoute({
  method: 'POST',
  path: '/grants/{id}/revoke',
  id: 'revokeGrant',
  tag: 'people',
  summary: 'Take a grant away',
  action: 'people.change',
  params: { id: 'Grant' },
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => revokeGrant(context, withPath(body, params)),
});

export const tokens = defineRoute({
  method: 'GET',
  path: '/tokens',
  id: 'listTokens',
  tag: 'people',
  summary: 'One’s own API tokens; everybody’s for an admin. Never a secret',
  action: 'read',
  query: ListTokensInput,
  response: z.object({ items: z.array(Token) }),
  run: (context, { query }) => listTokens(context, query),
});

export const createOne = defineRoute({
  method: 'POST',
  path: '/tokens',
  id: 'createToken',
  tag: 'people',
  summary: 'Make an API token of one’s own, in a session; the secret is in this answer only',
  action: 'token.create',
  body: CreateTokenInput,
  response: Identified.extend({
    secret: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    expiresAt: z.string(),
  }),
  status: 201,
  idempotent: false,
  run: (context, { body }) => createToken(context, body),
});

export const revokeTokenRoute = defineRoute({
  method: 'POST',
  path: '/tokens/{id}/revoke',
  id: 'revokeToken',
  tag: 'people',
  summary: 'End a token at once',
  action: 'read',
  params: { id: 'Token' },
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => revokeToken(context, withPath(body, params)),
});
