import { handlersOf } from '#lib/api/handle.ts';
import { exceptions } from '#lib/api/routes/freezes.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(exceptions);
