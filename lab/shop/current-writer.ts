import type { WriteRoute } from './write-route.ts';

/**
 * The Region that most shops send their orders to, as long as it takes them itself; undefined when none does. During a
 * split the Region with more followers is the writer.
 */
export function electedWriter(routes: Map<string, WriteRoute>): string | undefined {
  const followers = new Map<string, number>();
  for (const [region, route] of routes) {
    const writer = route.to === 'region' ? route.region : route.to === 'local' ? region : undefined;
    if (writer && routes.get(writer)?.to === 'local') followers.set(writer, (followers.get(writer) ?? 0) + 1);
  }
  return [...followers].sort((a, b) => b[1] - a[1])[0]?.[0];
}
