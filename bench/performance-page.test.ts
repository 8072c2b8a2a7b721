import { expect, it } from 'vitest';
import { withSection } from './performance-page.ts';

const audit = { name: 'audit', title: 'The audit log' };
const idle = { name: 'idle', title: 'At rest' };

it('adds a section, and later replaces that one alone', () => {
  const both = withSection(withSection('# Performance\n', audit, 'first'), idle, 'still');
  expect(both).toBe('# Performance\n\n## The audit log (`audit`)\n\nfirst\n\n## At rest (`idle`)\n\nstill\n');
  expect(withSection(both, audit, 'second')).toBe(both.replace('first', 'second'));
  expect(withSection(both, idle, 'moved')).toBe(both.replace('still', 'moved'));
});
