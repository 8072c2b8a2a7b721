import {
  any,
  boolean,
  integer,
  intOrString,
  list,
  listBy,
  mapOf,
  quantity,
  type Shape,
  type StructShape,
  string,
  struct,
} from './shape.ts';

const ownerReference = struct({
  apiVersion: string,
  kind: string,
  name: string,
  uid: string,
  controller: boolean,
  blockOwnerDeletion: boolean,
});

const objectMeta = struct({
  name: string,
  generateName: string,
  namespace: string,
  selfLink: string,
  uid: string,
  resourceVersion: string,
  generation: integer,
  creationTimestamp: string,
  deletionTimestamp: string,
  deletionGracePeriodSeconds: integer,
  labels: mapOf(string),
  annotations: mapOf(string),
  ownerReferences: listBy('uid', ownerReference),
  finalizers: list(string, { set: true }),
  managedFields: list(any),
});

const condition = struct({
  type: string,
  status: string,
  reason: string,
  message: string,
  observedGeneration: integer,
  lastProbeTime: string,
  lastHeartbeatTime: string,
  lastUpdateTime: string,
  lastTransitionTime: string,
});
const conditions = listBy('type', condition);

const labelSelector = struct(
  {
    matchLabels: mapOf(string),
    matchExpressions: list(struct({ key: string, operator: string, values: list(string) })),
  },
  { atomic: true },
);

const keyReference = struct({ name: string, key: string, optional: boolean }, { atomic: true });
const fieldReference = struct({ apiVersion: string, fieldPath: string }, { atomic: true });

const environment = struct({
  name: string,
  value: string,
  valueFrom: struct({
    configMapKeyRef: keyReference,
    secretKeyRef: keyReference,
    fieldRef: fieldReference,
    resourceFieldRef: any,
  }),
});

const probe = struct({
  httpGet: struct({ path: string, port: intOrString, host: string, scheme: string, httpHeaders: list(any) }),
  tcpSocket: struct({ port: intOrString, host: string }),
  exec: struct({ command: list(string) }),
  grpc: any,
  initialDelaySeconds: integer,
  timeoutSeconds: integer,
  periodSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: integer,
});

const containerPorts = list(
  struct({ name: string, containerPort: integer, hostPort: integer, hostIP: string, protocol: string }),
  {
    patchKey: 'containerPort',
    applyKeys: ['containerPort', 'protocol'],
    keyDefaults: { protocol: 'TCP' },
  },
);

const container = struct({
  name: string,
  image: string,
  imagePullPolicy: string,
  command: list(string),
  args: list(string),
  workingDir: string,
  env: listBy('name', environment),
  envFrom: list(
    struct({
      prefix: string,
      configMapRef: struct({ name: string, optional: boolean }),
      secretRef: struct({ name: string, optional: boolean }),
    }),
  ),
  ports: containerPorts,
  resources: struct({ limits: mapOf(quantity), requests: mapOf(quantity), claims: list(any) }),
  resizePolicy: any,
  restartPolicy: string,
  volumeMounts: listBy(
    'mountPath',
    struct({
      name: string,
      mountPath: string,
      mountPropagation: string,
      readOnly: boolean,
      recursiveReadOnly: string,
      subPath: string,
      subPathExpr: string,
    }),
  ),
  volumeDevices: any,
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: any,
  securityContext: any,
  stdin: boolean,
  stdinOnce: boolean,
  tty: boolean,
  terminationMessagePath: string,
  terminationMessagePolicy: string,
});

const volume = struct({
  name: string,
  configMap: any,
  secret: any,
  emptyDir: any,
  hostPath: any,
  projected: any,
  downwardAPI: any,
  persistentVolumeClaim: any,
  csi: any,
  ephemeral: any,
  nfs: any,
});

const podSpec = struct({
  containers: listBy('name', container),
  initContainers: listBy('name', container),
  ephemeralContainers: any,
  volumes: listBy('name', volume),
  restartPolicy: string,
  terminationGracePeriodSeconds: integer,
  activeDeadlineSeconds: integer,
  dnsPolicy: string,
  dnsConfig: any,
  nodeName: string,
  nodeSelector: mapOf(string, { atomic: true }),
  affinity: any,
  tolerations: list(any),
  topologySpreadConstraints: any,
  serviceAccount: string,
  serviceAccountName: string,
  automountServiceAccountToken: boolean,
  hostNetwork: boolean,
  hostPID: boolean,
  hostIPC: boolean,
  hostUsers: boolean,
  hostname: string,
  subdomain: string,
  hostAliases: any,
  imagePullSecrets: listBy('name', struct({ name: string })),
  securityContext: any,
  schedulerName: string,
  schedulingGates: any,
  priority: integer,
  priorityClassName: string,
  preemptionPolicy: string,
  enableServiceLinks: boolean,
  shareProcessNamespace: boolean,
  readinessGates: any,
  runtimeClassName: string,
  overhead: any,
  os: any,
  setHostnameAsFQDN: boolean,
  resourceClaims: any,
  resources: any,
});

const podTemplate = struct({ metadata: objectMeta, spec: podSpec });

const podStatus = struct({
  phase: string,
  conditions,
  message: string,
  reason: string,
  hostIP: string,
  hostIPs: any,
  podIP: string,
  podIPs: any,
  startTime: string,
  qosClass: string,
  initContainerStatuses: any,
  containerStatuses: any,
  observedGeneration: integer,
});

const rollingUpdate = struct({ maxUnavailable: intOrString, maxSurge: intOrString });

const deploymentSpec = struct({
  replicas: integer,
  selector: labelSelector,
  template: podTemplate,
  strategy: struct({ type: string, rollingUpdate }),
  minReadySeconds: integer,
  revisionHistoryLimit: integer,
  progressDeadlineSeconds: integer,
  paused: boolean,
});

const replicaCounts = {
  observedGeneration: integer,
  replicas: integer,
  updatedReplicas: integer,
  readyReplicas: integer,
  availableReplicas: integer,
  unavailableReplicas: integer,
  fullyLabeledReplicas: integer,
  terminatingReplicas: integer,
  collisionCount: integer,
  conditions,
};

const servicePorts = list(
  struct({
    name: string,
    port: integer,
    targetPort: intOrString,
    protocol: string,
    appProtocol: string,
    nodePort: integer,
  }),
  { patchKey: 'port', applyKeys: ['port', 'protocol'], keyDefaults: { protocol: 'TCP' } },
);

const serviceSpec = struct({
  type: string,
  selector: mapOf(string, { atomic: true }),
  ports: servicePorts,
  clusterIP: string,
  clusterIPs: list(string),
  externalIPs: list(string),
  externalName: string,
  externalTrafficPolicy: string,
  internalTrafficPolicy: string,
  ipFamilies: list(string),
  ipFamilyPolicy: string,
  loadBalancerIP: string,
  loadBalancerClass: string,
  loadBalancerSourceRanges: list(string),
  allocateLoadBalancerNodePorts: boolean,
  healthCheckNodePort: integer,
  publishNotReadyAddresses: boolean,
  sessionAffinity: string,
  sessionAffinityConfig: any,
  trafficDistribution: string,
});

const taint = struct({ key: string, value: string, effect: string, timeAdded: string });

const nodeSpec = struct({
  podCIDR: string,
  podCIDRs: list(string, { set: true }),
  providerID: string,
  unschedulable: boolean,
  taints: list(taint),
});

const nodeStatus = struct({
  capacity: mapOf(quantity),
  allocatable: mapOf(quantity),
  conditions,
  addresses: listBy('type', struct({ type: string, address: string })),
  daemonEndpoints: any,
  nodeInfo: any,
  images: any,
});

const objectReference = struct(
  {
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
    uid: string,
    resourceVersion: string,
    fieldPath: string,
  },
  { atomic: true },
);

const jobSpec = struct({
  parallelism: integer,
  completions: integer,
  completionMode: string,
  activeDeadlineSeconds: integer,
  backoffLimit: integer,
  backoffLimitPerIndex: integer,
  maxFailedIndexes: integer,
  podFailurePolicy: any,
  podReplacementPolicy: string,
  successPolicy: any,
  selector: labelSelector,
  manualSelector: boolean,
  suspend: boolean,
  template: podTemplate,
  ttlSecondsAfterFinished: integer,
});

const jobStatus = struct({
  active: integer,
  ready: integer,
  succeeded: integer,
  failed: integer,
  terminating: integer,
  startTime: string,
  completionTime: string,
  completedIndexes: string,
  uncountedTerminatedPods: any,
  conditions,
});

const endpointPorts = list(struct({ name: string, port: integer, protocol: string, appProtocol: string }));

const kind = (fields: Record<string, Shape>): StructShape =>
  struct({ apiVersion: string, kind: string, metadata: objectMeta, ...fields });

/** Shape of every kind the lab's clusters serve. */
export const KINDS = {
  Pod: kind({ spec: podSpec, status: podStatus }),
  Service: kind({
    spec: serviceSpec,
    status: struct({ loadBalancer: struct({ ingress: any }), conditions }),
  }),
  ConfigMap: kind({ data: mapOf(string), binaryData: mapOf(string), immutable: boolean }),
  Secret: kind({ type: string, data: mapOf(string), stringData: mapOf(string), immutable: boolean }),
  ServiceAccount: kind({
    secrets: any,
    imagePullSecrets: any,
    automountServiceAccountToken: boolean,
  }),
  Namespace: kind({
    spec: struct({ finalizers: list(string) }),
    status: struct({ phase: string, conditions }),
  }),
  Node: kind({ spec: nodeSpec, status: nodeStatus }),
  Event: kind({
    involvedObject: objectReference,
    reason: string,
    message: string,
    source: struct({ component: string, host: string }),
    firstTimestamp: string,
    lastTimestamp: string,
    eventTime: string,
    count: integer,
    type: string,
    action: string,
    series: any,
    related: objectReference,
    reportingComponent: string,
    reportingInstance: string,
  }),
  Endpoints: kind({
    subsets: list(struct({ addresses: any, notReadyAddresses: any, ports: endpointPorts })),
  }),
  EndpointSlice: kind({ addressType: string, endpoints: list(any), ports: endpointPorts }),
  Deployment: kind({ spec: deploymentSpec, status: struct(replicaCounts) }),
  ReplicaSet: kind({
    spec: struct({
      replicas: integer,
      selector: labelSelector,
      template: podTemplate,
      minReadySeconds: integer,
    }),
    status: struct(replicaCounts),
  }),
  Job: kind({ spec: jobSpec, status: jobStatus }),
  Lease: kind({
    spec: struct({
      holderIdentity: string,
      leaseDurationSeconds: integer,
      acquireTime: string,
      renewTime: string,
      leaseTransitions: integer,
      strategy: string,
      preferredHolder: string,
    }),
  }),
  Scale: kind({
    spec: struct({ replicas: integer }),
    status: struct({ replicas: integer, selector: string }),
  }),
} as const;
