import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSpec } from '../../../src/core/diff.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';

describe('diffSpec', () => {
  it('looks only at fields that are stated', () => {
    expect(diffSpec({ name: 'orders' }, { name: 'orders', retries: 5 })).toEqual([]);
  });

  it('names a nested field by its path', () => {
    expect(diffSpec({ config: { claims: ['exp'], realm: null } }, { config: { claims: [], other: 1 } })).toEqual([
      { path: 'config.claims', before: [], after: ['exp'] },
    ]);
  });

  it('takes absent and null for the same', () => {
    expect(diffSpec({ path: null }, {})).toEqual([]);
    expect(diffSpec({ path: null }, { path: '/x' })).toEqual([{ path: 'path', before: '/x', after: null }]);
  });

  it('compares secrets by value and shows neither', () => {
    const before = new Secret('the-old-password');
    const after = new Secret('the-new-password');
    expect(diffSpec({ secret: after }, { secret: new Secret('the-new-password') })).toEqual([]);
    const [difference] = diffSpec({ secret: after }, { secret: before });
    expect(difference?.path).toBe('secret');
    expect(difference?.before).toMatch(/^\[secret [0-9a-f]{12}\]$/);
    expect(difference?.before).not.toBe(difference?.after);
    expect(JSON.stringify(difference)).not.toContain('password');
  });

  it('masks a secret inside a list or an object that differs', () => {
    const [difference] = diffSpec({ users: [{ password: new Secret('hunter2-hunter2') }] }, { users: [] });
    expect(JSON.stringify(difference)).not.toContain('hunter2');
  });

  it('finds no difference between any spec and itself', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
      object: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(fc.property(json.object, (spec) => diffSpec(spec as Spec, structuredClone(spec) as Spec).length === 0));
  });
});
