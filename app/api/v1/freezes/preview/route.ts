import { handlersOf } from '#lib/api/handle.ts';
import { preview } from '#lib/api/routes/freezes.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(preview);
