import { describe, expect, it } from 'vitest';
import { canonicalName, isWithin, parentName, reversedLabels } from './dns-name.ts';

describe('canonicalName', () => {
  it.each([
    ['WWW.Example.com', 'www.example.com.'],
    ['www.example.com.', 'www.example.com.'],
    ['*.example.com', '\\052.example.com.'],
    ['\\052.example.com', '\\052.example.com.'],
    ['_dmarc.example.com', '_dmarc.example.com.'],
    ['a b.example.com', 'a\\040b.example.com.'],
    ['\\141.example.com', 'a.example.com.'],
    ['ü.example.com', '\\303\\274.example.com.'],
    ['.', '.'],
  ])('%s is %s', (text, expected) => expect(canonicalName(text)).toBe(expected));

  it.each([
    'a..b',
    `${'x'.repeat(64)}.example.com`,
    Array.from({ length: 90 }, () => 'abc').join('.'),
    'bad\\escape.example.com',
  ])('refuses %s', (text) => expect(canonicalName(text)).toBeUndefined());

  it('is stable: the canonical form of a canonical form is itself', () => {
    const once = canonicalName('*.Ü x.example.com') ?? '';
    expect(canonicalName(once)).toBe(once);
  });
});

describe('relations', () => {
  it('a name is within its own zone and those above, label by label', () => {
    expect(isWithin('www.example.com.', 'example.com.')).toBe(true);
    expect(isWithin('example.com.', 'example.com.')).toBe(true);
    expect(isWithin('notexample.com.', 'example.com.')).toBe(false);
  });

  it('parents end at the root', () => {
    expect(parentName('www.example.com.')).toBe('example.com.');
    expect(parentName('com.')).toBe('.');
    expect(parentName('.')).toBe('.');
  });

  it('reverses labels with the dot last, as Route 53 sorts', () => {
    expect(reversedLabels('www.example.com.')).toBe('com.example.www.');
  });
});
