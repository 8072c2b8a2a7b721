import { handlersOf } from '#lib/api/handle.ts';
import { steps } from '#lib/api/routes/operations.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(steps);
