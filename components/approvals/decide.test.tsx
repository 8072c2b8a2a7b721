import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { approvals, failoverApproval } from '#components/gallery/fixtures/approvals.ts';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { Decide } from './decide.tsx';
import type { ApprovalRequest } from './model.ts';

afterEach(cleanup);

function show(request: ApprovalRequest | null) {
  if (request === null) throw new Error('the fixture has a request');
  const approve = vi.fn(async () => ({ ok: true as const }));
  render(
    <ClockProvider at={NOW} frozen>
      <Decide
        request={request}
        actions={{ approve, reject: approve, signInAgain: async () => ({ ok: false, message: 'Not here.' }) }}
      />
    </ClockProvider>,
  );
  return { approve, request };
}

test('a failover is approved only together with what may be lost', () => {
  const { approve, request } = show(failoverApproval.request);
  const button = () => screen.getByRole('button', { name: /^Approve OP-1057/ });
  fireEvent.click(button());
  expect(approve).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole('checkbox', { name: /I accept to lose at most 0\.31/ }));
  fireEvent.click(button());
  expect(approve).toHaveBeenCalledWith('OP-1057', request.digest, request.rpo?.offer.bound, '');
});

test('where nothing may be lost nothing is to be ticked', () => {
  const { approve, request } = show(approvals.request);
  expect(screen.queryByRole('checkbox')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: /^Approve OP-1042/ }));
  expect(approve).toHaveBeenCalledWith('OP-1042', request.digest, null, '');
});

test('with a proof that is too old the password is asked for in the same form', () => {
  const { request } = failoverApproval;
  const stale = request && { ...request, proof: { by: 'password' as const, freshUntil: null } };
  const { approve } = show(stale);
  fireEvent.click(screen.getByRole('checkbox', { name: /I accept to lose at most/ }));
  fireEvent.click(screen.getByRole('button', { name: /^Approve OP-1057/ }));
  expect(approve).not.toHaveBeenCalled();
  fireEvent.change(screen.getByLabelText(/^Your password/), { target: { value: 'correct horse' } });
  fireEvent.click(screen.getByRole('button', { name: /^Approve OP-1057/ }));
  expect(approve).toHaveBeenCalledWith('OP-1057', stale?.digest, stale?.rpo?.offer.bound, 'correct horse');
});
