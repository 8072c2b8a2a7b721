import { declaredDatabases } from '#lib/domain/estate/environments.ts';
import { connectionUrl } from './client.ts';
import type { Fleet } from './fleet.ts';
import { type Instance, serverAddress } from './instance.ts';
import { APPLICATION, DATABASE, MASTER, SUPERUSER } from './schema.ts';
import type { DatabaseInstance, Databases } from './types.ts';
import { writerIn } from './writer.ts';

/** What other parts of the lab may see of the fleet. */
export function createViews(fleet: Fleet): Databases {
  const { links, passwords, ctx } = fleet.workshop;
  const [first] = declaredDatabases(ctx.estate);

  function describe(instance: Instance): DatabaseInstance {
    const { resourceId, id, region, role, open, createdAt, source } = instance.record;
    const { environment = first?.environment ?? '' } = instance.record;
    const sourceNow = source && (fleet.sourceOf(instance)?.record ?? source);
    return {
      resourceId,
      id,
      region,
      environment,
      role,
      open,
      createdAt,
      source: sourceNow && { resourceId: sourceNow.resourceId, id: sourceNow.id, region: sourceNow.region },
      endpoint: { host: instance.door.host, port: instance.door.port },
      state: fleet.stateOf(instance),
    };
  }

  function find(name: string, region?: string): Instance | undefined {
    const named = [...fleet.instances.values()].filter(({ record }) => record.id === name);
    return fleet.instances.get(name) ?? named.find(({ record }) => !region || record.region === region);
  }

  function get(name: string): Instance {
    const found = find(name);
    if (!found)
      throw new Error(`There is no database ${name} in the lab. "npm run lab -- status" lists them.`);
    return found;
  }

  function login(user: typeof APPLICATION | typeof MASTER | typeof SUPERUSER) {
    return { user, password: passwords[user], database: DATABASE };
  }

  return {
    list: () => [...fleet.instances.values()].map(describe),
    find(name, region) {
      const found = find(name, region);
      return found && describe(found);
    },
    writerUrl(of) {
      const writer = writerIn(of, [...fleet.instances.values()].map(describe));
      return writer && connectionUrl(writer.endpoint, login(APPLICATION));
    },
    async urlFrom(fromRegion, name) {
      const { record, door } = get(name);
      const address = await links.proxy(fromRegion, record.region, { host: door.host, port: door.port });
      return connectionUrl(address, login(APPLICATION));
    },
    endpointUrl: (name, role = 'master') =>
      connectionUrl(get(name).door, login(role === 'master' ? MASTER : APPLICATION)),
    masterLogin: () => login(MASTER),
    adminUrl: (name) => connectionUrl(serverAddress(get(name)), login(SUPERUSER)),
    onTopologyChange: fleet.onChange,
  };
}
