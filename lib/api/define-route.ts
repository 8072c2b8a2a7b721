import type { z } from 'zod';
import type { Action } from '#lib/domain/access/access.ts';
import type { VerbContext } from '../services/context.ts';

export type Method = 'GET' | 'POST';

/** What a route's code is given: the path's parameters and the query as they came, the body as parsed JSON. */
export interface RouteInput {
  params: Record<string, string>;
  query: Record<string, string | string[]>;
  body: unknown;
}

export interface Route {
  method: Method;
  /** Below /api/v1, parameters in braces: `/operations/{id}`. */
  path: string;
  /** operationId of the OpenAPI document. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /** What the caller's grants, and a token's scopes, must carry. */
  action: Action;
  /** What each parameter of the path is. */
  params?: Record<string, string>;
  query?: z.ZodObject;
  /** The schema that the verb parses with, less what the path says. */
  body?: z.ZodType;
  /** Of the answer's JSON: what is not in it is not sent. Null where `streams` says what is sent. */
  response: z.ZodType | null;
  /** Media types of an answer that is no JSON. */
  streams?: readonly string[];
  status: 200 | 201;
  /** Whether an Idempotency-Key is taken. Answers that hold a secret are never stored. */
  idempotent: boolean;
  run(context: VerbContext, input: RouteInput): Promise<unknown>;
}

type Defaults = 'status' | 'idempotent' | 'response';

/** One endpoint: what its handler does and what the OpenAPI document says of it, in one place. */
export function defineRoute(route: Omit<Route, Defaults> & Partial<Pick<Route, Defaults>>): Route {
  return { status: 200, idempotent: route.method === 'POST', response: null, ...route };
}

/** The body with what the path names; a body that is no object stays as it is, for the verb to refuse. */
export function withPath(body: unknown, params: Record<string, string>): unknown {
  if (body === undefined) return params;
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, ...params } : body;
}
