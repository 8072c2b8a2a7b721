import { handlersOf } from '#lib/api/handle.ts';
import { create, list } from '#lib/api/routes/people.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(list, create);
