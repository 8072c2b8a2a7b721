import { FreezeCalendarInput, readFreezeCalendar } from '../../services/freezes/calendar.ts';
import {
  EndExceptionInput,
  ExceptFreezeInput,
  endException,
  exceptFreeze,
} from '../../services/freezes/exceptions.ts';
import {
  ChangeFreezeInput,
  CreateFreezeInput,
  changeFreeze,
  createFreeze,
  LiftFreezeInput,
  liftFreeze,
} from '../../services/freezes/freezes.ts';
import { ListFreezesInput, listFreezes, readFreeze } from '../../services/freezes/list.ts';
import { ListExceptionsInput, listExceptions } from '../../services/freezes/list-exceptions.ts';
import { PreviewFreezeInput, previewFreeze } from '../../services/freezes/preview.ts';
import { defineRoute, withPath } from '../define-route.ts';
import { Freeze, FreezeCalendar, FreezeException, FreezePreview, Identified, pageOf } from '../schemas.ts';

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

export const get = defineRoute({
  method: 'GET',
  path: '/freezes/{id}',
  id: 'getFreeze',
  tag: 'freezes',
  summary: 'One freeze',
  action: 'read',
  params: { id: 'Freeze' },
  response: Freeze,
  run: (context, { params }) => readFreeze(context, params.id ?? ''),
});

export const create = defineRoute({
  method: 'POST',
  path: '/freezes',
  id: 'createFreeze',
  tag: 'freezes',
  summary: 'Freeze changes, once or again and again; stopTheLine also holds what is running',
  description:
    'Without `actionKind` and `kind` it holds every kind of operation but those that put things back. `actionKind: rollback` holds these, and is refused until its warning is accepted with `acknowledged: ["rollback-frozen"]`.',
  action: 'freeze.change',
  body: CreateFreezeInput,
  response: Identified,
  status: 201,
  run: (context, { body }) => createFreeze(context, body),
});

export const change = defineRoute({
  method: 'POST',
  path: '/freezes/{id}/change',
  id: 'changeFreeze',
  tag: 'freezes',
  summary: 'Change how long a freeze lasts, when it recurs, or what is said of it',
  action: 'freeze.change',
  params: { id: 'Freeze' },
  body: ChangeFreezeInput.omit({ id: true }),
  response: Identified,
  run: (context, { params, body }) => changeFreeze(context, withPath(body, params)),
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

export const preview = defineRoute({
  method: 'POST',
  path: '/freezes/preview',
  id: 'previewFreeze',
  tag: 'freezes',
  summary: 'The next occurrences of a recurrence, before it is created',
  action: 'read',
  body: PreviewFreezeInput,
  response: FreezePreview,
  idempotent: false,
  run: async (context, { body }) => previewFreeze(context, body),
});

export const calendar = defineRoute({
  method: 'GET',
  path: '/freezes/calendar',
  id: 'listFreezeOccurrences',
  tag: 'freezes',
  summary: 'When what is, was or will be frozen, within three months at most',
  action: 'read',
  query: FreezeCalendarInput,
  response: FreezeCalendar,
  run: (context, { query }) => readFreezeCalendar(context, query),
});

export const exceptions = defineRoute({
  method: 'GET',
  path: '/freeze-exceptions',
  id: 'listFreezeExceptions',
  tag: 'freezes',
  summary: 'Exceptions from freezes, newest first; those that are open by default',
  action: 'read',
  query: ListExceptionsInput,
  response: pageOf(FreezeException),
  run: (context, { query }) => listExceptions(context, query),
});

export const except = defineRoute({
  method: 'POST',
  path: '/freezes/{id}/except',
  id: 'exceptFreeze',
  tag: 'freezes',
  summary: 'Let one kind of action of others through a freeze, once or until a time',
  description:
    'Nobody’s own request goes through by what they granted. A run that the freeze holds at its gate goes on within a second.',
  action: 'freeze.except',
  params: { id: 'Freeze' },
  body: ExceptFreezeInput.omit({ freeze: true }),
  response: Identified,
  status: 201,
  run: (context, { params, body }) => exceptFreeze(context, withPath(body, { freeze: params.id ?? '' })),
});

export const endOne = defineRoute({
  method: 'POST',
  path: '/freeze-exceptions/{id}/end',
  id: 'endFreezeException',
  tag: 'freezes',
  summary: 'Take an exception back before its end',
  action: 'freeze.except',
  params: { id: 'Exception' },
  body: EndExceptionInput.omit({ id: true }),
  response: Identified,
  run: (context, { params, body }) => endException(context, withPath(body, params)),
});
