import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readObject } from '../../../src/service/json.ts';
import { decodeBase64url } from '../../../src/service/token/base64url.ts';
import { draws } from '../../properties.ts';

/** What the fast readers are held to: slow ones that leave no room for doubt. */
const oracle = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};
const HOSTILE = fc.string({ maxLength: 40, unit: fc.constantFrom(...'AQgwBZaz09-_', '+', '/', '=', ' ', '\n', '.', 'é', 'ÿ', '\u0141', '\u4141', '\u{1d400}', '\0') });

describe('strict base64url', () => {
  it('takes what is the same when it is encoded again, and nothing else', () => {
    const same = (text: string): void => {
      expect(decodeBase64url(text)?.toString('hex'), JSON.stringify(text)).toBe(oracle(text)?.toString('hex'));
    };
    // Every text of up to three characters of the alphabet's corners, and each last character there is.
    const corners = ['', ...'AQgwEIMB09-_+/=', '\u0141'];
    for (const a of corners) for (const b of corners) for (const c of corners) for (const d of ['', 'A', 'AAAA']) same(d + a + b + c);
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') for (const before of ['A', 'AA', 'AAA', 'AAAA']) same(before + last);
    fc.assert(fc.property(HOSTILE, same), { numRuns: draws(5000) });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 48 }), (bytes) => { same(Buffer.from(bytes).toString('base64url')); }), { numRuns: draws(1000) });
  });
});

describe('a JSON object', () => {
  /** JSON text as a tree, written with blanks, escapes and names that come twice. */
  const name = fc.string({ maxLength: 4, unit: fc.constantFrom('a', 'b', ':', ',', '{', '"', '\\', ' ', '_', '1', 'é') });
  type Tree = string | number | null | readonly Tree[] | { readonly members: readonly (readonly [string, Tree])[] };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      name as fc.Arbitrary<Tree>,
      fc.constantFrom<Tree>(0, 1.5, null, 'https://id.example:8443/realms/shop'),
      fc.array(tie('tree'), { maxLength: 3 }) as fc.Arbitrary<Tree>,
      fc.record({ members: fc.array(fc.tuple(name, tie('tree')), { maxLength: 4 }) }) as fc.Arbitrary<Tree>,
    ),
  }));
  const written = (value: Tree, blank: string): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if ('members' in value) return `{${value.members.map(([key, item]) => `${JSON.stringify(key)}${blank}:${blank}${written(item, blank)}`).join(`,${blank}`)}}`;
    return `[${value.map((item) => written(item, blank)).join(',')}]`;
  };
  const twice = (value: Tree): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    if (!('members' in value)) return value.some(twice);
    return new Set(value.members.map(([key]) => key)).size < value.members.length || value.members.some(([, item]) => twice(item));
  };

  it('with a name that comes twice at any depth is refused, and no other, however it is written', () => {
    let [refused, taken] = [0, 0];
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tree), { maxLength: 4 }), fc.constantFrom('', ' ', '\n\t'), (members, blank) => {
        const text = written({ members }, blank);
        const read = readObject(Buffer.from(text), 16);
        if (twice({ members })) refused += 1;
        else taken += 1;
        expect(typeof read === 'string' ? read : 'taken', text).toBe(twice({ members }) ? 'a duplicate member' : 'taken');
      }),
      { numRuns: draws(4000) },
    );
    expect(Math.min(refused, taken)).toBeGreaterThan(300);
  });
});
