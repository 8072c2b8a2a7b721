import { handlersOf } from '#lib/api/handle.ts';
import { getRegion } from '#lib/api/routes/estate.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(getRegion);
