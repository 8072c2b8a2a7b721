import { notFound } from '#lib/api/handle.ts';

export { notFound as DELETE, notFound as GET, notFound as PATCH, notFound as POST, notFound as PUT };
