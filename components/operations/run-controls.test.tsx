import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { operation, stuckOperation } from '#components/gallery/fixtures/operations.ts';
import type { OperationModel } from './model.ts';
import { RunControls } from './run-controls.tsx';

afterEach(cleanup);

/** The sheet is loaded when it is first asked for, which takes its time on a loaded machine, ms. */
const PATIENT = { timeout: 10_000 };
const done = () => Promise.resolve({ ok: true as const, message: 'Done.' });

function show(model: OperationModel) {
  const leave = vi.fn(done);
  const [close, omit, withdraw] = [vi.fn(done), vi.fn(done), vi.fn(done)];
  render(
    <RunControls
      operation={model}
      actions={{ pause: done, resume: done, revert: done, withdraw, leave, close, omit }}
    />,
  );
  return { leave, close, omit, withdraw };
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
    const { leave } = show(stuckOperation);
    fireEvent.click(button() ?? document.body);
    const confirm = await screen.findByRole('button', { name: 'Leave OP-1042 as it is' }, PATIENT);
    fireEvent.click(confirm);
    expect(leave).not.toHaveBeenCalled();
    expect(screen.getAllByText('Write a reason first.')).not.toEqual([]);
    fireEvent.change(screen.getByRole('textbox'), { target: { value: ' another team owns the records ' } });
    fireEvent.click(screen.getByRole('button', { name: 'Leave OP-1042 as it is' }));
    await waitFor(() => expect(leave).toHaveBeenCalledWith('OP-1042', 'another team owns the records'));
  });
});

describe('taking a request back', () => {
  const plan = {
    title: 'Withdraw OP-1042',
    changes: [],
    checks: [],
    agreement: 'Nobody else.',
    verb: 'Withdraw OP-1042',
    reason: 'none',
  } as const;

  it('is offered only where there is one of one’s own that waits', () => {
    show(operation);
    expect(screen.queryByRole('button', { name: 'Withdraw' })).toBeNull();
  });

  it('is confirmed once, and asks for no reason', async () => {
    const { withdraw } = show({ ...operation, withdraw: plan });
    fireEvent.click(screen.getByRole('button', { name: 'Withdraw' }));
    const confirm = await screen.findByRole('button', { name: 'Withdraw OP-1042' }, PATIENT);
    expect(withdraw).not.toHaveBeenCalled();
    expect(screen.queryByRole('textbox')).toBeNull();
    fireEvent.click(confirm);
    await waitFor(() => expect(withdraw).toHaveBeenCalledWith('OP-1042'));
  });
});

describe('a run that holds behind its point of no return', () => {
  const plan = { title: '', changes: [], checks: [], agreement: '', reason: 'required' } as const;
  const undone: OperationModel['undone'] = {
    close: {
      permission: { allowed: true },
      plan: { ...plan, title: 'End OP-1042 incomplete', verb: 'End OP-1042 incomplete' },
    },
    omit: [
      {
        step: 'verify-order',
        label: 'Go on without it',
        permission: { allowed: true },
        plan: { ...plan, title: 'Go on without “A test order”', verb: 'Leave it undone' },
      },
    ],
  };

  it('offers neither way while nothing holds', () => {
    show(operation);
    expect(screen.queryByRole('button', { name: 'End incomplete' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Go on without it' })).toBeNull();
  });

  it('goes on without the step that holds, for a reason', async () => {
    const { omit } = show({ ...operation, undone });
    fireEvent.click(screen.getByRole('button', { name: 'Go on without it' }));
    await screen.findByRole('button', { name: 'Leave it undone' }, PATIENT);
    fireEvent.change(screen.getByRole('textbox'), { target: { value: 'ap has no capacity' } });
    fireEvent.click(screen.getByRole('button', { name: 'Leave it undone' }));
    await waitFor(() => expect(omit).toHaveBeenCalledWith('OP-1042', 'verify-order', 'ap has no capacity'));
  });

  it('says why the step is not left out, and ends it incomplete for a reason', async () => {
    const [step] = undone.omit;
    if (!step) throw new Error('It holds at a step.');
    const refused = { ...step, permission: { allowed: false as const, reason: 'What follows rests on it.' } };
    const { close } = show({ ...operation, undone: { ...undone, omit: [refused] } });
    expect(screen.getByText('What follows rests on it.')).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'End incomplete' }));
    await screen.findByRole('button', { name: 'End OP-1042 incomplete' }, PATIENT);
    fireEvent.change(screen.getByRole('textbox'), { target: { value: 'done by hand' } });
    fireEvent.click(screen.getByRole('button', { name: 'End OP-1042 incomplete' }));
    await waitFor(() => expect(close).toHaveBeenCalledWith('OP-1042', 'done by hand'));
  });
});
