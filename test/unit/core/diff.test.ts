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

  it.each<readonly [string, Spec, Spec]>([
    ['a shorter list', { v: ['a', 'b'] }, { v: ['a'] }],
    ['a longer list', { v: ['a'] }, { v: ['a', 'b'] }],
    ['another order', { v: ['a', 'b'] }, { v: ['b', 'a'] }],
    ['a list and a text', { v: ['a'] }, { v: 'a' }],
    ['a text and a list', { v: 'a' }, { v: ['a'] }],
    ['a list and an object', { v: [] }, { v: {} }],
    ['an object and a list', { v: {} }, { v: [] }],
    ['an object and a text', { v: { a: 1 } }, { v: 'a' }],
    ['an object and nothing', { v: { a: 1 } }, {}],
    ['a text and an object', { v: 'a' }, { v: { a: 1 } }],
    ['an object in a list that has a field more', { v: [{ a: 1, b: 2 }] }, { v: [{ a: 1 }] }],
    ['an object in a list that lacks a field', { v: [{ a: 1 }] }, { v: [{ a: 1, b: 2 }] }],
    ['an object in a list and a list', { v: [{}] }, { v: [[]] }],
    ['a list in a list and an object', { v: [[]] }, { v: [{}] }],
    ['a number and its text', { v: 1 }, { v: '1' }],
    ['false and nothing', { v: false }, {}],
    ['a secret and another text', { v: new Secret('one-one-one') }, { v: 'two-two-two' }],
    ['a text and another secret', { v: 'one-one-one' }, { v: new Secret('two-two-two') }],
    ['a secret and nothing', { v: new Secret('one-one-one') }, {}],
  ])('tells %s apart', (_, wanted, live) => {
    expect(diffSpec(wanted, live).map(({ path }) => path)).toEqual(['v']);
  });

  it.each<readonly [string, Spec, Spec]>([
    ['a secret and the same text', { v: new Secret('one-one-one') }, { v: 'one-one-one' }],
    ['a text and the same secret', { v: 'one-one-one' }, { v: new Secret('one-one-one') }],
    ['a field of null inside a list', { v: [{ a: 1, b: null }] }, { v: [{ a: 1 }] }],
    ['secrets inside a list', { v: [new Secret('one-one-one')] }, { v: [new Secret('one-one-one')] }],
  ])('takes %s for the same', (_, wanted, live) => {
    expect(diffSpec(wanted, live)).toEqual([]);
  });

  it('hides a text on one side where the other side holds a secret, at any depth, and keeps what is no text', () => {
    const masked = expect.stringMatching(/^\[secret [0-9a-f]{12}\]$/) as string;
    expect(diffSpec({ v: { deep: [{ key: new Secret('new-new-new') }, 1] } }, { v: { deep: [{ key: 'old-old-old' }, 2] } })).toEqual([
      { path: 'v.deep', before: [{ key: masked }, 2], after: [{ key: masked }, 1] },
    ]);
    expect(diffSpec({ v: 'old-old-old' }, { v: new Secret('new-new-new') })).toEqual([{ path: 'v', before: masked, after: masked }]);
    expect(diffSpec({ v: new Secret('new-new-new') }, { v: ['old-old-old', null] })).toEqual([{ path: 'v', before: [masked, null], after: masked }]);
    expect(diffSpec({ v: [new Secret('new-new-new')] }, { v: { a: 'old-old-old', b: 1, c: null } })).toEqual([{ path: 'v', before: { a: masked, b: 1, c: null }, after: [masked] }]);
  });

  it('shows lists and objects as they are', () => {
    expect(diffSpec({ v: [['a'], { b: 1 }] }, { v: { c: ['d'], e: null } })).toEqual([{ path: 'v', before: { c: ['d'], e: null }, after: [['a'], { b: 1 }] }]);
    expect(diffSpec({ v: 'a' }, {})).toEqual([{ path: 'v', before: null, after: 'a' }]);
  });
});
