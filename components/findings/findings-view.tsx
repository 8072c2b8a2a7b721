import Link from 'next/link';
import { Age, Moment } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { CellHead, PageHead } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Note } from '#components/ui/note.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusShape, StatusWord } from '#components/ui/status.tsx';
import { DecideFinding } from './decide-finding.tsx';
import type { FindingActions, FindingDetail, FindingRow, FindingsModel } from './model.ts';

/** What the strategy says and AWS cannot do, as far as the estate still shows it. */
export function FindingsView({ findings, actions }: { findings: FindingsModel; actions: FindingActions }) {
  const { chosen } = findings;
  const back = findings.tabs.find(({ current }) => current);
  return (
    <>
      <PageHead
        status={findings.status}
        answer={findings.answer}
        detail={findings.detail}
        actions={<LinkTabs label="Which findings" items={findings.tabs} />}
      />
      <div className="grid-ap findings">
        <div className={chosen === null ? undefined : 'hide-phone'}>
          <div className="filters">
            <LinkTabs label="Severity" items={findings.severities} />
          </div>
          {findings.items.length === 0 ? (
            <div className="pad">
              <Empty title={findings.none.title}>{findings.none.text}</Empty>
            </div>
          ) : (
            <List items={findings.items} />
          )}
          {findings.newer === null && findings.older === null ? null : (
            <Pager summary={findings.summary} newer={findings.newer} older={findings.older} />
          )}
        </div>
        <div className="decide-wrap">
          {chosen === null ? (
            <div className="pad">
              <Empty title="No finding is open here.">
                Choose one at the left. J and K move, Enter opens.
              </Empty>
            </div>
          ) : (
            <>
              {back === undefined ? null : (
                <Link className="link only-phone back-link" href={back.href}>
                  All of them
                </Link>
              )}
              <Detail key={chosen.id} finding={chosen} actions={actions} />
            </>
          )}
        </div>
      </div>
    </>
  );
}

function List({ items }: { items: readonly FindingRow[] }) {
  return (
    <ul className="inbox">
      {items.map((item) => (
        <li key={item.id} className={item.selected ? 'sel' : undefined}>
          <Link href={item.href} data-row scroll={false} aria-current={item.selected ? 'true' : undefined}>
            <StatusShape status={item.status} label={item.status} />
            <div>
              <div className="t">
                <Prose text={item.title} />
              </div>
              <p>
                <Prose text={item.text} />
              </p>
            </div>
            <span className="age finding-end">
              <span className="mono">{item.id}</span>
              {item.at === null ? null : <Age at={item.at} />}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Detail({ finding, actions }: { finding: FindingDetail; actions: FindingActions }) {
  const { dismissed, operation, statement } = finding;
  return (
    <>
      <div className="request-h">
        <div className="spread">
          <h2>
            <Prose text={finding.title} />
          </h2>
          <span className="mono age">{finding.id}</span>
        </div>
        <p className="inline small">
          <StatusWord status={finding.status}>{finding.severity}</StatusWord>
          {finding.live ? (
            <Age at={finding.observedAt} withinSeconds={finding.withinSeconds} verb="observed" explain />
          ) : (
            <span className="age">by the document alone</span>
          )}
        </p>
        {dismissed === null ? null : (
          <div className="spaced">
            <Note status="held" title={`Dismissed by ${dismissed.who}.`}>
              <Moment at={dismissed.at} />: “{dismissed.reason}” It is watched all the same.
            </Note>
          </div>
        )}
      </div>
      <div className="finding-body">
        {statement === null ? null : (
          <section>
            <CellHead title="The strategy says" />
            <blockquote className="said">
              {statement.text}
              <cite>strategy document, {statement.line}</cite>
            </blockquote>
          </section>
        )}
        <section>
          <CellHead title="What is so" />
          <p>
            <Prose text={finding.reality} />
          </p>
        </section>
        {finding.affects.length === 0 ? null : (
          <section>
            <CellHead title="What it affects" />
            <ul className="links">
              {finding.affects.map(({ label, href }) => (
                <li key={label}>
                  <Link className="link" href={href}>
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        )}
        <section>
          <CellHead title="What closes it" />
          <p className="soft">
            <Prose text={finding.remedy} />
          </p>
          {operation === null ? null : (
            <div className="spaced">
              <ButtonLink href={operation.href} scroll={false} reason={reasonOf(operation.permission)}>
                {operation.label}
              </ButtonLink>
            </div>
          )}
        </section>
      </div>
      <DecideFinding finding={finding} actions={actions} />
    </>
  );
}
