import { handlersOf } from '#lib/api/handle.ts';
import { calendar } from '#lib/api/routes/freezes.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(calendar);
