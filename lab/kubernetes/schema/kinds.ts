import {
  anything,
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
  managedFields: list(anything),
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
    resourceFieldRef: anything,
  }),
});

const probe = struct({
  httpGet: struct({
    path: string,
    port: intOrString,
    host: string,
    scheme: string,
    httpHeaders: list(anything),
  }),
  tcpSocket: struct({ port: intOrString, host: string }),
  exec: struct({ command: list(string) }),
  grpc: anything,
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
  resources: struct({ limits: mapOf(quantity), requests: mapOf(quantity), claims: list(anything) }),
  resizePolicy: anything,
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
  volumeDevices: anything,
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: anything,
  securityContext: anything,
  stdin: boolean,
  stdinOnce: boolean,
  tty: boolean,
  terminationMessagePath: string,
  terminationMessagePolicy: string,
});

const volume = struct({
  name: string,
  configMap: anything,
  secret: anything,
  emptyDir: anything,
  hostPath: anything,
  projected: anything,
  downwardAPI: anything,
  persistentVolumeClaim: anything,
  csi: anything,
  ephemeral: anything,
  nfs: anything,
});

const podSpec = struct({
  containers: listBy('name', container),
  initContainers: listBy('name', container),
  ephemeralContainers: anything,
  volumes: listBy('name', volume),
  restartPolicy: string,
  terminationGracePeriodSeconds: integer,
  activeDeadlineSeconds: integer,
  dnsPolicy: string,
  dnsConfig: anything,
  nodeName: string,
  nodeSelector: mapOf(string, { atomic: true }),
  affinity: anything,
  tolerations: list(anything),
  topologySpreadConstraints: anything,
  serviceAccount: string,
  serviceAccountName: string,
  automountServiceAccountToken: boolean,
  hostNetwork: boolean,
  hostPID: boolean,
  hostIPC: boolean,
  hostUsers: boolean,
  hostname: string,
  subdomain: string,
  hostAliases: anything,
  imagePullSecrets: listBy('name', struct({ name: string })),
  securityContext: anything,
  schedulerName: string,
  schedulingGates: anything,
  priority: integer,
  priorityClassName: string,
  preemptionPolicy: string,
  enableServiceLinks: boolean,
  shareProcessNamespace: boolean,
  readinessGates: anything,
  runtimeClassName: string,
  overhead: anything,
  os: anything,
  setHostnameAsFQDN: boolean,
  resourceClaims: anything,
  resources: anything,
});

const podTemplate = struct({ metadata: objectMeta, spec: podSpec });

const podStatus = struct({
  phase: string,
  conditions,
  message: string,
  reason: string,
  hostIP: string,
  hostIPs: anything,
  podIP: string,
  podIPs: anything,
  startTime: string,
  qosClass: string,
  initContainerStatuses: anything,
  containerStatuses: anything,
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
  sessionAffinityConfig: anything,
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
  daemonEndpoints: anything,
  nodeInfo: anything,
  images: anything,
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
  podFailurePolicy: anything,
  podReplacementPolicy: string,
  successPolicy: anything,
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
  uncountedTerminatedPods: anything,
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
    status: struct({ loadBalancer: struct({ ingress: anything }), conditions }),
  }),
  ConfigMap: kind({ data: mapOf(string), binaryData: mapOf(string), immutable: boolean }),
  Secret: kind({ type: string, data: mapOf(string), stringData: mapOf(string), immutable: boolean }),
  ServiceAccount: kind({
    secrets: anything,
    imagePullSecrets: anything,
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
    series: anything,
    related: objectReference,
    reportingComponent: string,
    reportingInstance: string,
  }),
  Endpoints: kind({
    subsets: list(struct({ addresses: anything, notReadyAddresses: anything, ports: endpointPorts })),
  }),
  EndpointSlice: kind({ addressType: string, endpoints: list(anything), ports: endpointPorts }),
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
