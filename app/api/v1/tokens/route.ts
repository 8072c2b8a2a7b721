import { handlersOf } from '#lib/api/handle.ts';
import { createOne, tokens } from '#lib/api/routes/people.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(tokens, createOne);
