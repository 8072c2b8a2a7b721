import { readFileSync } from 'node:fs';
import { AppsV1Api, BatchV1Api, CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { KeptKubeConfig } from '#lib/adapters/kubernetes/kept-kube-config.ts';
import type { Lab } from '../harness.ts';

export interface KubeClients {
  core: CoreV1Api;
  apps: AppsV1Api;
  batch: BatchV1Api;
}

const opened = new Map<string, KubeClients>();

/** The clients of a Region's cluster, with the lab's own key: the same as long as its kubeconfig says the same. */
export function cluster(lab: Pick<Lab, 'kubeconfig'>, region: string): KubeClients {
  const kubeconfig = readFileSync(lab.kubeconfig, 'utf8');
  const key = `${region}\n${kubeconfig}`;
  const known = opened.get(key);
  if (known) return known;
  const config = new KeptKubeConfig();
  config.loadFromString(kubeconfig);
  config.setCurrentContext(region);
  const clients = {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
  };
  opened.set(key, clients);
  return clients;
}

/** A merge patch: the client would send a JSON patch else. */
export const merged = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
