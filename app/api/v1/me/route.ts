import { handlersOf } from '#lib/api/handle.ts';
import { me } from '#lib/api/routes/estate.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(me);
