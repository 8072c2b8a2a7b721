'use client';

import { CheckList } from './check-list.tsx';
import type { Check } from './model.ts';

interface AcceptListProps {
  checks: readonly (Check & { accept?: string })[];
  accepted: readonly string[];
  onAccept: (accepted: readonly string[]) => void;
}

/** Part 2 of a dangerous act: the checks, and what the requester must accept by tick. */
export function AcceptList({ checks, accepted, onAccept }: AcceptListProps) {
  return (
    <>
      <CheckList checks={checks} />
      {checks.map((check) =>
        check.accept === undefined ? null : (
          <label key={check.id} className="check small accept">
            <input
              type="checkbox"
              checked={accepted.includes(check.id)}
              onChange={(event) =>
                onAccept(
                  event.target.checked ? [...accepted, check.id] : accepted.filter((id) => id !== check.id),
                )
              }
            />
            {check.accept}
          </label>
        ),
      )}
    </>
  );
}
