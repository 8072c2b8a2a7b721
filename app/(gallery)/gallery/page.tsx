import Link from 'next/link';
import { notFound } from 'next/navigation';
import { GALLERY } from '#components/gallery/registry.tsx';
import { routes } from '#lib/routes.ts';

export default function GalleryIndex() {
  if (process.env.MERIDIAN_GALLERY !== '1') notFound();
  return (
    <main className="pad">
      <h1>Gallery</h1>
      {Object.entries(GALLERY).map(([view, { states }]) => (
        <section key={view} className="spaced">
          <h2>{view}</h2>
          <p className="inline">
            {Object.keys(states).map((state) => (
              <Link key={state} className="link" href={routes.gallery(view, state)}>
                {state}
              </Link>
            ))}
          </p>
        </section>
      ))}
    </main>
  );
}
