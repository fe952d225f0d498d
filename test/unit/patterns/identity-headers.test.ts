import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IDENTITY_HEADERS, KONG_HEADERS, PROXY_HEADERS } from '../../../src/patterns/kong/identity-headers.ts';
import { repository } from '../blueprint/loading.ts';

const lua = await readFile(join(repository, 'infra/kong/plugins/authctl-token-guard/headers.lua'), 'utf8');
const guarded = [...(/local identity_headers = \{([^}]*)\}/.exec(lua)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? '');
const [families, names] = [guarded.filter((name) => name.endsWith('*')), guarded.filter((name) => !name.endsWith('*'))];
/** As the guard folds them: no case, and every character that is neither letter nor digit alike. */
const folded = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');

it('are read from the token guard', () => expect([names.length, families.length].every((count) => count > 15)).toBe(true));

it('that checks send are all taken off, on Enterprise and by the token guard', () => {
  for (const name of [...KONG_HEADERS, ...PROXY_HEADERS]) expect(IDENTITY_HEADERS).toContain(name);
  const passing = IDENTITY_HEADERS.filter((name) => !names.includes(folded(name)) && !families.some((family) => folded(name).startsWith(family.slice(0, -1))));
  expect(passing).toEqual([]);
});

it('that the token guard takes off by name are all taken off on Enterprise', () => {
  const known = new Set(IDENTITY_HEADERS.map(folded));
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(known.size).toBe(IDENTITY_HEADERS.length);
});
