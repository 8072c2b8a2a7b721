import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { AppRouterContext } from 'next/dist/shared/lib/app-router-context.shared-runtime';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ago, NOW } from '#components/gallery/fixtures/base.ts';
import {
  doneDeployment,
  heldDeployment,
  refusedRollback,
  rollbackOffer,
  rollbackPreview,
  rolledBackDeployment,
  runningOffer,
  soakingDeployment,
  thinDeployment,
  waitingDeployment,
} from '#components/gallery/fixtures/pipeline.ts';
import {
  deployPreview,
  deployRequest,
  unprovenRequest,
} from '#components/gallery/fixtures/pipeline-request.ts';
import type { OperationModel } from '#components/operations/model.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import type { ActionResult } from '#components/ui/model.ts';
import { Pipeline } from './pipeline.tsx';
import { DeploySheet } from './pipeline-request-sheet.tsx';
import type { RollbackActions } from './pipeline-rollback-model.ts';
import RollbackSheet from './pipeline-rollback-sheet.tsx';

const push = vi.fn();
const router = {
  push,
  replace: vi.fn(),
  refresh: vi.fn(),
  back: vi.fn(),
  forward: vi.fn(),
  prefetch: vi.fn(),
} as never;

beforeEach(() => push.mockReset());
afterEach(cleanup);

function show(children: ReactNode, at = NOW) {
  return render(
    <AppRouterContext.Provider value={router}>
      <ClockProvider at={at} frozen>
        {children}
      </ClockProvider>
    </AppRouterContext.Provider>,
  );
}

const done = async (): Promise<ActionResult> => ({ ok: true });

function showPipeline({ id, at, deployment }: OperationModel, now = NOW) {
  if (deployment === null) throw new Error('the fixture is a deployment');
  return show(
    <Pipeline
      operationId={id}
      at={at}
      run={deployment}
      actions={{ skipSoak: done, promote: done, markBad: done }}
    />,
    now,
  );
}

const laneOf = (region: string) => screen.getByRole('row', { name: new RegExp(`^\\d ?${region}`) });

test('a lane says its versions, its stages by shape and word, and where it stands', () => {
  showPipeline(soakingDeployment);
  const lane = within(laneOf('us-east-1'));
  expect(lane.getByText('v2.1.0')).toBeDefined();
  expect(lane.getByText('green → blue')).toBeDefined();
  expect(lane.getByRole('img', { name: 'Switch: done' })).toBeDefined();
  expect(lane.getByRole('img', { name: 'Soak: running' })).toBeDefined();
  expect(lane.getByText('24 ≥ 24')).toBeDefined();
  expect(lane.getByText('Wait: not needed')).toBeDefined();
  expect(within(laneOf('eu-west-1')).getByText(/starts/).textContent).toMatch(/in 8.s/);
});

test('the gate shows each metric against its limits, on how much, and beside the baseline', () => {
  showPipeline(soakingDeployment);
  const errors = within(screen.getByRole('row', { name: /^Errors, reads/ }));
  expect(errors.getByText('0.02')).toBeDefined();
  expect(errors.getByText('4,820')).toBeDefined();
  expect(errors.getByText('at most 0.07 %')).toBeDefined();
  expect(errors.getByText('pass')).toBeDefined();
  expect(within(screen.getByRole('row', { name: /^Processor/ })).getByText(/holds only/)).toBeDefined();
});

test('the soak counts in real time and says what it stands for', () => {
  showPipeline(soakingDeployment);
  expect(screen.getByText('0:12')).toBeDefined();
  expect(screen.getByText(/Stands for 12 min of 30 min/)).toBeDefined();
  cleanup();
  showPipeline(soakingDeployment, ago(-6));
  expect(screen.getByText('0:18')).toBeDefined();
});

test('a hold names its metric, and the time that is over', () => {
  showPipeline(heldDeployment);
  expect(screen.getByText('holds: p95 of reads is 231 ms, passes below 200 ms')).toBeDefined();
  expect(screen.getByText(/Its time was over 0:11 ago/)).toBeDefined();
  expect(within(screen.getByRole('row', { name: /^p95, reads/ })).getByText('hold')).toBeDefined();
});

test('what is not measured is unknown, never a pass', () => {
  showPipeline(thinDeployment);
  expect(within(screen.getByRole('row', { name: /^Processor/ })).getByText('unknown')).toBeDefined();
  expect(screen.queryByText('pass')).toBeNull();
});

test('who may not skip the soak reads which rule keeps them', () => {
  showPipeline(soakingDeployment);
  const skip = screen.getByRole('button', { name: 'Skip this soak' });
  expect(skip.getAttribute('aria-disabled')).toBe('true');
  expect(screen.getByText(/takes the grant of an approver/)).toBeDefined();
});

test('a rollback by a gate says which, on what, what stands again, and what the pods said', () => {
  showPipeline(rolledBackDeployment);
  expect(screen.getByText(/by the gate of eu-west-1: errors, reads/)).toBeDefined();
  expect(screen.getByText(/in every Region after 0:02/)).toBeDefined();
  expect(screen.getByText(/until a person clears it/)).toBeDefined();
  expect(screen.getByText(/CrashLoopBackOff/)).toBeDefined();
  expect(screen.getByText(/too many errors in a row/)).toBeDefined();
});

test('the gate of another Region can be looked at', () => {
  showPipeline(rolledBackDeployment);
  expect(screen.getByRole('heading', { name: 'Gate of eu-west-1' })).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'us-east-1' }));
  expect(screen.getByRole('heading', { name: 'Gate of us-east-1' })).toBeDefined();
});

test('a request that waits shows its lanes and no gate', () => {
  showPipeline(waitingDeployment);
  expect(laneOf('ap-southeast-1')).toBeDefined();
  expect(screen.queryByText(/^Gate/)).toBeNull();
});

test('what each Region was served is told in words too', () => {
  showPipeline(rolledBackDeployment);
  expect(
    screen.getByRole('img', { name: /^eu-west-1: v2.0.0 for .*, then v2.1.0 for 0:20, then v2.0.0 now/ }),
  ).toBeDefined();
});

test('a finished deployment has no soak left to skip', () => {
  showPipeline(doneDeployment);
  expect(screen.queryByRole('button', { name: 'Skip this soak' })).toBeNull();
});

/* ---------- rolling back ---------- */

function showRollback(actions: Partial<RollbackActions> = {}, offer = rollbackOffer) {
  const all: RollbackActions = {
    preview: vi.fn(async () => ({ ok: true as const, preview: rollbackPreview })),
    rollBack: vi.fn(async () => ({ ok: true as const, href: '/operations/OP-1063' as never })),
    ...actions,
  };
  const onClose = vi.fn();
  show(<RollbackSheet offer={offer} actions={all} onClose={onClose} />);
  return { ...all, onClose };
}

test('one confirmation rolls back all Regions, before the preview has answered', async () => {
  const { rollBack } = showRollback({ preview: () => new Promise(() => undefined) });
  fireEvent.click(screen.getByRole('button', { name: /Roll back 3.Regions to v2\.0\.0/ }));
  await waitFor(() =>
    expect(rollBack).toHaveBeenCalledWith(rollbackOffer, {
      regions: ['us-east-1', 'eu-west-1', 'ap-southeast-1'],
      reason: '',
      digest: null,
    }),
  );
  await waitFor(() => expect(push).toHaveBeenCalledWith('/operations/OP-1063'));
});

test('it says what each Region goes back to, and where that takes longer', async () => {
  showRollback();
  expect(await screen.findByText('24 pods of v2.0.0 stand ready')).toBeDefined();
  expect(screen.getByText(/scaled to 0: starts 9 pods first/)).toBeDefined();
  expect(screen.getByText(/No freeze holds it but one/)).toBeDefined();
});

test('one Region by choice, and the button says so', async () => {
  const { preview } = showRollback();
  fireEvent.click(screen.getByRole('checkbox', { name: 'us-east-1' }));
  fireEvent.click(screen.getByRole('checkbox', { name: 'ap-southeast-1' }));
  expect(screen.getByRole('button', { name: 'Roll back eu-west-1 to v2.0.0' })).toBeDefined();
  expect(screen.getByText('stays on v2.1.0', { selector: 'tr:first-child td' })).toBeDefined();
  await waitFor(() => expect(preview).toHaveBeenLastCalledWith(rollbackOffer, ['eu-west-1']));
});

test('past a contract migration it is refused, and says the way out', async () => {
  const { rollBack } = showRollback({ preview: async () => refusedRollback });
  const button = await screen.findByRole('button', {
    name: /Roll back 3.Regions/,
    description: /is a new release/,
  });
  fireEvent.click(button);
  expect(rollBack).not.toHaveBeenCalled();
});

test('a refusal of the server stands in the sheet, and the sheet stays', async () => {
  const { onClose } = showRollback({
    rollBack: async () => ({ ok: false, code: 'known-bad', message: 'v2.0.0 was found to be bad.' }),
  });
  fireEvent.click(screen.getByRole('button', { name: /Roll back 3.Regions/ }));
  expect(await screen.findByText(/v2.0.0 was found to be bad/)).toBeDefined();
  expect(onClose).not.toHaveBeenCalled();
});

test('a running deployment is turned round as a whole', () => {
  showRollback({}, runningOffer);
  expect(screen.getByRole('checkbox', { name: 'us-east-1' }).hasAttribute('disabled')).toBe(true);
  expect(screen.getByText(/turned round as a whole/)).toBeDefined();
});

/* ---------- asking for one ---------- */

function showDeploy(model = deployRequest) {
  const actions = {
    preview: vi.fn(async () => ({ ok: true as const, preview: deployPreview })),
    request: vi.fn(async (): Promise<ActionResult> => ({ ok: true, href: '/operations/OP-1064' as never })),
  };
  show(<DeploySheet model={model} actions={actions} />);
  return actions;
}

test('a deployment is asked for with its digest, once there is a reason', async () => {
  const { request } = showDeploy();
  expect(await screen.findByText('24, and 48 for 2 h')).toBeDefined();
  const button = () => screen.getByRole('button', { name: 'Request approval' });
  expect(button().getAttribute('aria-disabled')).toBe('true');
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: 'The new search.' } });
  fireEvent.click(button());
  await waitFor(() =>
    expect(request).toHaveBeenCalledWith(
      expect.objectContaining({ version: 'v2.1.0', soakMinutes: 30 }),
      'The new search.',
      deployPreview.digest,
    ),
  );
});

test('the recommended order is one click, with its reason', async () => {
  const { preview } = showDeploy();
  expect(screen.getByText(/what is wrong shows where it harms the fewest/)).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Smallest first' }));
  await waitFor(() =>
    expect(preview).toHaveBeenLastCalledWith(
      expect.objectContaining({ regions: ['ap-southeast-1', 'eu-west-1', 'us-east-1'] }),
    ),
  );
  fireEvent.click(screen.getByRole('button', { name: 'ap-southeast-1 later' }));
  expect(screen.getByRole('button', { name: 'Own' }).getAttribute('aria-pressed')).toBe('true');
});

test('a release that staging has not proven says why, before anything is previewed', () => {
  const { preview } = showDeploy(unprovenRequest);
  expect(screen.getByLabelText(/^Why without staging/)).toBeDefined();
  expect(screen.getAllByText(/was not proven in staging: write why/).length).toBeGreaterThan(0);
  expect(preview).not.toHaveBeenCalled();
});

test('a time is given in UTC', async () => {
  const { preview } = showDeploy();
  fireEvent.click(screen.getByRole('button', { name: 'At a time' }));
  fireEvent.change(screen.getByLabelText('Day and time, UTC'), { target: { value: '2026-11-24T02:00' } });
  await waitFor(() =>
    expect(preview).toHaveBeenLastCalledWith(
      expect.objectContaining({ schedule: { kind: 'at', at: '2026-11-24T02:00:00Z' } }),
    ),
  );
});
