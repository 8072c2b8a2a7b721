import { handlersOf } from '#lib/api/handle.ts';
import { exportRows } from '#lib/api/routes/audit.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(exportRows);
