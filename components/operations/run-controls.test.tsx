import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { operation, stuckOperation } from '#components/gallery/fixtures/operations.ts';
import type { OperationModel } from './model.ts';
import { RunControls } from './run-controls.tsx';

afterEach(cleanup);

const done = () => Promise.resolve({ ok: true as const, message: 'Done.' });

function show(model: OperationModel) {
  const leave = vi.fn(done);
  render(<RunControls operation={model} actions={{ pause: done, resume: done, revert: done, leave }} />);
  return leave;
}

const button = () => screen.queryByRole('button', { name: 'Leave as is' });

describe('leaving a run as it is', () => {
  it('is not offered while nothing is put back', () => {
    show(operation);
    expect(button()).toBeNull();
  });

  it('says the rule that forbids it', () => {
    const { leave } = stuckOperation;
    if (!leave) throw new Error('The fixture offers to leave it.');
    show({
      ...stuckOperation,
      leave: { ...leave, permission: { allowed: false, reason: 'It has not failed.' } },
    });
    expect(button()?.getAttribute('aria-disabled')).toBe('true');
    expect(screen.getByText('It has not failed.')).toBeDefined();
  });

  it('asks for a reason and gives it to the act', async () => {
    const leave = show(stuckOperation);
    fireEvent.click(button() ?? document.body);
    const confirm = await screen.findByRole('button', { name: 'Leave OP-1042 as it is' });
    fireEvent.click(confirm);
    expect(leave).not.toHaveBeenCalled();
    expect(screen.getAllByText('Write a reason first.')).not.toEqual([]);
    fireEvent.change(screen.getByRole('textbox'), { target: { value: ' another team owns the records ' } });
    fireEvent.click(screen.getByRole('button', { name: 'Leave OP-1042 as it is' }));
    await waitFor(() => expect(leave).toHaveBeenCalledWith('OP-1042', 'another team owns the records'));
  });
});
