import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import { checkReference } from '../../../src/checks/reference.ts';
import { unchecked } from '../../../src/checks/unchecked.ts';

describe('the catalogue of checks', () => {
  it('has an id of its own for each check', () => {
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Z]+-\d\d$/);
  });

  it('names claim, severity and source of each', () => {
    for (const { claim, source } of checks) expect([claim.length > 10, source.length > 3]).toEqual([true, true]);
  });

  it('covers the groups that a stack of this pattern can be asked about', () => {
    const groups = new Set(checks.map(({ id }) => id.split('-')[0]));
    for (const group of ['POS', 'STR', 'SIG', 'KEY', 'TIM', 'CLM', 'PRE', 'ERR', 'HDR', 'COO', 'AWS', 'AZ', 'IDP', 'SES']) expect(groups).toContain(group);
  });

  it.each([
    ['SES', 13],
    ['OPQ', 14],
    ['AWS', 11],
    ['AZ', 24],
    ['COO', 9],
    ['HDR', 7],
    ['ERR', 9],
  ])('says of every claim of the group %s where it is proved', (group, count) => {
    const claims = Array.from({ length: count }, (_, index) => `${group}-${String(index + 1).padStart(2, '0')}`);
    const listed = [...checks, ...unchecked].map(({ id }) => id);
    expect(claims.filter((id) => !listed.includes(id))).toEqual([]);
  });

  it('is listed in docs/checks.md as npm run generate writes it', () => {
    expect(readFileSync('docs/checks.md', 'utf8')).toBe(checkReference());
  });
});
