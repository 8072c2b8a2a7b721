import type * as rds from '@aws-sdk/client-rds';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { missing, parseArn, readIdentifier } from './identifiers.ts';
import { page } from './paging.ts';
import { checkValue, type Parameter } from './parameter-catalog.ts';
import type { Rds } from './rds.ts';
import { readTags } from './tags.ts';
import type { ParameterGroupRecord, ParameterSetting } from './types.ts';

/** As many as one call may change. */
const MOST_CHANGES = 20;

export const defaultGroup = (family: string) => `default.${family}`;

export function parameterHandlers(parts: Rds): OperationHandlers<typeof rds> {
  const { store, parameters } = parts;
  const { catalog, family } = parts.engine;

  const describeGroup = (group: ParameterGroupRecord): rds.DBParameterGroup => ({
    DBParameterGroupName: group.name,
    DBParameterGroupFamily: group.family,
    Description: group.description,
    DBParameterGroupArn: store.arnOf('pg', group, group.name),
  });

  return {
    DescribeDBParameterGroups(input, call) {
      const own = store.groups.list().filter(({ region }) => region === call.region);
      const all = input.DBParameterGroupName
        ? [getParameterGroup(parts, call.region, input.DBParameterGroupName)]
        : [makeDefault(call.region, family), ...own];
      const { items, marker } = page(all, ({ name }) => name, input);
      return { DBParameterGroups: items.map(describeGroup), Marker: marker };
    },

    CreateDBParameterGroup(input, call) {
      const name = readIdentifier('DBParameterGroupName', input.DBParameterGroupName, 255);
      if (input.DBParameterGroupFamily !== family) {
        throw new AwsFault(
          'InvalidParameterValue',
          `ParameterGroupFamily ${input.DBParameterGroupFamily} is not a valid parameter group family; this lab runs ${family}.`,
        );
      }
      if (!input.Description) throw missing('Description');
      if (store.groups.get(`${call.region}/${name}`)) {
        throw new AwsFault('DBParameterGroupAlreadyExistsFault', `Parameter group ${name} already exists`);
      }
      const group = {
        ...makeDefault(call.region, family),
        name,
        description: input.Description,
        tags: readTags(input.Tags),
      };
      store.groups.put(`${call.region}/${name}`, group);
      return { DBParameterGroup: describeGroup(group) };
    },

    DescribeDBParameters(input, call) {
      const group = getParameterGroup(parts, call.region, input.DBParameterGroupName);
      const all = [...catalog.values()].map((parameter) =>
        describeParameter(parameter, group.parameters[parameter.name]),
      );
      const kept = all.filter(({ Source }) => !input.Source || Source === input.Source);
      const { items, marker } = page(kept, ({ ParameterName = '' }) => ParameterName, input);
      return { Parameters: items, Marker: marker };
    },

    async ModifyDBParameterGroup(input, call) {
      const group = getParameterGroup(parts, call.region, input.DBParameterGroupName);
      if (group.name === defaultGroup(family)) {
        throw new AwsFault('InvalidDBParameterGroupStateFault', 'Cannot modify a default parameter group.');
      }
      const changes = readChanges(catalog, input.Parameters);
      const next = { ...group, parameters: { ...group.parameters, ...changes } };
      store.groups.put(`${call.region}/${group.name}`, next);
      await parameters.applyChange(next, Object.keys(changes));
      return { DBParameterGroupName: group.name };
    },
  };
}

function makeDefault(region: string, family: string): ParameterGroupRecord {
  const description = `Default parameter group for ${family}`;
  return { name: defaultGroup(family), region, family, description, parameters: {}, tags: [] };
}

export function getParameterGroup(
  { store, engine: { family } }: Rds,
  region: string,
  name: string | undefined,
): ParameterGroupRecord {
  if (!name) throw missing('DBParameterGroupName');
  const arn = name.startsWith('arn:') ? parseArn(name) : undefined;
  const wanted = arn?.region === region ? arn.name : name.toLowerCase();
  if (wanted === defaultGroup(family)) return makeDefault(region, family);
  const found = store.groups.get(`${region}/${wanted}`);
  if (!found) throw new AwsFault('DBParameterGroupNotFoundFault', `DBParameterGroup not found: ${wanted}`);
  return found;
}

function describeParameter(parameter: Parameter, setting: ParameterSetting | undefined): rds.Parameter {
  return {
    ParameterName: parameter.name,
    ParameterValue: setting?.value ?? (parameter.defaultValue || undefined),
    Description: parameter.description,
    Source: setting ? 'user' : 'engine-default',
    ApplyType: parameter.dynamic ? 'dynamic' : 'static',
    DataType: parameter.dataType,
    AllowedValues: parameter.allowedValues,
    IsModifiable: parameter.modifiable,
    ApplyMethod: setting?.method ?? 'pending-reboot',
  };
}

function readChanges(catalog: Map<string, Parameter>, changes: rds.Parameter[] | undefined) {
  if (!changes || changes.length === 0) throw missing('Parameters');
  if (changes.length > MOST_CHANGES) {
    throw new AwsFault(
      'InvalidParameterValue',
      `At most ${MOST_CHANGES} parameters can be modified in a single request; ${changes.length} were given.`,
    );
  }
  return Object.fromEntries(changes.map((change) => readChange(catalog, change)));
}

function readChange(catalog: Map<string, Parameter>, change: rds.Parameter): [string, ParameterSetting] {
  const { ParameterName: name, ParameterValue: value, ApplyMethod: method } = change;
  if (!name) throw missing('Parameters.member.ParameterName');
  if (value === undefined) throw missing(`Parameters.member.ParameterValue (${name})`);
  const parameter = catalog.get(name);
  if (!parameter) throw new AwsFault('InvalidParameterValue', `Could not find parameter with name: ${name}`);
  if (!parameter.modifiable)
    throw new AwsFault('InvalidParameterValue', `The parameter ${name} cannot be modified.`);
  if (method !== 'immediate' && method !== 'pending-reboot') {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid ApplyMethod for ${name}: it must be immediate or pending-reboot.`,
    );
  }
  if (method === 'immediate' && !parameter.dynamic) {
    throw new AwsFault(
      'InvalidParameterCombination',
      `cannot use immediate apply method for static parameter ${name}`,
    );
  }
  checkValue(parameter, value);
  return [name, { value, method }];
}
