'use client';

import { RequestFooter, RequestParts, useRequestForm } from './request-form.tsx';
import type { RequestActions, RequestModel } from './request-model.ts';

/** The request of the chosen way, docked beside the facts it is decided on. */
export function DecideSheet({ model, actions }: { model: RequestModel; actions: RequestActions }) {
  const form = useRequestForm(model, actions);
  return (
    <aside className="sheet" aria-label={model.title}>
      <div className="sheet-h">
        <h2>{model.title}</h2>
        <span className="muted small">{model.note}</span>
      </div>
      <RequestParts model={model} form={form} />
      <div className="sheet-f two">
        <RequestFooter model={model} form={form} />
      </div>
    </aside>
  );
}
