import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openApiDocument } from '#lib/api/openapi.ts';
import { ROUTES } from '#lib/api/routes/index.ts';
import { ACTIONS } from '#lib/domain/access/access.ts';
import { REQUESTABLE_KINDS } from '#lib/services/operations/planners/registry.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const document = JSON.parse(JSON.stringify(openApiDocument(ROUTES, 'http://127.0.0.1:3000')));

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref') yield String(inner);
    else yield* references(inner);
  }
}

it('lists every route there is, and no other', () => {
  const files = globSync('app/api/v1/**/route.ts', { cwd: ROOT })
    .map((file) =>
      file
        .replace(/^app\/api\/v1/, '')
        .replace(/\/route\.ts$/, '')
        .replaceAll(/\[(\w+)\]/g, '{$1}'),
    )
    .filter((route) => route !== '/openapi.json' && route !== '/[...rest]');
  const listed = Object.keys(document.paths).map((route) => route.replace('/api/v1', ''));
  expect(listed.sort()).toEqual(files.sort());
});

it.each(ROUTES)('$method $path is exported by its file', ({ method, path: route }) => {
  const file = path.join(ROOT, 'app/api/v1', route.replaceAll(/\{(\w+)\}/g, '[$1]'), 'route.ts');
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain(method);
});

it('names each operation once, with an action that exists', () => {
  const ids = ROUTES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { action } of ROUTES) expect(ACTIONS).toContain(action);
});

it('refers only to schemas that it holds', () => {
  const known = Object.keys(document.components.schemas);
  const used = [...references(document)].map((reference) => reference.replace('#/components/schemas/', ''));
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !used.includes(name))).toEqual([]);
});

it('describes every parameter of every path', () => {
  for (const [route, methods] of Object.entries<
    Record<string, { parameters?: { name: string; in: string }[] }>
  >(document.paths)) {
    const named = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const operation of Object.values(methods)) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name)).toEqual(named);
    }
  }
});

it('shows what may be sent as the verbs parse it', () => {
  const { oneOf } = document.paths['/api/v1/operations'].post.requestBody.content['application/json'].schema;
  const kindOf = (option: { properties: { kind: { const: string } } }) => option.properties.kind.const;
  expect(oneOf.map(kindOf).sort()).toEqual([...REQUESTABLE_KINDS].sort());
  const body = oneOf.find((option: Parameters<typeof kindOf>[0]) => kindOf(option) === 'traffic-shift');
  expect(body.required.sort()).toEqual(['environment', 'kind', 'params', 'reason']);
  expect(body.additionalProperties).toBe(false);
  expect(body.properties.kind).toMatchObject({ const: 'traffic-shift' });
  const query = document.paths['/api/v1/operations'].get.parameters;
  expect(query.find(({ name }: { name: string }) => name === 'limit').schema).toMatchObject({ maximum: 200 });
  const control = document.paths['/api/v1/operations/{id}/pause'].post.requestBody;
  expect(control.required).toBe(false);
});
