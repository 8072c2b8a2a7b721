import { z } from 'zod';
import type { Route } from './define-route.ts';
import { BODY_LIMIT } from './read-request.ts';
import { components, Problem } from './schemas.ts';

type Json = Record<string, unknown>;

const PREFIX = '/api/v1';
const reference = (id: string) => `#/components/schemas/${id}`;

/** The OpenAPI 3.1 document of these routes, from the schemas that parse requests and answers. */
export function openApiDocument(routes: readonly Route[], serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = PREFIX + route.path;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  paths[`${PREFIX}/events`] = { get: EVENTS };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Meridian',
      version: '1',
      description:
        'The verbs of the console for programs. Every failure is problem+json (RFC 9457). Lists are paged by keyset. ' +
        `A body is JSON of at most ${BODY_LIMIT / 1024} KB. Nothing may be cached.`,
    },
    servers: [{ url: serverUrl }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: schemasOf(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API token: `npm run meridian -- token create`, or Settings in the console.',
        },
      },
    },
  };
}

const EVENTS: Json = {
  operationId: 'streamEvents',
  tags: ['events'],
  summary: 'Changes as they commit, ids only, as server-sent events; Last-Event-ID goes on without a gap',
  responses: { 200: { description: 'A stream that does not end', content: { 'text/event-stream': {} } } },
};

function operationOf(route: Route): Json {
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, `Needs the action \`${route.action}\`.`].filter(Boolean).join('\n\n'),
    parameters: [
      ...Object.entries(route.params ?? {}).map(([name, description]) => ({
        name,
        in: 'path',
        required: true,
        description,
        schema: { type: 'string' },
      })),
      ...(route.query ? queryParameters(route.query) : []),
      ...(route.method === 'POST' && route.idempotent ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: isRequired(route.body),
            content: { 'application/json': { schema: inputSchema(route.body) } },
          },
        }
      : {}),
    responses: {
      [route.status]: { description: 'Done', content: answerOf(route) },
      default: {
        description: 'Refused or failed',
        content: { 'application/problem+json': { schema: { $ref: reference(nameOf(Problem)) } } },
      },
    },
  };
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'For 24 h, the same key with the same body gives the first answer again (Idempotency-Replayed: true); with another body 422, while the first still runs 409.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = inputSchema(query) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description ? { description } : {}),
    schema,
  }));
}

function answerOf(route: Route): Json {
  if (route.streams)
    return Object.fromEntries(route.streams.map((type) => [type, { schema: { type: 'string' } }]));
  return { 'application/json': { schema: route.response ? outputSchema(route.response) : {} } };
}

/** Whether a request without a body is refused. */
function isRequired(body: z.ZodType): boolean {
  return !body.safeParse({}).success;
}

/** What a caller may send: a schema with defaults and conversions as seen from outside. */
function inputSchema(schema: z.ZodType): Json {
  return withoutDialect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

/** What is sent: a named schema as a reference, and references to those within. */
function outputSchema(schema: z.ZodType): Json {
  const name = nameOf(schema);
  if (name) return { $ref: reference(name) };
  const { $defs: _, ...json } = z.toJSONSchema(schema, {
    io: 'output',
    metadata: components,
    unrepresentable: 'any',
  });
  return withoutDialect(JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', `"${reference('')}`)));
}

function schemasOf(): Record<string, Json> {
  const { schemas } = z.toJSONSchema(components, { io: 'output', uri: reference, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]));
}

function nameOf(schema: z.ZodType): string {
  return components.get(schema)?.id ?? '';
}

/** An OpenAPI 3.1 schema is JSON Schema 2020-12 by itself; the dialect and the address of each would only be noise. */
function withoutDialect(schema: Json): Json {
  const { $schema: _, $id: __, id: ___, '~standard': ____, ...rest } = schema;
  return rest;
}
