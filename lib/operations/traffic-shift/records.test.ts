import { describe, expect, it } from 'vitest';
import type { WeightedRecord } from '#lib/ports/aws.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { differences, setName, targetDifferences, targetsOf, weightsOf, withWeights } from './records.ts';

const estate = seedEstate();

const record = (changes: Partial<WeightedRecord> = {}): WeightedRecord => ({
  name: 'na.origin.shop.example',
  type: 'A',
  setIdentifier: 'us-east-1',
  weight: 200,
  alias: { hostedZoneId: 'Z35', dnsName: 'lb.example.', evaluateTargetHealth: true },
  healthCheckId: 'hc-1',
  ...changes,
});

const both = [record(), record({ type: 'AAAA' }), record({ setIdentifier: 'eu-west-1', weight: 0 })];

describe('weighted sets', () => {
  it('have the geography’s name under the origin', () => {
    expect(setName(estate, 'na')).toBe('na.origin.shop.example');
  });

  it('are read by geography and Region', () => {
    const others = [...both, record({ name: 'eu.origin.shop.example', weight: 7 })];
    expect(weightsOf(estate, ['na', 'ap'], others)).toEqual({
      na: { 'us-east-1': 200, 'eu-west-1': 0 },
      ap: {},
    });
  });

  it('have no one weight where A and AAAA disagree', () => {
    expect(() => weightsOf(estate, ['na'], [record(), record({ type: 'AAAA', weight: 100 })])).toThrow(
      'The A and AAAA records of na.origin.shop.example with SetIdentifier us-east-1 have different weights, 200 and 100.',
    );
  });

  it('are changed in their weights alone, A and AAAA alike', () => {
    const changed = withWeights(estate, both, { na: { 'us-east-1': 150, 'eu-west-1': 50 } });
    expect(changed).toEqual([
      { ...record(), weight: 150 },
      { ...record({ type: 'AAAA' }), weight: 150 },
      { ...record({ setIdentifier: 'eu-west-1' }), weight: 50 },
    ]);
  });

  it('cannot be changed where a record is gone', () => {
    expect(() => withWeights(estate, both, { na: { 'ap-southeast-1': 0 } })).toThrow(
      'The zone has no record na.origin.shop.example with SetIdentifier ap-southeast-1. Someone removed it',
    );
  });

  it.each([
    [{ na: { a: 1 } }, { na: { a: 1 } }, []],
    [{ na: { a: 1 } }, { na: { a: 1, b: 0 } }, []],
    [{ na: { a: 1, b: 2 } }, { na: { a: 3 } }, ['na: a should be 1 and is 3', 'na: b should be 2 and is 0']],
    [{ na: { a: 1 } }, { na: { a: 1, b: 9 } }, ['na: b should be 0 and is 9']],
    [{ na: { a: 1 } }, {}, ['na: a should be 1 and is 0']],
  ])('%j found as %j differ by %j', (expected, found, words) => {
    expect(differences(expected, found)).toEqual(words);
  });

  it('are read without their weights too, A before AAAA', () => {
    const { alias, healthCheckId } = record();
    const others = [record({ type: 'AAAA' }), record(), record({ name: 'eu.origin.shop.example' })];
    expect(targetsOf(estate, ['na', 'ap'], others)).toEqual({
      na: {
        'us-east-1': [
          { type: 'A', alias, healthCheckId },
          { type: 'AAAA', alias, healthCheckId },
        ],
      },
      ap: {},
    });
  });

  it.each<[string, WeightedRecord[], string[]]>([
    ['nothing', both, []],
    ['their weights alone', both.map((one) => ({ ...one, weight: 7 })), []],
    [
      'where they lead',
      [record({ alias: { ...record().alias, dnsName: 'other.example.' } }), ...both.slice(1)],
      [
        'na: A record of us-east-1 should lead to lb.example. in zone Z35 and leads to other.example. in zone Z35',
      ],
    ],
    [
      'whether they look at what they lead to',
      [record({ alias: { ...record().alias, evaluateTargetHealth: false } }), ...both.slice(1)],
      ['na: A record of us-east-1 should evaluate its target’s health and does not'],
    ],
    [
      'a health check',
      [record({ healthCheckId: null }), record({ type: 'AAAA', healthCheckId: 'hc-2' }), ...both.slice(2)],
      [
        'na: A record of us-east-1 should have health check hc-1 and has none',
        'na: AAAA record of us-east-1 should have health check hc-1 and has hc-2',
      ],
    ],
    ['a record less', [record(), ...both.slice(2)], ['na: AAAA record of us-east-1 is gone']],
    [
      'a record more, also without weight',
      [...both, record({ setIdentifier: 'ap-southeast-1', weight: 0 })],
      ['na: A record of ap-southeast-1 is new'],
    ],
  ])('differ in %s, in words', (_, found, words) => {
    const planned = targetsOf(estate, ['na'], both);
    expect(targetDifferences(planned, targetsOf(estate, ['na'], found))).toEqual(words);
  });

  it('of a plan that names no targets differ in none', () => {
    expect(targetDifferences({}, targetsOf(estate, ['na'], both))).toEqual([]);
  });
});
