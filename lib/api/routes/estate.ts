import { z } from 'zod';
import { NotFoundError } from '../../errors.ts';
import { readCosts } from '../../services/costs/read.ts';
import { listLinks } from '../../services/links/list.ts';
import { type RegionState, readEstateState } from '../../services/regions/state.ts';
import { readTraffic } from '../../services/traffic/read.ts';
import { assertPermitted, parseInput } from '../../services/verb.ts';
import { defineRoute } from '../define-route.ts';
import { Costs, Link, Me, RegionList, RegionView, Traffic } from '../schemas.ts';
import { EnvironmentQuery, environmentOf } from './environment.ts';

export const me = defineRoute({
  method: 'GET',
  path: '/me',
  id: 'getMe',
  tag: 'estate',
  summary: 'Who the credentials stand for, and the environments there are',
  action: 'read',
  response: Me,
  async run(context, { query }) {
    assertPermitted(context, 'read', {});
    parseInput(z.strictObject({}), query);
    const { actor, estate } = context;
    return {
      personId: actor.personId,
      name: actor.name,
      kind: actor.audit.kind,
      scopes: actor.tokenScopes ?? null,
      grants: actor.grants,
      estate: { name: estate.estate, title: estate.title, label: estate.label },
      environments: estate.environments,
    };
  },
});

export const listRegions = defineRoute({
  method: 'GET',
  path: '/regions',
  id: 'listRegions',
  tag: 'estate',
  summary: 'Every Region as it was last seen, and whether losing one could be survived',
  action: 'read',
  query: EnvironmentQuery,
  response: RegionList,
  async run(context, { query }) {
    const state = await readEstateState(context, environmentOf(context, query));
    return { ...state, environment: state.environment.name, regions: state.regions.map(toView) };
  },
});

export const getRegion = defineRoute({
  method: 'GET',
  path: '/regions/{code}',
  id: 'getRegion',
  tag: 'estate',
  summary: 'One Region as it was last seen',
  action: 'read',
  params: { code: 'Region code, such as eu-west-1' },
  query: EnvironmentQuery,
  response: RegionView,
  async run(context, { params, query }) {
    const environment = environmentOf(context, query);
    const state = await readEstateState(context, environment);
    const found = state.regions.find(({ region }) => region.code === params.code);
    if (found) return toView(found);
    const known = state.regions.map(({ region }) => region.code).join(', ');
    throw new NotFoundError(`${environment} has no Region of that code. It has ${known}.`);
  },
});

function toView({ region, ...state }: RegionState) {
  return { ...region, ...state };
}

export const getTraffic = defineRoute({
  method: 'GET',
  path: '/traffic',
  id: 'getTraffic',
  tag: 'estate',
  summary: 'Configured traffic beside measured',
  action: 'read',
  query: EnvironmentQuery,
  response: Traffic,
  run: (context, { query }) => readTraffic(context, environmentOf(context, query)),
});

export const getLinks = defineRoute({
  method: 'GET',
  path: '/links',
  id: 'listLinks',
  tag: 'estate',
  summary: 'Replication links: how far behind, against what they are held to',
  action: 'read',
  query: EnvironmentQuery,
  response: z.object({ items: z.array(Link) }),
  run: (context, { query }) => listLinks(context, environmentOf(context, query)),
});

export const getCosts = defineRoute({
  method: 'GET',
  path: '/costs',
  id: 'getCosts',
  tag: 'estate',
  summary: 'This month’s bill by Region and component beside the plan',
  action: 'read',
  query: EnvironmentQuery,
  response: Costs,
  run: (context, { query }) => readCosts(context, environmentOf(context, query)),
});
