import { handlersOf } from '#lib/api/handle.ts';
import { clear } from '#lib/api/routes/releases.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(clear);
