import { describe, expect, it } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import { standingIn, workerHome } from './home.ts';

const estate = seedEstate();

describe('where a console stands', () => {
  it.each([
    [undefined, 'us-west-2'],
    ['eu-west-1', 'eu-west-1'],
  ])('told %s: %s', (told, region) => {
    expect(standingIn(estate, told).console).toMatchObject({
      homeRegion: region,
      databaseRegion: 'us-west-2',
    });
  });
});

describe('where a worker stands', () => {
  it.each<[string | undefined, number, string[] | undefined, string]>([
    [undefined, 1, undefined, 'us-west-2'],
    [undefined, 1, ['us-east-1', 'eu-west-1'], 'us-east-1'],
    [undefined, 2, ['us-east-1', 'eu-west-1'], 'eu-west-1'],
    // The launcher counts on when it starts one again: 1, 3, 5, … is the first.
    [undefined, 3, ['us-east-1', 'eu-west-1'], 'us-east-1'],
    [undefined, 0, ['us-east-1', 'eu-west-1'], 'us-east-1'],
    ['ap-southeast-1', 2, ['us-east-1', 'eu-west-1'], 'ap-southeast-1'],
  ])('told %s, number %d of %j: %s', (region, index, workerRegions, home) => {
    const given = { ...estate, console: { ...estate.console, workerRegions } };
    expect(workerHome(given, { region, index })).toBe(home);
  });
});
