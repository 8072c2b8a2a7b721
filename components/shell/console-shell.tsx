import { type ReactNode, Suspense } from 'react';
import type { RollbackActions } from '#components/deployments/pipeline-rollback-model.ts';
import { ClockProvider } from '#components/ui/clock.tsx';
import { Toaster } from '#components/ui/toaster.tsx';
import type { ShellModel } from './model.ts';
import { Notices } from './notices.tsx';
import { type OperationActions, OperationBar } from './operation-bar.tsx';
import { Overlays } from './overlays.tsx';
import type { ChangePassword } from './password-sheet.tsx';
import { PhoneTabs, Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

interface ConsoleShellProps {
  shell: ShellModel;
  actions: OperationActions & {
    signOut: () => Promise<void>;
    changePassword: ChangePassword;
    rollback?: RollbackActions;
  };
  /** Stops the clock, for screenshots. */
  frozen?: boolean;
  children: ReactNode;
}

/** Top bar, rail, operation bar, page. Order of focus: operation bar, page actions, content. */
export function ConsoleShell({ shell, actions, frozen = false, children }: ConsoleShellProps) {
  return (
    <ClockProvider at={shell.at} frozen={frozen}>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="shell">
        <TopBar
          environment={shell.environment}
          home={shell.home}
          person={shell.person}
          signOut={actions.signOut}
        />
        <Rail counts={shell.counts} current={shell.current} />
        <OperationBar operation={shell.operation} actions={actions} />
        <main id="main" tabIndex={-1}>
          <Notices notices={shell.notices ?? []} />
          <Suspense>{children}</Suspense>
        </main>
      </div>
      <PhoneTabs current={shell.current} />
      <Overlays
        palette={shell.palette}
        password={
          shell.person.password.kept === 'here'
            ? { email: shell.person.email, change: actions.changePassword }
            : null
        }
        rollback={
          shell.rollback === undefined || actions.rollback === undefined
            ? null
            : { offer: shell.rollback, actions: actions.rollback }
        }
      />
      <Toaster />
    </ClockProvider>
  );
}
