import { handlersOf } from '#lib/api/handle.ts';
import { leave } from '#lib/api/routes/operations.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(leave);
