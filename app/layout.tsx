import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import { connection } from 'next/server';
import { ThemeProvider } from 'next-themes';
import type { ReactNode } from 'react';
import './styles/tokens.css';
import './styles/app.css';
import './styles/console.css';
import './styles/recovery.css';
import './styles/pipeline.css';
import './styles/deployments.css';
import './styles/freezes.css';
import 'uplot/dist/uPlot.min.css';

export const metadata: Metadata = {
  title: { default: 'Meridian', template: '%s · Meridian' },
  description: 'Operations of one application in several AWS Regions.',
  icons: { icon: '/icon.svg' },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default async function RootLayout({ children }: { children: ReactNode }) {
  // A prerendered page cannot carry this request's nonce, and without it the browser runs none of its scripts.
  await connection();
  const nonce = (await headers()).get('x-nonce') ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <ThemeProvider
          attribute="data-theme"
          defaultTheme="system"
          disableTransitionOnChange={false}
          nonce={nonce}
        >
          {children}
        </ThemeProvider>
      </body>
    </html>
  );
}
