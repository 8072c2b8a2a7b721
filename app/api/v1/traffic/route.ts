import { handlersOf } from '#lib/api/handle.ts';
import { getTraffic } from '#lib/api/routes/estate.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(getTraffic);
