import type { ReactNode } from 'react';

const NAMES = ['What will change', 'What could go wrong', 'Who must agree'] as const;

function Part({ number, right, children }: { number: 1 | 2 | 3; right?: ReactNode; children: ReactNode }) {
  return (
    <section className="part">
      <h2>
        <span className="n">{number}</span>
        {NAMES[number - 1]}
        {right === undefined ? null : <span className="right">{right}</span>}
      </h2>
      {children}
    </section>
  );
}

interface ActPart {
  right?: ReactNode;
  content: ReactNode;
}

/** Every dangerous act shows the same three parts, in this order, under these names. */
export function ActParts({
  change,
  risk,
  agreement,
}: {
  change: ActPart;
  risk: ActPart;
  agreement: ActPart;
}) {
  return (
    <>
      <Part number={1} right={change.right}>
        {change.content}
      </Part>
      <Part number={2} right={risk.right}>
        {risk.content}
      </Part>
      <Part number={3} right={agreement.right}>
        {agreement.content}
      </Part>
    </>
  );
}
