import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { CellHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { CheckDetail } from './model.ts';

/** One cell of the matrix: what was measured, the fact it rests on, and the operation that closes it. */
export function CheckPanel({ detail }: { detail: CheckDetail }) {
  const { evidence, finding, operation, remedy, source } = detail;
  return (
    <div className="check-panel">
      <CellHead
        title={detail.title}
        right={<Age at={detail.at} withinSeconds={detail.withinSeconds} verb="judged" />}
      />
      <p>
        <StatusWord status={detail.status}>{detail.word}</StatusWord>
      </p>
      <p>
        <Prose text={detail.message} />
      </p>
      {evidence.length === 0 ? null : (
        <div>
          <h3>Judged from</h3>
          <CheckList checks={evidence} />
        </div>
      )}
      {source === null ? null : (
        <div>
          <h3>
            Rests on <span className="mono">{source.row}</span>
          </h3>
          <blockquote className="said">
            {source.statement}
            {source.line === null ? null : <cite>strategy document, {source.line}</cite>}
          </blockquote>
        </div>
      )}
      {remedy === null ? null : (
        <div>
          <h3>What closes it</h3>
          <p className="soft">
            <Prose text={remedy} />
          </p>
        </div>
      )}
      {operation === null && finding === null ? null : (
        <div className="inline">
          {operation === null ? null : (
            <ButtonLink href={operation.href} scroll={false} reason={reasonOf(operation.permission)}>
              {operation.label}
            </ButtonLink>
          )}
          {finding === null ? null : (
            <Link className="link small" href={finding.href}>
              Finding {finding.id}
            </Link>
          )}
        </div>
      )}
    </div>
  );
}
