import { handlersOf } from '#lib/api/handle.ts';
import { putRecoveryPolicy, recoveryPolicies } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(recoveryPolicies, putRecoveryPolicy);
