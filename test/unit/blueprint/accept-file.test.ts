import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withAccepted } from '../../../src/blueprint/accept-file.ts';
import type { AcceptEntry } from '../../../src/blueprint/accept-file.ts';

const entry = (what: string, more: Partial<AcceptEntry> = {}): AcceptEntry => ({ what, told: `differs: ${what}`, ...more, reason: 'known' });
const add = (text: string, entries: readonly AcceptEntry[], more: { readonly overlay?: string; readonly seenNow?: readonly string[] } = {}): string =>
  withAccepted(text, entries, { file: 'shop.yaml', overlay: more.overlay, seenNow: new Set(more.seenNow) });
/** As YAML reads it: the proof that what was written says what was meant. */
const accepted = (text: string): unknown => (parse(text) as { accept: unknown }).accept;

describe('entries of accept in a blueprint file', () => {
  it('begin a list at the end of a file that has none, which stays as it is', () => {
    const text = '# the shop\nname: shop   # ours\nservices: { a: 1 }';
    const written = add(text, [entry('kong.plugin/#1', { field: 'config.minute', until: '2027-01-31', seen: '0123456789ab' })]);
    expect(written).toBe(
      `${text}\n\naccept:\n  # differs: kong.plugin/#1\n  - what: kong.plugin/#1\n    field: config.minute\n    until: 2027-01-31\n    seen: 0123456789ab\n    reason: known\n`,
    );
  });

  it('go behind those that are there, in their indentation, with every comment kept', () => {
    const text = 'accept: # reviewed\n# first\n- what: a # of team b\n  reason: >-\n    long\n    reason\n\n# last\n- what: b\n  reason: y\nname: shop\n';
    const written = add(text, [entry('c')]);
    expect(written).toBe(text.replace('name: shop\n', '# differs: c\n- what: c\n  reason: known\nname: shop\n'));
  });

  it('go behind the last one of a file that ends without a line feed', () => {
    expect(accepted(add('accept:\n    - what: a\n      reason: x', [entry('b')]))).toEqual([
      { what: 'a', reason: 'x' },
      { what: 'b', reason: 'known' },
    ]);
  });

  it('take the place of one whose day is over, or that saw what is no longer there, and of no other', () => {
    const text = 'accept:\n  - { what: a, reason: old, seen: aaaaaaaaaaaa }\n  - { what: a, reason: still, seen: bbbbbbbbbbbb }\n  - { what: a, field: f, reason: other }\n  - { what: b, reason: other }\n';
    expect(accepted(add(text, [entry('a', { seen: 'cccccccccccc' })], { seenNow: ['bbbbbbbbbbbb', 'cccccccccccc'] }))).toEqual([
      { what: 'a', reason: 'still', seen: 'bbbbbbbbbbbb' },
      { what: 'a', field: 'f', reason: 'other' },
      { what: 'b', reason: 'other' },
      { what: 'a', reason: 'known', seen: 'cccccccccccc' },
    ]);
    const over = 'accept:\n  - what: a\n    reason: old\n    until: 2026-01-01\n    seen: aaaaaaaaaaaa\nname: shop\n';
    expect(accepted(add(over, [entry('a', { seen: 'aaaaaaaaaaaa' })], { seenNow: ['aaaaaaaaaaaa'] }))).toEqual([{ what: 'a', reason: 'known', seen: 'aaaaaaaaaaaa' }]);
  });

  it('go where the environment says it, when that has a list of its own', () => {
    const text = 'environments:\n  prod:\n    accept:\n      - what: a\n        reason: x\n    name: y\n';
    expect(add(text, [entry('b')], { overlay: 'prod' })).toBe(text.replace('    name', '      # differs: b\n      - what: b\n        reason: known\n    name'));
    expect(accepted(add(text, [entry('b')], { overlay: 'dev' }))).toEqual([{ what: 'b', reason: 'known' }]);
  });

  it.each(['accept: []\nname: shop\n', 'accept:\nname: shop\n'])('fill a list that is empty: %j', (text) => {
    expect(parse(add(text, [entry('a')]))).toEqual({ accept: [{ what: 'a', reason: 'known' }], name: 'shop' });
  });

  it.each(['accept: [{ what: a, reason: x }]\n', 'accept: none\n', 'accept: { what: a }\n'])('are refused where they would not fit: %j', (text) => {
    expect(() => add(text, [entry('b')])).toThrow(expect.objectContaining({ code: 'ACCEPT_PLACE' }));
  });

  it('say what was meant, whatever a server calls its things', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }), fc.constantFrom('name: shop\n', 'accept:\n - what: a\n   reason: x\n', 'accept:\n- what: a\n  reason: x\nname: y'), (name, told, text) => {
        expect(accepted(add(text, [entry(name, { told })]))).toEqual([...((accepted(text) ?? []) as { what: string }[]).filter(({ what }) => what !== name), { what: name, reason: 'known' }]);
      }),
    ));
});
