import { openApiDocument } from '#lib/api/openapi.ts';
import { ROUTES } from '#lib/api/routes/index.ts';
import { env } from '#lib/env.ts';

/** The API as OpenAPI 3.1, for anybody: it says what there is and nothing of the estate. */
export function GET(request: Request): Response {
  const serverUrl = env().MERIDIAN_URL ?? new URL(request.url).origin;
  return Response.json(openApiDocument(ROUTES, serverUrl), { headers: { 'cache-control': 'no-store' } });
}
