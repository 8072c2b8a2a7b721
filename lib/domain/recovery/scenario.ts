import { CONTROL_PLANE_REGION, factsOf, type Outlook } from './facts.ts';

/** Something that can be lost. A link is the network between two Regions, and whatever replicates along it. */
export type Scenario =
  | { kind: 'region'; region: string }
  | { kind: 'link'; between: readonly [string, string] }
  /** Route 53's control plane: records, health checks and their metrics, in us-east-1; its answers go on (B-06). */
  | { kind: 'route53' };

/** `lose-us-east-1`, `cut-eu-west-1-us-east-1`, `lose-route53`: in URLs, in findings, typed in an override. */
export function scenarioId(scenario: Scenario): string {
  switch (scenario.kind) {
    case 'region':
      return `lose-${scenario.region}`;
    case 'link':
      return `cut-${[...scenario.between].sort().join('-')}`;
    case 'route53':
      return 'lose-route53';
    default:
      return scenario satisfies never;
  }
}

export function scenarioTitle(scenario: Scenario): string {
  switch (scenario.kind) {
    case 'region':
      return `${scenario.region} is lost`;
    case 'link':
      return `${scenario.between[0]} and ${scenario.between[1]} do not reach each other`;
    case 'route53':
      return 'Route 53’s control plane is lost';
    default:
      return scenario satisfies never;
  }
}

/** Each Region, each link, and Route 53's control plane. Links are those declared, and those that are seen. */
export function scenariosOf(outlook: Outlook): Scenario[] {
  const { regions } = outlook.environment;
  const pairs = regions.flatMap((a, i) => regions.slice(i + 1).map((b): [string, string] => [a, b]));
  const linked = ([a, b]: [string, string]) =>
    outlook.estate.peerings.some(({ between }) => between.includes(a) && between.includes(b)) ||
    [a, b].some((here) =>
      factsOf(outlook.facts, here).peering.value?.peerings.some(
        ({ peerRegion, status }) => status === 'active' && peerRegion === (here === a ? b : a),
      ),
    );
  return [
    ...regions.map((region): Scenario => ({ kind: 'region', region })),
    ...pairs.filter(linked).map((between): Scenario => ({ kind: 'link', between })),
    { kind: 'route53' },
  ];
}

/** The scenario of that id, or undefined. */
export function findScenario(outlook: Outlook, id: string): Scenario | undefined {
  return scenariosOf(outlook).find((scenario) => scenarioId(scenario) === id);
}

/** Whether nothing of that Region answers. */
export function losesRegion(scenario: Scenario, region: string): boolean {
  return scenario.kind === 'region' && scenario.region === region;
}

/** Whether Route 53 takes no changes: its control plane goes with us-east-1 (B-06). */
export function losesRoute53(scenario: Scenario): boolean {
  return scenario.kind === 'route53' || losesRegion(scenario, CONTROL_PLANE_REGION);
}

/** Whether nothing gets from one Region to the other. */
export function losesPath(scenario: Scenario, from: string, to: string): boolean {
  if (scenario.kind === 'link')
    return scenario.between.includes(from) && scenario.between.includes(to) && from !== to;
  return losesRegion(scenario, from) || losesRegion(scenario, to);
}
