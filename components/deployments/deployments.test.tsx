import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW } from '#components/gallery/fixtures/base.ts';
import {
  badRelease,
  deliveryNumbers,
  deployments,
  driftedVersionList,
  emptyDeployments,
  movedRelease,
  noDeliveryNumbers,
  problemDeployments,
  releaseList,
  releasePage,
} from '#components/gallery/fixtures/deployments.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { DeploymentsView } from './deployments-view.tsx';
import type { DeploymentsActions, DeploymentsModel, ReleaseModel } from './model.ts';
import RegisterSheet from './register-sheet.tsx';
import { ReleaseView } from './release-view.tsx';

const push = vi.fn();
vi.mock('next/navigation', () => ({ useRouter: () => ({ push, refresh: vi.fn() }) }));

afterEach(() => {
  cleanup();
  push.mockClear();
});

function shown(element: ReactNode) {
  return render(
    <ClockProvider at={NOW} frozen>
      {element}
    </ClockProvider>,
  );
}

const done = async () => ({ ok: true as const });
const show = (model: DeploymentsModel, acts?: ReactNode) =>
  shown(<DeploymentsView deployments={model} actions={{ register: done }} acts={acts} />);
const showRelease = (model: ReleaseModel) =>
  shown(<ReleaseView release={model} actions={{ markBad: done, clear: done }} />);
const rowOf = (name: string) => {
  const row = screen.getByText(name, { selector: 'td b' }).closest('tr');
  if (!row) throw new Error(`${name} stands in no row`);
  return within(row);
};

test('a run says how far it has come, and one under way for how long', () => {
  show(deployments);
  expect(rowOf('OP-1051').getByText('1 of 3')).toBeDefined();
  expect(rowOf('OP-1051').getByText('15:00')).toBeDefined();
  expect(rowOf('OP-1049').getByText('2 of 3, put back')).toBeDefined();
  expect(rowOf('OP-1052').getByText('awaiting approval')).toBeDefined();
});

test('the page has room for the acts of others', () => {
  show(deployments, <button type="button">Deploy</button>);
  expect(screen.getByRole('button', { name: 'Deploy' })).toBeDefined();
});

test('who may not register is told the rule', () => {
  show(emptyDeployments);
  expect(screen.getByText('No deployment here.')).toBeDefined();
  const button = screen.getByRole('button', { name: 'Register a release' });
  expect(button.getAttribute('aria-disabled')).toBe('true');
  expect(screen.getByText(/needs the role operator/)).toBeDefined();
});

test('a release says what stands against it', () => {
  show(releaseList);
  expect(rowOf('v2.0.2').getByText('tag moved')).toBeDefined();
  expect(rowOf('v2.1.0-rc.2').getByText('bad')).toBeDefined();
  expect(rowOf('v2.1.1').getByText('not yet')).toBeDefined();
  expect(rowOf('v2.1.0').getByText('production 1 of 3, us-east-1')).toBeDefined();
});

test('what differs says from what and since when, and what is not known is not shown as a number', () => {
  show(driftedVersionList);
  const apart = rowOf('ap-southeast-1');
  expect(apart.getByText(/v2\.0\.1 here, v2\.0\.0 in/).textContent).toContain('Since 21 Nov.');
  expect(screen.getByText('19 of 20').closest('.st')?.className).toContain('t-warning');
  const silent = screen.getByText(/the cluster does not answer/).closest('tr');
  expect(within(silent as HTMLElement).getAllByText('unknown').length).toBeGreaterThan(3);
});

test('each number stands with its definition and what it rests on', () => {
  show(deliveryNumbers);
  expect(rowOf('Change failure rate').getByText('2 of 5 deployments')).toBeDefined();
  expect(rowOf('Lead time').getByText(/from the moment a release was registered/)).toBeDefined();
  cleanup();
  show(noDeliveryNumbers);
  expect(screen.getAllByText('no number')).toHaveLength(12);
  expect(screen.queryByText('0')).toBeNull();
});

test('a part that could not be read leaves the rest', () => {
  show(problemDeployments);
  expect(screen.getByRole('alert').textContent).toContain('Releases could not be read');
  expect(screen.getByRole('link', { name: 'Numbers' })).toBeDefined();
});

test('a release’s page says what is wrong before anything else', () => {
  showRelease(movedRelease);
  expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('cannot be deployed');
  expect(screen.getByText('Its tag names another image.')).toBeDefined();
  expect(screen.getByText('v2.0.2 was never deployed.')).toBeDefined();
});

test('a release that is bad can be cleared, by whom the rule says', () => {
  showRelease(badRelease);
  expect(screen.queryByRole('button', { name: 'Mark bad' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Clear' }).getAttribute('aria-disabled')).toBe('true');
  cleanup();
  showRelease(releasePage);
  expect(screen.getByRole('button', { name: 'Mark bad' }).getAttribute('aria-disabled')).toBeNull();
});

function open(action: DeploymentsActions['register']) {
  shown(<RegisterSheet register={deployments.register} action={action} onClose={() => undefined} />);
}
const fill = (label: RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

test('the form tells a tag that moves before it is sent, and sends what was entered', async () => {
  const action = vi.fn(async () => ({ ok: true as const, href: '/deployments/releases/v2.2.0' as never }));
  open(action);
  const button = () => screen.getByRole('button', { name: 'Register' });
  expect(button().getAttribute('aria-disabled')).toBe('true');
  fill(/^Version/, 'latest');
  expect(screen.getAllByText(/tag that moves from image to image/).length).toBeGreaterThan(0);
  fill(/^Version/, 'v2.2.0');
  fill(/^Image digest/, `sha256:${'c'.repeat(64)}`);
  fill(/^Schema change/, 'contract');
  expect(screen.getByText(/no rollback past it/)).toBeDefined();
  fill(/^Statement/, 'Drops orders.old.');
  fireEvent.click(button());
  await waitFor(() => expect(push).toHaveBeenCalledWith('/deployments/releases/v2.2.0'));
  expect(action).toHaveBeenCalledWith({
    version: 'v2.2.0',
    digest: `sha256:${'c'.repeat(64)}`,
    schema: 'contract',
    schemaNote: 'Drops orders.old.',
    notes: '',
    changeUrl: '',
    author: '',
  });
});

test('a refusal stands in the form, at its field, with what was entered', async () => {
  open(async () => ({
    ok: false,
    code: 'validation',
    message: 'Nothing was done: author does not fit.',
    fields: { author: 'is over 200 characters' },
  }));
  fill(/^Version/, 'v2.2.0');
  fill(/^Image digest/, `sha256:${'c'.repeat(64)}`);
  fill(/^Statement/, 'Drops nothing.');
  fireEvent.click(screen.getByRole('button', { name: 'Register' }));
  expect(await screen.findByText('Is over 200 characters.')).toBeDefined();
  expect(screen.getByLabelText(/^Version/)).toHaveProperty('value', 'v2.2.0');
  expect(push).not.toHaveBeenCalled();
});
