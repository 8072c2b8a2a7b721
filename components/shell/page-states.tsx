import Link from 'next/link';
import type { ReactNode } from 'react';
import type { Status } from '#components/ui/model.ts';
import { Retry } from '#components/ui/retry.tsx';
import { Loading } from '#components/ui/states.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { routes } from '#lib/routes.ts';

function PageState({ status, title, children }: { status: Status; title: string; children: ReactNode }) {
  return (
    <div className="page-state">
      <h1>
        <StatusShape status={status} label={status} />
        {title}
      </h1>
      {children}
    </div>
  );
}

/** While a page is read: quiet lines where its answer and its first list will stand. */
export function LoadingPage() {
  return (
    <>
      <div className="head">
        <div>
          <Loading rows={2} label="Loading the page" />
        </div>
      </div>
      <div className="pad">
        <Loading rows={6} label="Loading the list" />
      </div>
    </>
  );
}

/** The page failed; the shell, and Abort in it, still work. */
export function ErrorPage({ digest, onRetry }: { digest?: string; onRetry?: () => void }) {
  return (
    <PageState status="critical" title="This page could not be shown.">
      <p>
        The console failed while reading it. Nothing was changed by that, and what runs keeps running; the
        operation bar above still works. Try again; if it stays, look for the number below in the console’s
        log.
      </p>
      <div className="inline">
        <Retry onRetry={onRetry} />
        {digest === undefined ? null : <span className="mono small muted">{digest}</span>}
      </div>
    </PageState>
  );
}

export function MissingPage() {
  return (
    <PageState status="unknown" title="There is nothing at this address.">
      <p>
        The operation, Region or page it names does not exist in this environment. Operations are kept for
        ever, so it was never here.
      </p>
      <Link className="btn" href={routes.overview()}>
        Go to the overview
      </Link>
    </PageState>
  );
}
