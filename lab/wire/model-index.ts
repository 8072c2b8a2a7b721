import { loadModel, type ServiceModel } from './model.ts';
import type { AwsService } from './service.ts';

/** The services the gateway has, by the name in a signature's scope. */
export interface ModelIndex {
  find(signingName: string): Promise<ServiceModel | undefined>;
  /** For a message: what there is. */
  names(): string[];
}

/** Reads the models of eager services now, those of heavy ones with their first call. */
export async function createModelIndex(services: AwsService[]): Promise<ModelIndex> {
  const models = new Map<string, Promise<ServiceModel>>();
  const heavy = new Map<string, AwsService>();
  for (const service of services) {
    if (service.signingName !== undefined) {
      heavy.set(service.signingName, service);
      continue;
    }
    const model = await loadModel(service);
    models.set(model.signingName, Promise.resolve(model));
  }
  return {
    names: () => services.map((service) => service.clientName.replace('Client', '')),
    async find(signingName) {
      const known = models.get(signingName);
      if (known) return known;
      const service = heavy.get(signingName);
      if (!service) return undefined;
      const model = loadModel(service);
      models.set(signingName, model);
      return model;
    },
  };
}
