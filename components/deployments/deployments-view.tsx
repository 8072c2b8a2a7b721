import type { ReactNode } from 'react';
import { PageHead } from '#components/ui/layout.tsx';
import type { Section } from '#components/ui/model.ts';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { ProblemState } from '#components/ui/states.tsx';
import type { DeploymentsActions, DeploymentsContent, DeploymentsModel } from './model.ts';
import { NumbersTab } from './numbers-tab.tsx';
import { RegisterButton } from './register-button.tsx';
import { ReleasesTab } from './releases-tab.tsx';
import { RunsTab } from './runs-tab.tsx';
import { VersionsTab } from './versions-tab.tsx';

interface DeploymentsProps {
  deployments: DeploymentsModel;
  actions: DeploymentsActions;
  /** The page's own acts: deploy, roll back. */
  acts?: ReactNode;
}

/** What was deployed, what can be, what serves where, and how well it goes. */
export function DeploymentsView({ deployments, actions, acts }: DeploymentsProps) {
  return (
    <>
      <PageHead
        status={deployments.status}
        answer={deployments.answer}
        detail={deployments.detail}
        actions={
          <>
            <RegisterButton register={deployments.register} action={actions.register} />
            {acts}
          </>
        }
      />
      <div className="filters tabs-bar">
        <LinkTabs label="Part of deployments" items={deployments.tabs} />
        <span className="grow" />
        <Filters content={deployments.content} />
      </div>
      <Content content={deployments.content} />
    </>
  );
}

/** What the list is narrowed to, beside the tab that it belongs to. */
function Filters({ content }: { content: DeploymentsContent }) {
  if (!content.section.ok || !('filters' in content.section.value)) return null;
  return <LinkTabs label="Which of them" items={content.section.value.filters} />;
}

function Content({ content }: { content: DeploymentsContent }) {
  switch (content.tab) {
    case 'deployments':
      return <Part section={content.section}>{(runs) => <RunsTab runs={runs} />}</Part>;
    case 'releases':
      return <Part section={content.section}>{(releases) => <ReleasesTab releases={releases} />}</Part>;
    case 'versions':
      return <Part section={content.section}>{(versions) => <VersionsTab versions={versions} />}</Part>;
    case 'numbers':
      return <Part section={content.section}>{(numbers) => <NumbersTab numbers={numbers} />}</Part>;
  }
}

function Part<T>({ section, children }: { section: Section<T>; children: (value: T) => ReactNode }) {
  return section.ok ? (
    children(section.value)
  ) : (
    <div className="pad">
      <ProblemState problem={section.problem} />
    </div>
  );
}
