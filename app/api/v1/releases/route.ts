import { handlersOf } from '#lib/api/handle.ts';
import { list, register } from '#lib/api/routes/releases.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(list, register);
