import { describe, expect, it } from 'vitest';
import { EU, US } from '#test/recovery-facts.ts';
import { aboardOf, consolesElsewhere, type Home, sinkingShip } from './home.ts';

const OREGON = 'us-west-2';
const home = (changes: Partial<Home> = {}): Home => ({
  console: OREGON,
  database: OREGON,
  consoles: [],
  workers: [],
  ...changes,
});
const ireland = { region: EU, url: 'https://meridian-eu.example' };

describe('a run that leaves us-east-1', () => {
  it.each<[string, Partial<Home>, string | undefined]>([
    ['nothing aboard', {}, undefined],
    ['another console aboard', { consoles: [{ region: US, url: null }] }, undefined],
    ['one of two workers aboard', { workers: [US, EU] }, undefined],
    ['a worker aboard beside one that does not say', { workers: [US, null] }, undefined],
    [
      'this console',
      { console: US, consoles: [{ region: US, url: null }] },
      'This console runs in us-east-1, the Region that is being left. Start it from a console elsewhere; none is alive. The run would stop half-way if it went down with it.',
    ],
    [
      'this console, and another elsewhere',
      { console: US, consoles: [{ region: US, url: null }, ireland] },
      'This console runs in us-east-1, the Region that is being left. Use the console at https://meridian-eu.example, in eu-west-1. The run would stop half-way if it went down with it.',
    ],
    [
      'this console, and another elsewhere whose address nobody set',
      { console: US, consoles: [{ region: EU, url: null }] },
      'This console runs in us-east-1, the Region that is being left. Use the console in eu-west-1. The run would stop half-way if it went down with it.',
    ],
    [
      'the database',
      { database: US, consoles: [ireland] },
      'Its database runs in us-east-1, the Region that is being left. The break-glass bundle does without the database. The run would stop half-way if it went down with it.',
    ],
    [
      'every worker',
      { workers: [US, US] },
      'All its workers run in us-east-1, the Region that is being left. Start a worker elsewhere. The run would stop half-way if it went down with them.',
    ],
    [
      'all of it',
      { console: US, database: US, workers: [US] },
      'This console, its database and all its workers run in us-east-1, the Region that is being left. Start it from a console elsewhere; none is alive. Start a worker elsewhere. The break-glass bundle does without the database. The run would stop half-way if it went down with them.',
    ],
  ])('%s', (_, changes, message) => {
    expect(sinkingShip(home(changes), US)?.message).toBe(message);
  });
});

it('says what is aboard, and who is not', () => {
  expect(aboardOf(home({ console: US, workers: [US] }), US)).toEqual({
    console: true,
    database: false,
    workers: true,
  });
  expect(consolesElsewhere({ consoles: [{ region: US, url: null }, ireland] }, US)).toEqual([ireland]);
});
