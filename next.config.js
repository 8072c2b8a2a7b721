const securityHeaders = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=(), payment=(), usb=()' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  // Browsers ignore it over http, so the loopback address is not locked out.
  { key: 'Strict-Transport-Security', value: 'max-age=31536000' },
];

/** @type {import('next').NextConfig} */
const config = {
  reactCompiler: true,
  typedRoutes: true,
  poweredByHeader: false,
  // `npm test` checks the types of the whole tree; a start builds without doing that again.
  typescript: { ignoreBuildErrors: true },
  // The engine, the database driver and native modules must not be bundled.
  serverExternalPackages: ['@dbos-inc/dbos-sdk', 'pg', 'pino', '@node-rs/argon2'],
  experimental: { optimizePackageImports: ['radix-ui'] },
  headers: async () => [
    { source: '/(.*)', headers: securityHeaders },
    {
      source: '/api/(.*)',
      headers: [{ key: 'Content-Security-Policy', value: "default-src 'none'; frame-ancestors 'none'" }],
    },
    { source: '/world.svg', headers: [{ key: 'Cache-Control', value: 'public, max-age=86400' }] },
  ],
  // What a browser asks for where a page names no icon: a plain answer, an error before the head.
  rewrites: async () => [{ source: '/favicon.ico', destination: '/icon.svg' }],
};

export default config;
