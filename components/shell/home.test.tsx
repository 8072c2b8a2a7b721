import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { Home } from './home.tsx';
import type { ShellModel } from './model.ts';

afterEach(cleanup);

/** What is read, and what of it is coloured. */
function shown(home: ShellModel['home']) {
  const { container } = render(<Home home={home} />);
  const coloured = [...container.querySelectorAll('b')]
    .filter(({ className }) => className !== '' && !className.includes('muted'))
    .map(({ textContent }) => textContent);
  return { text: container.textContent, coloured };
}

const WARNING = 'This console runs in us-east-1, which is seen failing.';

test.each<[string, ShellModel['home'], string, string[]]>([
  [
    'both in one Region',
    { region: 'us-west-2', databaseRegion: 'us-west-2' },
    'Console and databaseus-west-2',
    [],
  ],
  ['apart', { region: 'eu-west-1', databaseRegion: 'us-west-2' }, 'Consoleeu-west-1database us-west-2', []],
  [
    'the console in a Region that fails',
    {
      region: 'us-east-1',
      databaseRegion: 'us-west-2',
      lost: 'us-east-1',
      status: 'critical',
      warning: WARNING,
    },
    'Consoleus-east-1database us-west-2',
    ['us-east-1'],
  ],
  [
    'the database in a Region that fails',
    {
      region: 'us-west-2',
      databaseRegion: 'us-east-1',
      lost: 'us-east-1',
      status: 'critical',
      warning: WARNING,
    },
    'Consoleus-west-2database us-east-1',
    ['us-east-1'],
  ],
  [
    'both in a Region that fails',
    {
      region: 'us-east-1',
      databaseRegion: 'us-east-1',
      lost: 'us-east-1',
      status: 'critical',
      warning: WARNING,
    },
    'Console and databaseus-east-1',
    ['us-east-1'],
  ],
])('%s', (_, home, text, coloured) => {
  const read = shown(home);
  expect(read.text).toContain(text);
  expect(read.coloured).toEqual(coloured);
});

test('what is at risk is said, not only coloured', () => {
  const home = { region: 'us-east-1', lost: 'us-east-1', status: 'critical' as const, warning: WARNING };
  const { getByLabelText } = render(<Home home={home} />);
  expect(getByLabelText(WARNING)).toBeDefined();
});
