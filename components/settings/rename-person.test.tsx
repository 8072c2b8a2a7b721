import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import type { ActionResult, Permission } from '#components/ui/model.ts';
import { RenamePerson } from './rename-person.tsx';

afterEach(cleanup);

function show(answer: ActionResult = { ok: true }, may: Permission = { allowed: true }) {
  const rename = vi.fn(async () => answer);
  const person = { id: 'p1', name: 'Aisha Bello', email: 'aisha@example.test', rename: may };
  render(<RenamePerson person={person} rename={rename} />);
  fireEvent.click(screen.getByRole('button', { name: 'Rename' }));
  return { rename, dialog: () => screen.findByRole('dialog', { name: 'Rename Aisha Bello' }) };
}

const name = () => screen.getByLabelText<HTMLInputElement>('Name');
const confirm = () => screen.getByRole('button', { name: 'Rename' });

test('a person gets another name, without the blanks around it', async () => {
  const { rename, dialog } = show();
  await dialog();
  expect(name().value).toBe('Aisha Bello');
  fireEvent.click(confirm());
  expect(rename).not.toHaveBeenCalled();
  fireEvent.change(name(), { target: { value: '  Aisha Okonkwo ' } });
  fireEvent.click(confirm());
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(rename.mock.calls).toEqual([['p1', 'Aisha Okonkwo']]);
});

test('a name that is refused is told at its field, which keeps it', async () => {
  const refused = { ok: false, code: 'validation', message: 'Nothing was done.' } as const;
  await show({ ...refused, fields: { name: 'is too odd' } }).dialog();
  fireEvent.change(name(), { target: { value: 'Odd' } });
  fireEvent.click(confirm());
  expect(await screen.findByText('is too odd')).toBeDefined();
  expect(name().value).toBe('Odd');
});

test('who may not is told why, and is asked nothing', () => {
  show({ ok: true }, { allowed: false, reason: 'Changing people needs the role admin.' });
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.getByRole('button', { name: 'Rename' }).getAttribute('aria-disabled')).toBe('true');
});
