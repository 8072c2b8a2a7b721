'use client';

import { CheckList } from '#components/ui/check-list.tsx';
import type { Preview } from './model.ts';

interface RiskProps {
  preview: Preview;
  accepted: readonly string[];
  onAccept: (accepted: readonly string[]) => void;
}

/** Part 2: the checks, and what the requester must accept by tick. */
export function Risk({ preview, accepted, onAccept }: RiskProps) {
  return (
    <>
      <CheckList checks={preview.checks} />
      {preview.checks.map((check) =>
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
