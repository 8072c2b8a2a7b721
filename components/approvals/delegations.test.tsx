import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { ownHistory } from '#components/gallery/fixtures/approvals.ts';
import { NOW } from '#components/gallery/fixtures/base.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { Delegations } from './delegations.tsx';

afterEach(cleanup);

test('a delegation is revoked by who decides for whom', async () => {
  const { delegations } = ownHistory;
  if (delegations === null) throw new Error('the fixture has delegations');
  const revokeDelegation = vi.fn(async () => ({ ok: true as const }));
  render(
    <ClockProvider at={NOW} frozen>
      <Delegations
        delegations={delegations}
        actions={{ delegate: async () => ({ ok: true }), revokeDelegation }}
      />
    </ClockProvider>,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Revoke Ji-woo Han for Tomas Rehn' }));
  await waitFor(() => expect(revokeDelegation.mock.calls).toEqual([['d1']]));
});
