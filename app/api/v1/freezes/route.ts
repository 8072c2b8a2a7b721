import { handlersOf } from '#lib/api/handle.ts';
import { create, list } from '#lib/api/routes/freezes.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(list, create);
