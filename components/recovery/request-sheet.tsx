'use client';

import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { Sheet } from '#components/ui/dialog.tsx';
import { RequestFooter, RequestParts, useRequestForm } from './request-form.tsx';
import type { RequestActions, RequestModel } from './request-model.ts';

interface RequestSheetProps {
  model: RequestModel;
  actions: RequestActions;
  /** Where closing leads: the page below, without the act in its address. */
  closeHref: Route;
}

/** One sheet for every recovery operation that is not decided on a page of its own. */
export function RequestSheet({ model, actions, closeHref }: RequestSheetProps) {
  const router = useRouter();
  const form = useRequestForm(model, actions);
  const close = () => router.push(closeHref, { scroll: false });
  return (
    <Sheet
      open
      onOpenChange={(open) => (open ? undefined : close())}
      title={model.title}
      note={model.note}
      stackedFooter
      footer={<RequestFooter model={model} form={form} onClose={close} />}
    >
      <RequestParts model={model} form={form} />
    </Sheet>
  );
}
