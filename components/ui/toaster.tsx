'use client';

import Link from 'next/link';
import { useEffect, useSyncExternalStore } from 'react';
import { StatusShape } from './status.tsx';
import { dismissToast, noToasts, type Toast, toastStore } from './toast-store.ts';

const SHOWN_MS = 8000;

/**
 * The toasts of the console. sonner is not used: it inserts a style element without a nonce as soon as it is
 * loaded, which the content security policy refuses and reports.
 */
export function Toaster() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.read, noToasts);
  return (
    <section className="toasts" aria-live="polite" aria-label="Messages">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  useEffect(() => {
    // A failure stays until it is dismissed.
    if (toast.status === 'critical') return;
    const timer = setTimeout(() => dismissToast(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div className="toast" role={toast.status === 'critical' ? 'alert' : 'status'}>
      <StatusShape status={toast.status} label={toast.status} />
      <div>
        <b>{toast.title}</b> {toast.text}
        {toast.link === undefined ? null : (
          <div>
            <Link className="link" href={toast.link.href}>
              {toast.link.label}
            </Link>
          </div>
        )}
      </div>
      <button type="button" className="close" onClick={() => dismissToast(toast.id)}>
        Dismiss
      </button>
    </div>
  );
}
