import { describe, expect, it } from 'vitest';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  meshed,
  outlook,
  seen,
  switchedZone,
  US,
  unseen,
  without,
} from '#test/recovery-facts.ts';
import { requireRegion } from './planning.ts';
import { type RegionTopology, recoveryTopology, regionTopology } from './topology.ts';

const estate = copyOfEstate();
const eu = requireRegion(estate, EU);
const known = { writesEndedAt: null, divergedAt: null };
const at = (given: ReturnType<typeof outlook>, code: string) =>
  regionTopology(recoveryTopology(given, known), code);

describe('the topology that plans are made from', () => {
  it('is what was seen last of each Region', () => {
    const topology = recoveryTopology(outlook(), known);
    expect(topology).toMatchObject({ writer: US, requestsPerSecond: 20, ...known });
    expect(topology.regions.map(({ code, noPathTo }) => [code, noPathTo])).toEqual([
      [US, []],
      [EU, [AP]],
      [AP, [EU]],
    ]);
    expect(topology.weights.na).toEqual({ [US]: 100, [EU]: 0, [AP]: 0 });
  });

  it('goes on with what a lost Region had: its plan is about that Region', () => {
    const topology = recoveryTopology(without(US, outlook()), known);
    expect(topology.writer).toBe(US);
    expect(regionTopology(topology, US)).toMatchObject<Partial<RegionTopology>>({
      database: expect.objectContaining({ instanceId: 'ecommerce-db-us-east-1' }),
      shopConfig: expect.objectContaining({ writerEndpoint: US }),
      // What is not known is no lack: the step that needs the path tries it.
      noPathTo: [],
    });
    expect(regionTopology(topology, EU).noPathTo).toEqual([AP]);
  });

  it('takes the current database of several, and none where all are fenced', () => {
    const old = databaseOf(eu, { replication: 'terminated' });
    const rebuilt = databaseOf(eu, { instanceId: 'ecommerce-db-eu-west-1-1004' });
    const several = { databases: seen({ instances: [old, rebuilt] }) };
    expect(at(outlook({ [EU]: several }), EU).database?.instanceId).toBe('ecommerce-db-eu-west-1-1004');
    const fenced = databaseOf(eu, { instanceId: 'ecommerce-db-eu-west-1-fenced-20261123-1004' });
    const gone = { database: unseen(), databases: seen({ instances: [fenced] }) };
    expect(at(outlook({ [EU]: gone }), EU).database).toBeNull();
  });

  it('knows a switch by the check that the records carry, not by one that merely exists', () => {
    const zone = switchedZone(estate, [US]);
    expect(at(outlook({}, { zone: seen(zone) }, estate), US).switchIn).toEqual([EU, AP]);
    expect(at(outlook({}, { zone: seen(zone) }, estate), EU).switchIn).toEqual([]);
    const detached = {
      ...zone,
      recordChecks: { ...zone.recordChecks, [US]: requireRegion(estate, US).healthCheckId },
    };
    expect(at(outlook({}, { zone: seen(detached) }, estate), US).switchIn).toEqual([]);
    expect(at(outlook({}, { zone: unseen() }, estate), US).switchIn).toEqual([]);
  });

  it('sees a Region switched off in any bucket', () => {
    const off = { switch: seen({ bucket: 'ecommerce-switch-eu-west-1', off: [AP] }) };
    expect(at(outlook({ [EU]: off }), AP).switchedOff).toBe(true);
    expect(at(outlook({ [EU]: off }), US).switchedOff).toBe(false);
  });

  it('has paths where peerings and routes are', () => {
    expect(at(outlook(meshed()), EU).noPathTo).toEqual([]);
  });
});
