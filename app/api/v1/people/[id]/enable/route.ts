import { handlersOf } from '#lib/api/handle.ts';
import { enable } from '#lib/api/routes/people.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(enable);
