import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { ConsoleShell } from '#components/shell/console-shell.tsx';
import { LiveUpdates } from '#components/shell/live-updates.tsx';
import { auditedRead } from '#lib/web/refused-reads.ts';
import { pageContext } from '#lib/web/session.ts';
import { environmentOf } from './_models/query.ts';
import { shellModel } from './_models/shell.ts';
import { changePasswordAction } from './account-actions.ts';
import { abortAction, pauseAction, resumeAction, signOutAction } from './actions.ts';
import { previewRollbackAction, rollBackAction } from './deployment-actions.ts';

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const address = new URL((await headers()).get('x-meridian-address') ?? '/', 'http://console');
  const context = await pageContext();
  const environment = environmentOf(Object.fromEntries(address.searchParams), context.estate);
  const shell = await auditedRead(context, areaOf(address), () => shellModel(context, environment));
  return (
    <ConsoleShell
      shell={shell}
      actions={{
        pause: pauseAction,
        resume: resumeAction,
        abort: abortAction,
        signOut: signOutAction,
        changePassword: changePasswordAction,
        rollback: { preview: previewRollbackAction, rollBack: rollBackAction },
      }}
    >
      <LiveUpdates />
      {children}
    </ConsoleShell>
  );
}

/** The part of the console, as the log names what somebody was not shown: `/operations`. */
function areaOf({ pathname }: URL): string {
  return /^\/[a-z-]{0,40}/.exec(pathname)?.[0] ?? '/';
}
