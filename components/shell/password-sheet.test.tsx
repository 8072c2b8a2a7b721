import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import type { ActionResult } from '#components/ui/model.ts';
import PasswordSheet from './password-sheet.tsx';

afterEach(cleanup);

function show(answer: ActionResult = { ok: true }) {
  const change = vi.fn(async () => answer);
  const onClose = vi.fn();
  render(<PasswordSheet email="mara@example.test" change={change} onClose={onClose} />);
  return { change, onClose };
}

const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
const button = () => screen.getByRole('button', { name: 'Change password' });

function enter(entered: { current: string; password: string; again: string }) {
  fireEvent.change(field('Current password'), { target: { value: entered.current } });
  fireEvent.change(field('New password'), { target: { value: entered.password } });
  fireEvent.change(field('Once more'), { target: { value: entered.again } });
}

/** What is told at a field, as assistive technology reads it. */
function saidAt(label: string): string | null | undefined {
  const below = field(label).getAttribute('aria-describedby');
  return below === null ? null : document.getElementById(below)?.textContent;
}

const NEW = 'twelve or more of them';

test('what happens to sessions and tokens is said before anything is asked', () => {
  show();
  expect(screen.getByText(/Every session of yours ends.*API tokens keep working/)).toBeDefined();
});

test('the old and the new one are sent, once, and the sheet closes', async () => {
  const { change, onClose } = show();
  enter({ current: 'the old one', password: NEW, again: NEW });
  fireEvent.click(button());
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(change.mock.calls).toEqual([[{ current: 'the old one', password: NEW }]]);
});

test('a new one that is not the same both times is told at its field, and nothing is sent', () => {
  const { change } = show();
  enter({ current: 'the old one', password: NEW, again: 'twelve or less' });
  expect(saidAt('Once more')).toBe('is not the same as the new one');
  fireEvent.click(button());
  expect(change).not.toHaveBeenCalled();
  expect(button().getAttribute('aria-disabled')).toBe('true');
});

test('one that is not yet typed to its end is no mistake, and is not sent either', () => {
  const { change } = show();
  enter({ current: 'the old one', password: NEW, again: NEW.slice(0, 5) });
  expect(saidAt('Once more')).toBeNull();
  fireEvent.click(button());
  expect(change).not.toHaveBeenCalled();
});

test.each([
  ['Current password', 'current', 'is not your password'],
  ['New password', 'password', 'needs 12 characters or more'],
])('what is wrong with the %s is told there', async (label, name, words) => {
  const { onClose } = show({
    ok: false,
    code: 'validation',
    message: 'The password was not changed.',
    fields: { [name]: words },
  });
  enter({ current: 'a guess', password: NEW, again: NEW });
  fireEvent.click(button());
  await waitFor(() => expect(saidAt(label)).toBe(words));
  expect(field(label).getAttribute('aria-invalid')).toBe('true');
  expect(field(label).value).not.toBe('');
  expect(onClose).not.toHaveBeenCalled();
});

test('a refusal that is of no field is told beside the button', async () => {
  show({ ok: false, code: 'throttled', message: 'Sign-in is paused after 10 failed tries.' });
  enter({ current: 'a guess', password: NEW, again: NEW });
  fireEvent.click(button());
  expect(await screen.findByText(/paused after 10 failed tries/)).toBeDefined();
});
