/** All items of a list that comes in pages, asked one after the other. */
export async function allPages<Item>(
  ask: (token: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    items.push(...(page.items ?? []));
    token = page.next;
  } while (token);
  return items;
}
