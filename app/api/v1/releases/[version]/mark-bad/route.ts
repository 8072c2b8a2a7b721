import { handlersOf } from '#lib/api/handle.ts';
import { markBad } from '#lib/api/routes/releases.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(markBad);
