import { stringify } from 'yaml';

export interface KubeconfigEntry {
  /** Of cluster, user and context. */
  name: string;
  url: string;
  namespace: string;
}

/** A kubeconfig with a context for each cluster; the first is current. */
export function kubeconfig(entries: KubeconfigEntry[], ca: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': entries[0]?.name ?? '',
    clusters: entries.map(({ name, url }) => ({
      name,
      cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
    })),
    users: [{ name: 'lab-admin', user: { token } }],
    contexts: entries.map(({ name, namespace }) => ({
      name,
      context: { cluster: name, user: 'lab-admin', namespace },
    })),
  });
}
