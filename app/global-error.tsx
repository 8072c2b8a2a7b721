'use client';

import './styles/tokens.css';
import './styles/app.css';
import './styles/console.css';

/** The layout itself failed: no theme, no shell, no router. Words, and a way to load again. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <main className="page-state">
          <h1>Meridian could not be shown.</h1>
          <p>
            The console failed before any page was read. Operations keep running on the workers. If it stays,
            follow them with <code>npm run meridian -- operation list</code> and look for the number below in
            the console’s log.
          </p>
          <div className="inline">
            <button type="button" className="btn" onClick={() => location.reload()}>
              Load again
            </button>
            {error.digest === undefined ? null : <span className="mono small muted">{error.digest}</span>}
          </div>
        </main>
      </body>
    </html>
  );
}
