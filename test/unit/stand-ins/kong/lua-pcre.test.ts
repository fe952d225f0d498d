import { describe, expect, it } from 'vitest';
import { fromPcre, matchPcre } from '../../../../infra/stand-ins/src/kong/lua/pcre.ts';

const first = (subject: string, pattern: string, options = 'jo', from = 1): unknown => {
  const found = matchPcre(subject, pattern, options, from);
  return found === undefined ? 'none' : [found.from, found.to, ...found.captures.slice(1)];
};

describe('ngx.re patterns', () => {
  it('counts bytes from 1 and gives captures', () => {
    expect(first('Bearer abc', '^\\s*[Bb]earer\\s+(.+)$')).toEqual([1, 10, 'abc']);
    expect(first('xxab', '(a)(z)?b')).toEqual([3, 4, 'a', undefined]);
    expect(matchPcre('k=v', '(?<name>\\w)=(?P<value>\\w)', 'jo', 1)?.names).toEqual({ name: 'k', value: 'v' });
  });

  it('has the dollar match before a last newline too, and only there', () => {
    expect([first('a\n', 'a$'), first('a\n\n', 'a$'), first('a\n', 'a\\z'), first('a\nb', '^b$'), first('a\nb', '^b$', 'm')])
      .toEqual([[1, 1], 'none', 'none', 'none', [3, 3]]);
  });

  it('keeps \\s to ASCII and the dot to all but a newline', () => {
    expect([first('\u00a0', '\\s'), first('\u00a0', '[\\s]'), first('\r', '.'), first('\n', '.'), first('\n', '.', 's')])
      .toEqual(['none', 'none', [1, 1], 'none', [1, 1]]);
  });

  it('anchors, ignores case, reads extended patterns and POSIX classes', () => {
    expect([first('xa', 'a', 'a'), first('xa', 'a', 'a', 2), first('ABC', 'b', 'i'), first('ab', 'a   # first\n b', 'x'),
      first('a1-', '[[:alnum:]]+')])
      .toEqual(['none', [2, 2], [2, 2], [1, 2], [1, 2]]);
  });

  it('refuses what JavaScript cannot do in the same way', () => {
    const refused = (pattern: string, options = ''): string => {
      try {
        return String(fromPcre(pattern, options));
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(['a++', '(?>a)', '(?R)', '(*FAIL)', '\\K', '[\\S]', '(', '[a'].map((pattern) =>
      refused(pattern))).toEqual(Array.from({ length: 8 }, () => 'SyntaxError'));
    expect(refused('a', 'q')).toBe('SyntaxError');
  });
});
