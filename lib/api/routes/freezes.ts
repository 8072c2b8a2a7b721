import {
  CreateFreezeInput,
  createFreeze,
  LiftFreezeInput,
  liftFreeze,
} from '../../services/freezes/freezes.ts';
import { ListFreezesInput, listFreezes } from '../../services/freezes/list.ts';
import { defineRoute, withPath } from '../define-route.ts';
import { Freeze, Identified, pageOf } from '../schemas.ts';

export const list = defineRoute({
  method: 'GET',
  path: '/freezes',
  id: 'listFreezes',
  tag: 'freezes',
  summary: 'Freezes, newest first; those that are open by default',
  action: 'read',
  query: ListFreezesInput,
  response: pageOf(Freeze),
  run: (context, { query }) => listFreezes(context, query),
});

export const create = defineRoute({
  method: 'POST',
  path: '/freezes',
  id: 'createFreeze',
  tag: 'freezes',
  summary: 'Freeze changes; stopTheLine also holds what is running',
  action: 'freeze.change',
  body: CreateFreezeInput,
  response: Identified,
  status: 201,
  run: (context, { body }) => createFreeze(context, body),
});

export const lift = defineRoute({
  method: 'POST',
  path: '/freezes/{id}/lift',
  id: 'liftFreeze',
  tag: 'freezes',
  summary: 'End a freeze now',
  action: 'freeze.change',
  params: { id: 'Freeze' },
  body: LiftFreezeInput.omit({ id: true }),
  response: Identified,
  run: (context, { params, body }) => liftFreeze(context, withPath(body, params)),
});
