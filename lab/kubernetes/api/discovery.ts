import { noSuchPath } from '../fault.ts';
import { GROUP_VERSIONS, RESOURCES, type Resource, type Subresource } from '../resources.ts';
import { REVIEW_GROUPS, REVIEWS } from './reviews.ts';

/** The version the clusters say they are; EKS names the same minor. */
export const KUBERNETES_VERSION = '1.32';
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export const versionInfo = () => ({
  major: '1',
  minor: '32',
  gitVersion: `v${KUBERNETES_VERSION}.9-eks-lab`,
  gitTreeState: 'clean',
  platform: 'linux/amd64',
});

export const coreVersions = () => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
});

const namedGroups = () => [
  ...GROUP_VERSIONS.filter((groupVersion) => groupVersion !== 'v1'),
  ...REVIEW_GROUPS,
];

export const groupList = () => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: namedGroups().map((groupVersion) => {
    const [name = '', version = ''] = groupVersion.split('/');
    const served = { groupVersion, version };
    return { name, versions: [served], preferredVersion: served };
  }),
});

/** Resources of `v1` or `apps/v1`. */
export function resourceList(groupVersion: string) {
  const resources = RESOURCES.filter((resource) => resource.groupVersion === groupVersion).flatMap(described);
  const reviews = REVIEWS.filter((review) => review.groupVersion === groupVersion).map(
    ({ plural, kind }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ['create'],
    }),
  );
  if (resources.length + reviews.length === 0) throw noSuchPath();
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [...resources, ...reviews] };
}

function described(resource: Resource) {
  return [
    {
      name: resource.plural,
      singularName: resource.kind.toLowerCase(),
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: VERBS,
      shortNames: resource.shortNames,
      ...(resource.inAll ? { categories: ['all'] } : {}),
    },
    ...resource.subresources.map((subresource) => ({
      name: `${resource.plural}/${subresource}`,
      singularName: '',
      namespaced: resource.namespaced,
      kind: resource.kind,
      ...SUBRESOURCES[subresource],
    })),
  ];
}

const SUBRESOURCES: Record<Subresource, object> = {
  status: { verbs: ['get', 'patch', 'update'] },
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  log: { verbs: ['get'] },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
};
