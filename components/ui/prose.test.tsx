import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { Prose } from './prose.tsx';

afterEach(cleanup);

test('a moment is told on the reader’s clock, and in UTC on hover', () => {
  const { container } = render(
    <Prose text="Changes are frozen until 2026-11-23 11:00 UTC, set by Ada: a sale." />,
  );
  const time = container.querySelector('time');
  expect(time?.getAttribute('datetime')).toBe('2026-11-23T11:00:00.000Z');
  expect(time?.title).toBe('2026-11-23 11:00 UTC');
  expect(time?.textContent).toBe(
    new Date('2026-11-23T11:00:00Z').toLocaleString('en-GB', {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'short',
    }),
  );
  expect(container.textContent).toMatch(/^Changes are frozen until .*, set by Ada: a sale\.$/);
});

test('a moment with its seconds keeps them', () => {
  const { container } = render(<Prose text="Begins at 2026-11-23 11:00:07 UTC." />);
  const time = container.querySelector('time');
  expect(time?.getAttribute('datetime')).toBe('2026-11-23T11:00:07.000Z');
  expect(time?.textContent).toMatch(/:00:07\b/);
});

test('what is no moment stays as it is', () => {
  const { container } = render(<Prose text="until 2026-99-99 11:00 UTC" />);
  expect(container.textContent).toBe('until 2026-99-99 11:00 UTC');
});

test.each([
  ['If us-east-1 is lost, ap-southeast-1 has no writer.', ['us-east-1', 'ap-southeast-1']],
  ['Promote ecommerce-db-eu-west-1 now', ['ecommerce-db-eu-west-1']],
  ['ecommerce-db-us-east-1-fenced-20261123-1057 is kept', ['ecommerce-db-us-east-1-fenced-20261123-1057']],
  ['Last: OP-1036 reverted, after OP-7.', ['OP-1036', 'OP-7']],
  ['--source arn:aws:rds:eu-west-1:000000000000:db:ecommerce-db-eu-west-1 now', []],
  ['Health checks, switch-over, B-05 and 10-20 nodes', []],
])('%s', (text, names) => {
  const { container } = render(<Prose text={text} />);
  expect(container.textContent).toBe(text);
  expect([...container.querySelectorAll('.nowrap')].map((part) => part.textContent)).toEqual(names);
  expect(screen.queryByRole('link')).toBeNull();
});
