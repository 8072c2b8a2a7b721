import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { approvals, failoverApproval, ruledApproval } from '#components/gallery/fixtures/approvals.ts';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { Comments } from './comments.tsx';
import { Decide } from './decide.tsx';
import type { ApprovalRequest } from './model.ts';

afterEach(cleanup);

function show(request: ApprovalRequest | null) {
  if (request === null) throw new Error('the fixture has a request');
  const done = () => vi.fn(async () => ({ ok: true as const }));
  const approve = done();
  const others = {
    reject: done(),
    askChanges: done(),
    comment: done(),
    delegate: done(),
    revokeDelegation: done(),
  };
  render(
    <ClockProvider at={NOW} frozen>
      <Decide
        request={request}
        actions={{ approve, ...others, signInAgain: async () => ({ ok: false, message: 'Not here.' }) }}
      />
      <Comments operationId={request.id} comments={request.comments} comment={others.comment} />
    </ClockProvider>,
  );
  return { approve, request, ...others };
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

const press = (key: string, target: Element = document.body, over: KeyboardEventInit = {}) =>
  fireEvent.keyDown(target, { key, ...over });
const named = (name: RegExp) => screen.getByRole('button', { name });

test('A leads to Approve and approves nothing; Ctrl+Enter does', async () => {
  const { approve } = show(approvals.request);
  press('a');
  expect(document.activeElement).toBe(named(/^Approve OP-1042/));
  expect(approve).not.toHaveBeenCalled();
  press('Enter', document.body, { ctrlKey: true });
  await waitFor(() => expect(approve).toHaveBeenCalledTimes(1));
});

test('Ctrl+Enter in a comment approves nothing', () => {
  const { approve } = show(approvals.request);
  press('Enter', screen.getByLabelText('Comment'), { ctrlKey: true });
  expect(approve).not.toHaveBeenCalled();
});

test('R leads to the reason, and to Reject once there is one', async () => {
  const { reject, request } = show(approvals.request);
  press('r');
  const reason = screen.getByLabelText(/^Reason/);
  expect(document.activeElement).toBe(reason);
  // What is written there is written, and leads nowhere.
  press('a', reason);
  expect(document.activeElement).toBe(reason);
  fireEvent.change(reason, { target: { value: 'not before the sale' } });
  reason.blur();
  press('R');
  expect(document.activeElement).toBe(named(/^Reject/));
  fireEvent.click(named(/^Reject/));
  await waitFor(() => expect(reject).toHaveBeenCalledWith(request.id, 'not before the sale'));
});

test('C leads to the comments, and what is written there is kept', async () => {
  const { comment, request } = show(approvals.request);
  press('c');
  const field = screen.getByLabelText('Comment');
  expect(document.activeElement).toBe(field);
  fireEvent.click(named(/^Comment$/));
  expect(comment).not.toHaveBeenCalled();
  fireEvent.change(field, { target: { value: ' Why now? ' } });
  fireEvent.click(named(/^Comment$/));
  await waitFor(() => expect(comment).toHaveBeenCalledWith(request.id, 'Why now?'));
});

test('no letter does anything with a modifier, and no key does over a dialog', () => {
  const { approve } = show(approvals.request);
  press('a', document.body, { metaKey: true });
  expect(document.activeElement).toBe(document.body);
  const dialog = document.createElement('div');
  dialog.setAttribute('role', 'dialog');
  document.body.append(dialog);
  press('a');
  press('Enter', document.body, { ctrlKey: true });
  expect(document.activeElement).toBe(document.body);
  expect(approve).not.toHaveBeenCalled();
  dialog.remove();
});

test('changes are asked for with a reason only', async () => {
  const { askChanges, request } = show(approvals.request);
  fireEvent.click(named(/^Ask for changes/));
  expect(askChanges).not.toHaveBeenCalled();
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: 'take 5 points first' } });
  fireEvent.click(named(/^Ask for changes/));
  await waitFor(() => expect(askChanges).toHaveBeenCalledWith(request.id, 'take 5 points first'));
});

test('who decides for another is told so', () => {
  show(ruledApproval.request);
  expect(screen.getByText(/You decide in the name of Tomas Rehn/)).toBeTruthy();
});

test('out of support hours it is turned down, not approved', () => {
  const { request } = approvals;
  const { approve, reject } = show(
    request && {
      ...request,
      decide: { allowed: false, code: 'off-duty', reason: 'Nobody is on duty in eu-west-1.' },
    },
  );
  fireEvent.click(named(/^Approve OP-1042/));
  expect(approve).not.toHaveBeenCalled();
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: 'wake them first' } });
  fireEvent.click(named(/^Reject/));
  expect(reject).toHaveBeenCalled();
});
