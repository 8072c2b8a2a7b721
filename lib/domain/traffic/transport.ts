const EPSILON = 1e-9;

export interface TransportProblem {
  supply: readonly number[];
  demand: readonly number[];
  /** cost[i][j] of one unit from supply i to demand j, not negative. */
  cost: readonly (readonly number[])[];
}

interface Edge {
  to: number;
  capacity: number;
  cost: number;
  /** Position of the reverse edge in `graph[to]`. */
  back: number;
}

/**
 * The cheapest flow from supplies to demands whose sums agree: flow[i][j]. Successive shortest paths (Bellman-Ford), sound
 * for the few dozen nodes an estate has. Source: Ahuja, Magnanti, Orlin, Network Flows, ch. 9.
 */
export function transport({ supply, demand, cost }: TransportProblem): number[][] {
  const source = 0;
  const sink = supply.length + demand.length + 1;
  const graph: Edge[][] = Array.from({ length: sink + 1 }, () => []);
  const connect = (from: number, to: number, capacity: number, price: number) => {
    const forward = graph[from];
    const backward = graph[to];
    if (!forward || !backward) return;
    forward.push({ to, capacity, cost: price, back: backward.length });
    backward.push({ to: from, capacity: 0, cost: -price, back: forward.length - 1 });
  };
  for (const [i, amount] of supply.entries()) connect(source, i + 1, amount, 0);
  for (const [i] of supply.entries()) {
    for (const [j] of demand.entries())
      connect(i + 1, supply.length + j + 1, Number.POSITIVE_INFINITY, cost[i]?.[j] ?? 0);
  }
  for (const [j, amount] of demand.entries()) connect(supply.length + j + 1, sink, amount, 0);

  for (
    let path = cheapestPath(graph, source, sink);
    path.length > 0;
    path = cheapestPath(graph, source, sink)
  ) {
    const amount = Math.min(...path.map((edge) => edge.capacity));
    for (const edge of path) {
      edge.capacity -= amount;
      const reverse = graph[edge.to]?.[edge.back];
      if (reverse) reverse.capacity += amount;
    }
  }
  return supply.map((_, i) =>
    demand.map((_, j) => {
      const edge = graph[i + 1]?.find((candidate) => candidate.to === supply.length + j + 1);
      return edge ? (graph[edge.to]?.[edge.back]?.capacity ?? 0) : 0;
    }),
  );
}

function cheapestPath(graph: Edge[][], source: number, sink: number): Edge[] {
  const distance = graph.map(() => Number.POSITIVE_INFINITY);
  const arrivedBy: (Edge | undefined)[] = graph.map(() => undefined);
  distance[source] = 0;
  for (let round = 0; round < graph.length; round += 1) {
    let improved = false;
    for (const [node, edges] of graph.entries()) {
      const here = distance[node] ?? Number.POSITIVE_INFINITY;
      if (here === Number.POSITIVE_INFINITY) continue;
      for (const edge of edges) {
        if (edge.capacity > EPSILON && here + edge.cost < (distance[edge.to] ?? 0) - EPSILON) {
          distance[edge.to] = here + edge.cost;
          arrivedBy[edge.to] = edge;
          improved = true;
        }
      }
    }
    if (!improved) break;
  }
  const path: Edge[] = [];
  for (let node = sink; node !== source; ) {
    const edge = arrivedBy[node];
    if (!edge) return [];
    path.unshift(edge);
    const reverse = graph[edge.to]?.[edge.back];
    if (!reverse) return [];
    node = reverse.to;
  }
  return path;
}
