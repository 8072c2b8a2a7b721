import { handlersOf } from '#lib/api/handle.ts';
import { addWebhook, webhooks } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(webhooks, addWebhook);
