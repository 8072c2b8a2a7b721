import { describe, expect, it } from 'vitest';
import { KubernetesFault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import type { ManagedFieldsEntry } from '../objects.ts';
import { deployments } from '../resources.ts';
import { serverSideApply } from './apply.ts';
import { afterUpdate } from './managed-fields.ts';

const { shape } = deployments;
const NOW = Date.parse('2026-11-23T00:00:00Z');

const config = (containers: JsonObject[], more: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { ...more, template: { spec: { containers } } },
});

interface State {
  object: JsonObject | undefined;
  managedFields: ManagedFieldsEntry[];
}

const nothing: State = { object: undefined, managedFields: [] };

function apply(state: State, manager: string, wanted: JsonObject, force = false): State {
  return serverSideApply({
    shape,
    config: wanted,
    force,
    live: state.object,
    entries: state.managedFields,
    writer: { manager, operation: 'Apply', subresource: undefined },
    nowMs: NOW,
  });
}

function update({ object, managedFields }: State, manager: string, after: JsonObject): State {
  const writer = { manager, operation: 'Update', subresource: undefined } as const;
  return {
    object: after,
    managedFields: afterUpdate({ shape, before: object, after, entries: managedFields, writer, nowMs: NOW }),
  };
}

function conflict(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof KubernetesFault) return error.message;
    throw error;
  }
  return '';
}

const fieldsOf = ({ managedFields }: State, manager: string) =>
  managedFields.find((entry) => entry.manager === manager)?.fieldsV1;

describe('server-side apply', () => {
  it('writes managedFields as Kubernetes does', () => {
    const state = apply(
      nothing,
      'ci',
      config([{ name: 'web', ports: [{ containerPort: 80 }] }], { replicas: 1 }),
    );
    expect(fieldsOf(state, 'ci')).toEqual({
      'f:spec': {
        'f:replicas': {},
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"web"}': {
                '.': {},
                'f:name': {},
                'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
              },
            },
          },
        },
      },
    });
  });

  it('removes what its manager no longer names, and nothing that others have', () => {
    const first = apply(
      nothing,
      'ci',
      config(
        [
          { name: 'web', image: '1' },
          { name: 'side', image: '1' },
        ],
        { replicas: 2 },
      ),
    );
    const shared = apply(first, 'mesh', config([{ name: 'side', image: '1' }]));
    const second = apply(shared, 'ci', config([{ name: 'web', image: '2' }]));
    expect(second.object).toMatchObject(
      config([
        { name: 'web', image: '2' },
        { name: 'side', image: '1' },
      ]),
    );
    expect(second.object).not.toHaveProperty('spec.replicas');
    expect(apply(second, 'mesh', config([])).object).toMatchObject(config([{ name: 'web', image: '2' }]));
  });

  it('refuses another value for a field someone owns, names both, and takes it over by force', () => {
    const first = apply(nothing, 'ci', config([{ name: 'web', image: '1' }], { replicas: 2 }));
    const wanted = config([{ name: 'web', image: '2' }], { replicas: 3 });
    expect(conflict(() => apply(first, 'ops', wanted))).toBe(
      'Apply failed with 2 conflicts: conflicts with "ci" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="web"].image',
    );
    const forced = apply(first, 'ops', wanted, true);
    expect(fieldsOf(forced, 'ci')).not.toHaveProperty('f:spec.f:replicas');
    expect(conflict(() => apply(forced, 'ci', config([{ name: 'web', image: '1' }])))).toContain(
      'conflict with "ops"',
    );
  });

  it('shares a field that two managers want the same', () => {
    const wanted = config([{ name: 'web', image: '1' }]);
    const both = apply(apply(nothing, 'ci', wanted), 'ops', wanted);
    expect(both.managedFields.map(({ manager }) => manager)).toEqual(['ci', 'ops']);
    expect(apply(both, 'ci', config([{ name: 'web' }])).object).toMatchObject(wanted);
  });

  it('treats a label selector as one value', () => {
    const select = (labels: JsonObject) => config([], { selector: { matchLabels: labels } });
    const first = apply(nothing, 'ci', select({ app: 'a', tier: 'b' }));
    expect(apply(first, 'ci', select({ app: 'c' })).object).toMatchObject({
      spec: { selector: { matchLabels: { app: 'c' } } },
    });
    expect(apply(first, 'ci', select({ app: 'c' })).object).not.toHaveProperty(
      'spec.selector.matchLabels.tier',
    );
    expect(conflict(() => apply(first, 'ops', select({ app: 'c' })))).toContain(': .spec.selector');
  });

  it('conflicts with what a plain update changed, and an update takes fields from an applier', () => {
    const first = apply(nothing, 'ci', config([{ name: 'web', image: '1' }], { replicas: 2 }));
    const scaled = update(first, 'kubectl-edit', config([{ name: 'web', image: '1' }], { replicas: 9 }));
    expect(fieldsOf(scaled, 'ci')).not.toHaveProperty('f:spec.f:replicas');
    expect(
      conflict(() => apply(scaled, 'ci', config([{ name: 'web', image: '1' }], { replicas: 2 }))),
    ).toContain('conflict with "kubectl-edit" using apps/v1: .spec.replicas');
  });
});
