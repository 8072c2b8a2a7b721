import { z } from 'zod';
import type { Row, ShopDatabase } from './database.ts';
import { ShopFault } from './faults.ts';

/** What a page needs to be read from the Region's own database. */
export interface PageSource {
  database: ShopDatabase;
  url: string;
  timeoutMs: number;
}

export interface Page {
  contentType: 'text/html; charset=utf-8' | 'application/json';
  body: string;
}

const ListQuery = z.object({
  category: z.string().max(40).optional(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

/** The homepage: a few products, as a person's browser would show them. */
export async function homePage(source: PageSource, region: string): Promise<Page> {
  const products = await source.database.rows(source.url, {
    text: 'select id, name, price from products order by id limit 12',
    timeoutMs: source.timeoutMs,
  });
  const items = products.map(
    ({ id, name, price }) =>
      `<li><a href="/products/${Number(id)}">${escapeHtml(String(name))}</a> $${Number(price).toFixed(2)}</li>`,
  );
  const body = `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><ul>${items.join('')}</ul><p>Served from ${escapeHtml(region)}</p></html>`;
  return { contentType: 'text/html; charset=utf-8', body };
}

/** One page of products in order of id: `?category=&after=&limit=`. Throws a ShopFault 400 that names a bad parameter. */
export async function listPage(source: PageSource, search: URLSearchParams): Promise<Page> {
  const parsed = ListQuery.safeParse(Object.fromEntries(search));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ShopFault(400, `Cannot list products: ${issue?.path.join('.')}: ${issue?.message}.`);
  }
  const { category, after, limit } = parsed.data;
  const products = await source.database.rows(source.url, {
    text: `select id, name, category, price from products
           where id > $1 and ($2::text is null or category = $2) order by id limit $3`,
    values: [after, category ?? null, limit],
    timeoutMs: source.timeoutMs,
  });
  return json({
    products: products.map(productView),
    next: products.length === limit ? products.at(-1)?.id : null,
  });
}

/** One product; throws a ShopFault 404 for an id that is none. */
export async function productPage(source: PageSource, id: string): Promise<Page> {
  const number = /^\d{1,9}$/.test(id) ? Number(id) : undefined;
  const [product] =
    number === undefined
      ? []
      : await source.database.rows(source.url, {
          text: 'select id, name, category, price from products where id = $1',
          values: [number],
          timeoutMs: source.timeoutMs,
        });
  if (!product) throw new ShopFault(404, `There is no product ${id.slice(0, 40)}.`);
  return json(productView(product));
}

function productView(row: Row) {
  return { id: row.id, name: row.name, category: row.category, price: Number(row.price) };
}

function json(value: unknown): Page {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
