import path from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// No test may reach an estate of the person who runs it.
for (const name of Object.keys(process.env)) {
  if (/^(AWS_|KUBECONFIG$|PG(?!_)|DATABASE_URL$|MERIDIAN_)/.test(name)) delete process.env[name];
}
const noAws = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

interface Kind {
  name: string;
  include: string[];
  testTimeout: number;
  /** Files run at a time. Kinds whose files keep both cores busy with processes of their own run file by file. */
  files: number;
  environment?: 'node' | 'jsdom';
  /** Starts once, before the first file of the kind, what its files share. */
  globalSetup?: string;
  /** Runs in each file of the kind, before it. */
  setup?: string;
  /** Files that follow each other in a process share what they import, and leave nothing else behind. */
  shareModules?: boolean;
  /** Tries of a failed test: real processes and real clocks on a machine that others load. A second failure counts. */
  retry?: number;
}

const kinds: Kind[] = [
  {
    name: 'unit',
    include: [
      '{bench,lib,lab,launch,worker,cli,components,app}/**/*.test.ts',
      'test/*.test.ts',
      'test/unit/**/*.test.ts',
    ],
    testTimeout: 10_000,
    files: 2,
    shareModules: true,
  },
  {
    name: 'components',
    include: ['{components,app}/**/*.test.tsx', 'test/unit/**/*.test.tsx'],
    testTimeout: 10_000,
    files: 2,
    environment: 'jsdom',
    setup: 'test/patient-components.ts',
  },
  {
    name: 'service',
    include: ['test/service/*.test.ts'],
    testTimeout: 60_000,
    files: 2,
    globalSetup: 'test/service/server.ts',
    shareModules: true,
  },
  // Of what a process has once (its environment, its database, a module that is replaced): each in a process of its own.
  {
    name: 'service-alone',
    include: ['test/service/alone/*.test.ts'],
    testTimeout: 60_000,
    files: 2,
    globalSetup: 'test/service/server.ts',
  },
  {
    name: 'engine',
    include: ['test/engine/**/*.test.ts'],
    testTimeout: 120_000,
    files: 1,
    globalSetup: 'test/engine/template.ts',
    retry: 1,
  },
  // An estate mostly waits for its own clocks, so three of them fit on two cores.
  {
    name: 'lab',
    include: ['test/lab/**/*.test.ts'],
    testTimeout: 60_000,
    files: 3,
    globalSetup: 'test/lab/template.ts',
    shareModules: true,
    retry: 1,
  },
  { name: 'launch', include: ['test/launch/**/*.test.ts'], testTimeout: 30_000, files: 1, retry: 1 },
  {
    name: 'web',
    include: ['test/web/**/*.test.ts'],
    testTimeout: 30_000,
    files: 1,
    globalSetup: 'test/service/server.ts',
    retry: 1,
  },
];

function project(kind: Kind): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: kind.name,
      include: kind.include,
      environment: kind.environment ?? 'node',
      testTimeout: kind.testTimeout,
      hookTimeout: Math.max(kind.testTimeout, 60_000),
      maxWorkers: kind.files,
      retry: kind.retry ?? 0,
      isolate: !kind.shareModules,
      // Nothing that one file has set is left to the next.
      ...(kind.shareModules ? { unstubEnvs: true, unstubGlobals: true } : {}),
      ...(kind.setup ? { setupFiles: [kind.setup] } : {}),
      ...(kind.globalSetup ? { globalSetup: [kind.globalSetup] } : {}),
    },
  };
}

export default defineConfig({
  resolve: {
    // Outside Next the marker throws; tests of lib/web run in plain Node.
    alias: { 'server-only': path.join(import.meta.dirname, 'node_modules/server-only/empty.js') },
  },
  test: {
    env: noAws,
    projects: kinds.map(project),
  },
});
