/**
 * Seats as many people as can be, each on one seat of a demand that fits them (maximum matching by augmenting paths). Answers
 * how many sit at each demand, by its key.
 */
export function seatPeople<Demand extends { key: string; need: number }, Person>(
  demands: readonly Demand[],
  people: readonly Person[],
  fits: (demand: Demand, person: Person) => boolean,
): Map<string, number> {
  const seats = demands.flatMap((demand) => Array.from({ length: demand.need }, () => demand));
  const taken: (Person | undefined)[] = seats.map(() => undefined);

  function seat(person: Person, tried: Set<number>): boolean {
    for (const [at, demand] of seats.entries()) {
      if (tried.has(at) || !fits(demand, person)) continue;
      tried.add(at);
      const sitting = taken[at];
      if (sitting === undefined || seat(sitting, tried)) {
        taken[at] = person;
        return true;
      }
    }
    return false;
  }

  for (const person of people) seat(person, new Set());
  const seated = new Map<string, number>();
  for (const [at, demand] of seats.entries())
    if (taken[at] !== undefined) seated.set(demand.key, (seated.get(demand.key) ?? 0) + 1);
  return seated;
}
