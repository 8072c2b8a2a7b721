import { handlersOf } from '#lib/api/handle.ts';
import { stopWebhook } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(stopWebhook);
