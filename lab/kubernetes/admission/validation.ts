import { isDeepStrictEqual } from 'node:util';
import { type FaultCause, invalid } from '../fault.ts';
import { asJson, isJsonObject, type JsonObject } from '../json.ts';
import type {
  ConfigMap,
  Container,
  Deployment,
  Job,
  KubeObject,
  LabelSelector,
  Pod,
  PodTemplate,
  ReplicaSet,
  Secret,
  Service,
} from '../objects.ts';
import {
  configMaps,
  deployments,
  jobs,
  namespaces,
  pods,
  type Resource,
  replicaSets,
  secrets,
  services,
} from '../resources.ts';
import { matchesSelector } from '../selectors.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const CONFIG_LIMIT_BYTES = 1024 * 1024;

const required = (field: string, message = ''): FaultCause => ({
  reason: 'FieldValueRequired',
  field,
  message: message ? `Required value: ${message}` : 'Required value',
});
const wrong = (field: string, value: unknown, message: string): FaultCause => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
});
const unsupported = (field: string, value: unknown, allowed: string[]): FaultCause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed.map((one) => `"${one}"`).join(', ')}`,
});
const immutable = (field: string, value: unknown) => wrong(field, value, 'field is immutable');

/** Refuses (422) what Kubernetes refuses, every cause named. `before` is the stored object when one is changed. */
export function validate(resource: Resource, object: KubeObject, before: KubeObject | undefined) {
  const causes = [...metadataCauses(resource, object), ...kindCauses(resource, object, before)];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
}

function metadataCauses(resource: Resource, { metadata }: KubeObject): FaultCause[] {
  if (!metadata.name) return [required('metadata.name', 'name or generateName is required')];
  const label = resource === namespaces || resource === services;
  const named = (label ? DNS_LABEL : DNS_SUBDOMAIN).test(metadata.name);
  const rule = label ? 'a lowercase RFC 1123 label' : 'a lowercase RFC 1123 subdomain';
  return [
    ...(named
      ? []
      : [
          wrong(
            'metadata.name',
            metadata.name,
            `${rule} must consist of lower case alphanumeric characters or '-'`,
          ),
        ]),
    ...labelCauses('metadata.labels', metadata.labels),
    ...Object.keys(metadata.annotations ?? {})
      .filter((key) => !LABEL_KEY.test(key))
      .map((key) => wrong('metadata.annotations', key, 'name part must consist of alphanumeric characters')),
  ];
}

function labelCauses(field: string, labels: Record<string, string> | undefined): FaultCause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...(LABEL_KEY.test(key) ? [] : [wrong(field, key, 'name part must consist of alphanumeric characters')]),
    ...(LABEL_VALUE.test(value)
      ? []
      : [
          wrong(
            field,
            value,
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
          ),
        ]),
  ]);
}

function kindCauses(resource: Resource, object: KubeObject, before: KubeObject | undefined): FaultCause[] {
  switch (resource) {
    case pods:
      return podCauses(of<Pod>(object), before && of<Pod>(before));
    case deployments:
      return deploymentCauses(of<Deployment>(object), before && of<Deployment>(before));
    case replicaSets:
      return replicaSetCauses(of<ReplicaSet>(object), before && of<ReplicaSet>(before));
    case jobs:
      return jobCauses(of<Job>(object), before && of<Job>(before));
    case services:
      return serviceCauses(of<Service>(object), before && of<Service>(before));
    case configMaps:
      return configMapCauses(of<ConfigMap>(object), before && of<ConfigMap>(before));
    case secrets:
      return secretCauses(of<Secret>(object), before && of<Secret>(before));
    default:
      return [];
  }
}

/** The caller has matched the resource, so the object is of its kind. */
const of = <T extends KubeObject>(object: KubeObject) => object as T;

function podCauses(pod: Pod, before: Pod | undefined): FaultCause[] {
  const causes = containerCauses('spec.containers', pod.spec.containers);
  if (before && !isDeepStrictEqual(fixedPodSpec(pod), fixedPodSpec(before))) {
    causes.push({
      reason: 'FieldValueForbidden',
      field: 'spec',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` and `spec.terminationGracePeriodSeconds`',
    });
  }
  return causes;
}

/** What of a pod's spec may not change. */
function fixedPodSpec(pod: Pod): JsonObject {
  const { activeDeadlineSeconds, tolerations, terminationGracePeriodSeconds, containers, ...fixed } = asJson(
    pod.spec,
  );
  const withoutImages = Array.isArray(containers)
    ? containers.map((container) => (isJsonObject(container) ? { ...container, image: '' } : container))
    : [];
  return { ...fixed, containers: withoutImages };
}

function containerCauses(field: string, containers: Container[] | undefined): FaultCause[] {
  if (!containers?.length) return [required(field)];
  return containers.flatMap((container, i) => {
    const at = `${field}[${i}]`;
    const twin = containers.findIndex((other) => other.name === container.name) < i;
    return [
      ...(container.name ? [] : [required(`${at}.name`)]),
      ...(container.name && !DNS_LABEL.test(container.name)
        ? [wrong(`${at}.name`, container.name, 'a lowercase RFC 1123 label is needed')]
        : []),
      ...(twin
        ? [
            {
              reason: 'FieldValueDuplicate',
              field: `${at}.name`,
              message: `Duplicate value: "${container.name}"`,
            },
          ]
        : []),
      ...(container.image ? [] : [required(`${at}.image`)]),
      ...(container.ports ?? [])
        .filter(({ containerPort }) => !isPort(containerPort))
        .map((port) => wrong(`${at}.ports`, port.containerPort, 'must be between 1 and 65535, inclusive')),
    ];
  });
}

function templateCauses(
  selector: LabelSelector | undefined,
  template: PodTemplate,
  restartPolicies: string[],
): FaultCause[] {
  const labels = template.metadata?.labels;
  const selects =
    Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) > 0;
  const policy = template.spec.restartPolicy ?? '';
  return [
    ...(selector && selects ? [] : [required('spec.selector')]),
    ...(selector && selects && !matchesSelector(selector, labels)
      ? [wrong('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`')]
      : []),
    ...labelCauses('spec.template.metadata.labels', labels),
    ...containerCauses('spec.template.spec.containers', template.spec.containers),
    ...(restartPolicies.includes(policy)
      ? []
      : [unsupported('spec.template.spec.restartPolicy', policy, restartPolicies)]),
  ];
}

const negative = (field: string, value: number | undefined): FaultCause[] =>
  value !== undefined && value < 0 ? [wrong(field, value, 'must be greater than or equal to 0')] : [];

function deploymentCauses({ spec }: Deployment, before: Deployment | undefined): FaultCause[] {
  const causes = [
    ...templateCauses(spec.selector, spec.template, ['Always']),
    ...negative('spec.replicas', spec.replicas),
    ...negative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...negative('spec.minReadySeconds', spec.minReadySeconds),
  ];
  const { type, rollingUpdate } = spec.strategy;
  if (type !== 'RollingUpdate' && type !== 'Recreate') {
    causes.push(unsupported('spec.strategy.type', type, ['Recreate', 'RollingUpdate']));
  }
  if (type === 'Recreate' && rollingUpdate) {
    causes.push({
      reason: 'FieldValueForbidden',
      field: 'spec.strategy.rollingUpdate',
      message: "Forbidden: may not be specified when strategy `type` is 'Recreate'",
    });
  }
  for (const field of ['maxSurge', 'maxUnavailable'] as const) {
    const value = rollingUpdate?.[field];
    if (value !== undefined && !isCountOrPercent(value)) {
      causes.push(
        wrong(
          `spec.strategy.rollingUpdate.${field}`,
          value,
          'must be a whole number or a percentage such as 25%',
        ),
      );
    }
  }
  if (rollingUpdate && isNone(rollingUpdate.maxSurge) && isNone(rollingUpdate.maxUnavailable)) {
    causes.push(
      wrong(
        'spec.strategy.rollingUpdate.maxUnavailable',
        rollingUpdate.maxUnavailable,
        'may not be 0 when `maxSurge` is 0',
      ),
    );
  }
  if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    causes.push(
      wrong(
        'spec.progressDeadlineSeconds',
        spec.progressDeadlineSeconds,
        'must be greater than minReadySeconds',
      ),
    );
  }
  if (before && !isDeepStrictEqual(spec.selector, before.spec.selector)) {
    causes.push(immutable('spec.selector', spec.selector));
  }
  return causes;
}

const isCountOrPercent = (value: number | string) =>
  typeof value === 'number' ? value >= 0 : /^\d{1,3}%$/.test(value);
const isNone = (value: number | string) => value === 0 || value === '0%';

function replicaSetCauses({ spec }: ReplicaSet, before: ReplicaSet | undefined): FaultCause[] {
  return [
    ...templateCauses(spec.selector, spec.template, ['Always']),
    ...negative('spec.replicas', spec.replicas),
    ...(before && !isDeepStrictEqual(spec.selector, before.spec.selector)
      ? [immutable('spec.selector', spec.selector)]
      : []),
  ];
}

function jobCauses({ spec }: Job, before: Job | undefined): FaultCause[] {
  return [
    ...templateCauses(spec.selector, spec.template, ['OnFailure', 'Never']),
    ...negative('spec.parallelism', spec.parallelism),
    ...negative('spec.completions', spec.completions),
    ...negative('spec.backoffLimit', spec.backoffLimit),
    ...(before && !isDeepStrictEqual(spec.template, before.spec.template)
      ? [immutable('spec.template', {})]
      : []),
    ...(before && spec.completions !== before.spec.completions
      ? [immutable('spec.completions', spec.completions)]
      : []),
  ];
}

const SERVICE_TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function serviceCauses({ spec }: Service, before: Service | undefined): FaultCause[] {
  if (!SERVICE_TYPES.includes(spec.type)) return [unsupported('spec.type', spec.type, SERVICE_TYPES)];
  if (spec.type === 'ExternalName') return spec.externalName ? [] : [required('spec.externalName')];
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  return [
    ...(ports.length > 0 || headless ? [] : [required('spec.ports')]),
    ...ports.flatMap((port, i) => [
      ...(isPort(port.port)
        ? []
        : [wrong(`spec.ports[${i}].port`, port.port, 'must be between 1 and 65535, inclusive')]),
      ...(ports.length > 1 && !port.name ? [required(`spec.ports[${i}].name`)] : []),
      ...(ports.findIndex((other) => other.port === port.port && other.protocol === port.protocol) < i
        ? [
            {
              reason: 'FieldValueDuplicate',
              field: `spec.ports[${i}]`,
              message: `Duplicate value: ${port.port}`,
            },
          ]
        : []),
    ]),
    ...labelCauses('spec.selector', spec.selector),
    ...(before?.spec.clusterIP &&
    before.spec.type !== 'ExternalName' &&
    spec.clusterIP !== before.spec.clusterIP
      ? [immutable('spec.clusterIP', spec.clusterIP)]
      : []),
  ];
}

const isPort = (port: number | undefined) => port !== undefined && port >= 1 && port <= 65_535;

function configMapCauses(map: ConfigMap, before: ConfigMap | undefined): FaultCause[] {
  const bytes = Object.values(map.data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  const frozen = before && 'immutable' in before && before.immutable === true;
  return [
    ...(bytes > CONFIG_LIMIT_BYTES
      ? [
          {
            reason: 'FieldValueTooLong',
            field: 'data',
            message: `Too long: may not be more than ${CONFIG_LIMIT_BYTES} bytes`,
          },
        ]
      : []),
    ...(frozen && !isDeepStrictEqual(map.data, before.data)
      ? [
          {
            reason: 'FieldValueForbidden',
            field: 'data',
            message: 'Forbidden: field is immutable when `immutable` is set',
          },
        ]
      : []),
  ];
}

function secretCauses(secret: Secret, before: Secret | undefined): FaultCause[] {
  return [
    ...Object.entries(secret.data ?? {})
      .filter(([, value]) => !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
      .map(([key]) => wrong(`data[${key}]`, '…', 'must be base64')),
    ...(before && secret.type !== before.type ? [immutable('type', secret.type)] : []),
  ];
}
