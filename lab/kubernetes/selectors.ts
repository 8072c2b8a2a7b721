import { badRequest } from './fault.ts';
import { valueAt } from './json.ts';
import type { KubeObject, LabelSelector } from './objects.ts';
import { events, jobs, nodes, pods, type Resource, replicaSets, secrets } from './resources.ts';

type Labels = Record<string, string>;
type LabelTest = (labels: Labels) => boolean;
export type ObjectTest = (object: KubeObject) => boolean;

const KEY = String.raw`[A-Za-z0-9]([-\w./]*[A-Za-z0-9])?`;
const SET = new RegExp(String.raw`^(?<key>${KEY})\s+(?<operator>in|notin)\s*\((?<values>[^)]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(?<key>${KEY})\s*(?<operator>==|=|!=)\s*(?<value>[-\w.]*)$`);
const EXISTS = new RegExp(String.raw`^(?<not>!?)\s*(?<key>${KEY})$`);

/** `app=shop,version in (v1,v2),!canary`. A selector that cannot be read is refused (400). */
export function parseLabelSelector(selector: string): LabelTest {
  const terms = selector.match(/[^,(]+(\([^)]*\))?/g) ?? [];
  const tests = terms.map((term) => labelTest(term.trim(), selector));
  return (labels) => tests.every((test) => test(labels));
}

function labelTest(term: string, selector: string): LabelTest {
  const set = SET.exec(term)?.groups;
  if (set) {
    const { key = '', operator, values = '' } = set;
    const wanted = values.split(',').map((value) => value.trim());
    return (labels) => wanted.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equality = EQUALITY.exec(term)?.groups;
  if (equality) {
    const { key = '', operator, value } = equality;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const exists = EXISTS.exec(term)?.groups;
  if (exists) {
    const { key = '', not } = exists;
    return (labels) => key in labels === (not === '');
  }
  throw badRequest(
    `unable to parse requirement: "${term}" in the label selector "${selector}"; write key=value, key!=value, key in (a,b), key or !key`,
  );
}

const NAMES = ['metadata.name', 'metadata.namespace'];
const FIELDS = new Map<Resource, string[]>([
  [
    pods,
    [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
    ],
  ],
  [nodes, ['spec.unschedulable']],
  [replicaSets, ['status.replicas']],
  [jobs, ['status.successful']],
  [secrets, ['type']],
  [
    events,
    [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  ],
]);

/** `status.phase=Running,metadata.name!=a`: only the fields that Kubernetes indexes for this resource. */
export function parseFieldSelector(resource: Resource, selector: string): ObjectTest {
  const allowed = [...NAMES, ...(FIELDS.get(resource) ?? [])];
  const tests = selector
    .split(',')
    .filter(Boolean)
    .map((term): ObjectTest => {
      const {
        field = '',
        operator,
        value = '',
      } = /^(?<field>[\w.]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(term)?.groups ?? {};
      if (!field) throw badRequest(`invalid field selector "${term}"; write field=value or field!=value`);
      if (!allowed.includes(field)) {
        throw badRequest(
          `field label not supported: ${field}; for ${resource.plural} it may be ${allowed.join(', ')}`,
        );
      }
      const path = field.split('.');
      return (object) => (String(valueAt(object, path) ?? '') === value) === (operator !== '!=');
    });
  return (object) => tests.every((test) => test(object));
}

/** What the query's `labelSelector` and `fieldSelector` let through. */
export function parseSelectors(resource: Resource, query: URLSearchParams): ObjectTest {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(resource, query.get('fieldSelector') ?? '');
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

/** Whether a map of labels carries every pair of `wanted`. An empty `wanted` matches everything. */
export const hasLabels = (labels: Labels | undefined, wanted: Labels) =>
  Object.entries(wanted).every(([key, value]) => labels?.[key] === value);

export function matchesSelector(selector: LabelSelector, labels: Labels | undefined): boolean {
  if (!hasLabels(labels, selector.matchLabels ?? {})) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels?.[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/** The selector as `…/scale` and `kubectl` write it. */
export const selectorText = (selector: LabelSelector) =>
  Object.entries(selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
