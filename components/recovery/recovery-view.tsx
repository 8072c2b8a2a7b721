import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { plural } from '#components/ui/format.ts';
import { PageHead } from '#components/ui/layout.tsx';
import { reasonOf, type Section } from '#components/ui/model.ts';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { ProblemState } from '#components/ui/states.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { DrillsTab } from './drills-tab.tsx';
import { LazyRequestSheet } from './lazy-request-sheet.tsx';
import type { RecoveryActions, RecoveryContent, RecoveryModel } from './model.ts';
import { NowTab } from './now-tab.tsx';
import { PlansTab } from './plans-tab.tsx';
import { ReadinessTab } from './readiness-tab.tsx';
import { ReportsTab } from './reports-tab.tsx';
import type { RequestActions } from './request-model.ts';
import { requestKey } from './request-rules.ts';
import { RunbookTab } from './runbook-tab.tsx';

interface RecoveryProps {
  recovery: RecoveryModel;
  actions: RecoveryActions & RequestActions;
}

/** What fails, what can be done, how ready we are, and when that was last proven. */
export function RecoveryView({ recovery, actions }: RecoveryProps) {
  const { decide, findings, request } = recovery;
  return (
    <>
      <PageHead
        status={recovery.status}
        answer={recovery.answer}
        detail={recovery.detail}
        actions={
          decide === null ? undefined : (
            <ButtonLink tone="danger-solid" href={decide.href} reason={reasonOf(decide.permission)}>
              {decide.label}
            </ButtonLink>
          )
        }
      />
      <div className="filters tabs-bar">
        <LinkTabs label="Part of recovery" items={recovery.tabs} />
        <span className="counts inline small">
          <Link className="link inline" href={findings.href}>
            {findings.open === 0 ? null : <StatusShape status={findings.status} label={findings.status} />}
            {findings.open === 0 ? 'No open finding' : plural(findings.open, 'open finding')}
          </Link>
          <Age
            at={recovery.evaluatedAt}
            withinSeconds={recovery.evaluatedWithinSeconds}
            verb="evaluated"
            explain
          />
        </span>
      </div>
      <Content content={recovery.content} actions={actions} />
      {request === null ? null : (
        <LazyRequestSheet
          key={requestKey(request)}
          model={request}
          actions={actions}
          closeHref={recovery.closeHref}
        />
      )}
    </>
  );
}

function Content({ content, actions }: { content: RecoveryContent; actions: RecoveryActions }) {
  switch (content.tab) {
    case 'now':
      return <Part section={content.section}>{(now) => <NowTab now={now} />}</Part>;
    case 'readiness':
      return <Part section={content.section}>{(readiness) => <ReadinessTab readiness={readiness} />}</Part>;
    case 'plans':
      return <Part section={content.section}>{(plans) => <PlansTab plans={plans} />}</Part>;
    case 'runbook':
      return <Part section={content.section}>{(runbook) => <RunbookTab runbook={runbook} />}</Part>;
    case 'drills':
      return (
        <Part section={content.section}>{(drills) => <DrillsTab drills={drills} actions={actions} />}</Part>
      );
    case 'reports':
      return <Part section={content.section}>{(reports) => <ReportsTab reports={reports} />}</Part>;
  }
}

function Part<T>({ section, children }: { section: Section<T>; children: (value: T) => React.ReactNode }) {
  return section.ok ? (
    children(section.value)
  ) : (
    <div className="pad">
      <ProblemState problem={section.problem} />
    </div>
  );
}
