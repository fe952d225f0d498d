import { describe, expect, it } from 'vitest';
import { failures } from '../../../scripts/failures.js';

const test = (status: string, title: string, ...failureMessages: string[]) => ({ status, title, fullName: `a route ${title}`, ancestorTitles: ['a route'], failureMessages });

describe('the end of a test run', () => {
  it('names each failed test with the first line of why', () => {
    const file = { name: '/home/us/test/unit/a.test.ts', status: 'failed', assertionResults: [test('failed', 'is kept', 'Error: it is not\n    at a.test.ts:3'), test('passed', 'is fast'), test('pending', 'is red')] };
    expect(failures('unit', { testResults: [file, { ...file, status: 'passed', assertionResults: [test('passed', 'is fast')] }] }, '/home/us')).toEqual(['unit: test/unit/a.test.ts > a route > is kept: Error: it is not']);
  });

  it('names a file whose tests never ran', () => {
    const file = { name: '/home/us/test/cli/b.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] };
    expect(failures('cli', { testResults: [file, { ...file, assertionResults: [test('skipped', 'is kept')] }] }, '/home/us')).toEqual(['cli: test/cli/b.test.ts: Cannot find module', 'cli: test/cli/b.test.ts: Cannot find module']);
  });

  it('does nothing to whoever shows it, and ends', () => {
    const file = { name: '/home/us/c.test.ts', status: 'failed', assertionResults: [test('failed', 'says ##[error]\u202e', `\u001b[31m\n::error::${'long '.repeat(100)}`)] };
    const [line = ''] = failures('unit', { testResults: [file] }, '/home/us');
    expect(line).toMatch(/^unit: c\.test\.ts > a route > says #\\#\[error\] *: ::error::(long ){38}l…$/);
  });
});
