import Link from 'next/link';
import { LazyRequestSheet } from '#components/recovery/lazy-request-sheet.tsx';
import type { RequestActions } from '#components/recovery/request-model.ts';
import { requestKey } from '#components/recovery/request-rules.ts';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { CheckList } from '#components/ui/check-list.tsx';
import { CellHead, Cells, PageHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { NetworkModel, PathDetail } from './model.ts';
import { PathTable } from './path-table.tsx';

/** Who reaches whom, in both directions; what is absent is the risk. */
export function NetworkView({
  network,
  actions,
}: {
  network: NetworkModel;
  /** Needed where a sheet may stand open. */
  actions?: RequestActions;
}) {
  const { chosen, request } = network;
  return (
    <>
      <PageHead status={network.status} answer={network.answer} detail={network.detail} />
      <Cells columns="minmax(0,1fr) 404px">
        <div className="flat">
          <CellHead padded title="Ways" note="row: from; column: to" />
          {network.matrix.regions.length < 2 ? (
            <div className="pad">
              <Empty title="There is one Region.">A way leads from one Region to another.</Empty>
            </div>
          ) : (
            <PathTable matrix={network.matrix} chosen={chosen} />
          )}
        </div>
        <div>
          {chosen === null ? (
            <Empty title="Every way is open.">
              Choose a pair: its peering and its routes both ways stand here.
            </Empty>
          ) : (
            <Path path={chosen} />
          )}
        </div>
      </Cells>
      {request === null || actions === undefined ? null : (
        <LazyRequestSheet
          key={requestKey(request)}
          model={request}
          actions={actions}
          closeHref={network.closeHref}
        />
      )}
    </>
  );
}

function Path({ path }: { path: PathDetail }) {
  const { carries, connect, finding, operation } = path;
  return (
    <div className="check-panel">
      <CellHead
        title={`${path.from} to ${path.to}`}
        note={<StatusWord status={path.status}>{path.word}</StatusWord>}
        right={<Age at={path.at} withinSeconds={path.withinSeconds} verb="observed" />}
      />
      <p>
        <Prose text={path.message} />
      </p>
      <CheckList checks={path.checks} />
      {carries.length === 0 ? null : (
        <div>
          <h3>Goes this way, or would</h3>
          <ul className="small soft">
            {carries.map((line) => (
              <li key={line}>
                <Prose text={line} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {operation === null ? null : (
        <div>
          <h3>Operation</h3>
          <p className="small">
            <Link className="link" href={operation.href}>
              {operation.id}
            </Link>{' '}
            {operation.title}: <StatusWord status={operation.status}>{operation.word}</StatusWord>{' '}
            <Age at={operation.at} />
          </p>
        </div>
      )}
      {finding === null ? null : (
        <div>
          <h3>What the strategy says</h3>
          <p className="small soft">
            {finding.says === null ? null : (
              <>
                “<span className="mono">{finding.says.text}</span>” ({finding.says.line}).{' '}
              </>
            )}
            <Link className="link" href={finding.href}>
              Finding {finding.id}
            </Link>
          </p>
        </div>
      )}
      {connect === null ? null : (
        <div className="inline">
          <ButtonLink tone="primary" href={connect.href} scroll={false} reason={reasonOf(connect.permission)}>
            {connect.label}
          </ButtonLink>
        </div>
      )}
    </div>
  );
}
