import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortByAcceptance } from '../../../src/core/accept.ts';
import type { Acceptance } from '../../../src/core/accept.ts';
import type { Danger, Effect } from '../../../src/core/resource.ts';

const origin = { file: 'shop.yaml', line: 40, column: 5 };
const danger = (id: string, effect: Effect = 'opens', more: Partial<Danger> = {}): Danger => ({ kind: 'kong.route', id, effect, what: 'is open', origin, hint: 'close it', ...more });
const accept = (what: string, more: Partial<Acceptance> = {}): Acceptance => ({ what, reason: 'known', origin, ...more });
const told = (dangers: readonly Danger[], acceptances: readonly Acceptance[]): readonly string[] =>
  sortByAcceptance(dangers, acceptances, '2026-11-28').told.map(({ id, what }) => `${id}: ${what}`);

describe('what a blueprint accepts', () => {
  it('is told no more when its address is named, whatever it does', () => {
    expect(told([danger('theirs'), danger('new')], [accept('kong.route/theirs')])).toEqual(['new: is open']);
    expect(sortByAcceptance([danger('theirs')], [accept('kong.route/theirs')], '2026-11-28').accepted).toMatchObject([{ danger: { id: 'theirs' }, reason: 'known' }]);
  });

  it('is accepted by a pattern only where it neither opens nor exposes, unless the entry says so', () => {
    const all = [danger('a', 'opens'), danger('b', 'exposes'), danger('c', 'weakens'), danger('d', 'breaks'), danger('e', 'differs')];
    expect(told(all, [accept('kong.*')])).toEqual(['a: is open', 'b: is open']);
    expect(told(all, [accept('kong.plugin/*'), accept('kong.route')])).toHaveLength(5);
    expect(told(all, [accept('kong.*', { effects: ['opens', 'differs'] })])).toEqual(['b: is open', 'c: is open', 'd: is open']);
    expect(told(all, [accept('kong.route/a', { effects: ['differs'] })])).toHaveLength(5);
  });

  it('is held to its tag and its field', () => {
    const tagged = danger('a', 'differs', { tags: ['team-b'], field: 'config.minute' });
    expect(told([tagged], [accept('*', { tag: 'team-b' })])).toEqual([]);
    expect(told([tagged], [accept('*', { tag: 'team-c' })])).toHaveLength(1);
    expect(told([danger('a', 'differs')], [accept('*', { tag: 'team-b' })])).toHaveLength(1);
    expect(told([tagged], [accept('kong.route/a', { field: 'config.*' })])).toEqual([]);
    expect(told([tagged], [accept('kong.route/a', { field: 'config' })])).toHaveLength(1);
    expect(told([tagged], [accept('kong.route/a', { field: 'config.minute' })])).toEqual([]);
    expect(told([danger('a')], [accept('kong.route/a', { field: '*' })])).toHaveLength(1);
  });

  it('of what somebody has called by a star speaks of that alone, and of nothing else that fits', () => {
    const [star, other, blind] = [danger('*', 'opens', { seen: 'aaaaaaaaaaaa' }), danger('b', 'weakens', { seen: 'bbbbbbbbbbbb' }), danger('c', 'weakens')];
    expect(told([star, other, blind], [accept('kong.route/*', { seen: 'aaaaaaaaaaaa' })]).map((line) => line.slice(0, 2))).toEqual(['b:', 'c:']);
    expect(told([star], [accept('kong.route/*')])).toEqual([]);
  });

  it('is told again after its last day, and when it is no longer what was seen', () => {
    expect(told([danger('a')], [accept('kong.route/a', { until: '2026-11-28' })])).toEqual([]);
    expect(told([danger('a')], [accept('kong.route/a', { until: '2026-11-27' })])).toEqual(['a: is open; it was accepted until 2026-11-27 (line 40)']);
    const seen = danger('a', 'opens', { seen: 'aaaaaaaaaaaa' });
    expect([told([seen], [accept('kong.route/a')]), told([danger('a')], [accept('kong.route/a', { seen: 'aaaaaaaaaaaa' })])]).toEqual([[], []]);
    expect(told([seen], [accept('kong.route/a', { seen: 'aaaaaaaaaaaa' })])).toEqual([]);
    expect(told([seen], [accept('kong.route/a', { seen: 'bbbbbbbbbbbb' })])).toEqual(['a: is open; it is not what was accepted on line 40']);
    expect(told([seen], [accept('kong.route/a', { seen: 'bbbbbbbbbbbb' }), accept('kong.route/a', { seen: 'aaaaaaaaaaaa' })])).toEqual([]);
  });

  it('leaves what is told in the order of what it does, worst first', () => {
    const all = [danger('e', 'differs'), danger('d', 'breaks'), danger('c', 'weakens'), danger('b', 'exposes'), danger('a', 'opens')];
    expect(told(all, []).map((line) => line[0])).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it.each([
    ['kong.route/*', 'kong.route/', true],
    ['kong.route/*', 'kong.routes/x', false],
    ['*.x', 'a.x.x', true],
    ['*a*b', 'xaxab', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*b', 'ab', false],
    ['*ab*ba*', 'aba', false],
    ['*', '', true],
    ['kong.route/a.b', 'kong.route/aXb', false],
  ])('the pattern %s fits %s: %s', (pattern, text, fits) => {
    expect(told([danger('x', 'differs', { field: text })], [accept('kong.route/x', { field: pattern })])).toHaveLength(fits ? 0 : 1);
  });

  it('fits whatever a star is filled with', () =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-b.]{0,3}$/), { minLength: 2, maxLength: 4 }), fc.string({ maxLength: 4 }), (parts, filling) => {
        expect(told([danger('x', 'differs', { field: parts.join(filling) })], [accept('kong.route/x', { field: parts.join('*') })])).toEqual([]);
      }),
    ));
});
