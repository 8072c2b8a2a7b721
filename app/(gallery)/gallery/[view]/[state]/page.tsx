import { notFound } from 'next/navigation';
import { galleryDone, galleryRollback, gallerySignOut } from '#components/gallery/actions.ts';
import { GalleryLive } from '#components/gallery/gallery-live.tsx';
import { GALLERY } from '#components/gallery/registry.tsx';
import { ConsoleShell } from '#components/shell/console-shell.tsx';

/** Every view in every state, from fixtures. Exists only where MERIDIAN_GALLERY=1. */
export default async function GalleryPage({ params }: { params: Promise<{ view: string; state: string }> }) {
  if (process.env.MERIDIAN_GALLERY !== '1') notFound();
  const { view, state } = await params;
  const entry = GALLERY[view];
  const specimen = entry?.states[state];
  if (specimen === undefined) notFound();
  if (specimen.shell === null) return specimen.render();
  const actions = {
    pause: galleryDone,
    resume: galleryDone,
    abort: galleryDone,
    signOut: gallerySignOut,
    changePassword: galleryDone,
    rollback: { preview: galleryRollback, rollBack: galleryDone },
  };
  return (
    <ConsoleShell
      shell={{ ...specimen.shell, ...(entry?.area === undefined ? {} : { current: entry.area }) }}
      actions={actions}
      frozen
    >
      <GalleryLive />
      {specimen.render()}
    </ConsoleShell>
  );
}
