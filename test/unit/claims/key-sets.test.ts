import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JSONWebKeySet } from 'jose';
import { describe, expect, it } from 'vitest';
import { createKeySource } from '../../../src/service/token/keys.ts';
import type { Algorithm } from '../../../src/service/token/jws.ts';

interface Vectors {
  readonly cases: readonly { readonly name: string; readonly found: boolean; readonly header: { readonly alg: Algorithm; readonly kid: string }; readonly keys: JSONWebKeySet['keys'] }[];
}
const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../../data/claims/keys.json'), 'utf8')) as Vectors;

// The same list holds the guard at Kong (test/lua/spec/key_sets_spec.lua): both readers take the same keys.
describe('a key set, as the middleware reads it', () => {
  it.each(cases)('with $name', async ({ found, header, keys }) => {
    const source = createKeySource({ issuer: 'https://id.example', jwks: { keys }, allowHttp: false, cooldown: 1, maxAge: 1, timeout: 1, fetch });
    const taken = async (): Promise<boolean> => { await source(header); return true; };
    expect(await taken().catch(() => false)).toBe(found);
  });
});
