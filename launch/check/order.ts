export interface Ordered {
  name: string;
  /** Names of those that end before this one begins. */
  after: readonly string[];
}

/**
 * Does `work` for each as soon as those it comes after have ended, as many at a time as that lets; the answers come in the
 * order given. Rejects with the first failure of a work, or when one comes after itself or after what is not given.
 */
export async function inTheirOrder<Item extends Ordered, Answer>(
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const begun = new Map<string, Promise<Answer>>();
  const begin = (name: string, path: readonly string[]): Promise<Answer> => {
    if (path.includes(name)) throw new Error(`${[...path, name].join(' comes after ')}.`);
    const known = begun.get(name);
    if (known) return known;
    const item = items.find((candidate) => candidate.name === name);
    if (!item) throw new Error(`${path.at(-1)} comes after ${name}, which is not there.`);
    const earlier = item.after.map((other) => begin(other, [...path, name]));
    const answer = Promise.all(earlier).then(() => work(item));
    begun.set(name, answer);
    return answer;
  };
  return Promise.all(items.map(({ name }) => begin(name, [])));
}
