import { handlersOf } from '#lib/api/handle.ts';
import { getCosts } from '#lib/api/routes/estate.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(getCosts);
