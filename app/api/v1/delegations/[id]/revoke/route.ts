import { handlersOf } from '#lib/api/handle.ts';
import { undelegate } from '#lib/api/routes/approvals.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(undelegate);
