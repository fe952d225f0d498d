import { expect, it } from 'vitest';
import { Problem } from '../../../src/core/problem.ts';
import { renderProblem, withSecretLinesBlanked } from '../../../src/report/problem.ts';
import { makeStyle } from '../../../src/report/style.ts';

const lines = ['name: shop', 'key: |', '  SECRET-1', '', '    SECRET-2', 'next: plain', 'last: x'];
const sensitive = new Problem('OPA_SIGNING_KEY', 'cannot be read', { at: { file: 'shop.yaml', line: 2, column: 1 }, sensitive: true });
const plain = new Problem('KONG_STORE', 'no', { at: { file: 'shop.yaml', line: 6, column: 1 } });
const read = (file: string) => (file === 'gone.yaml' ? undefined : lines);

it('quotes no line of a secret, nor what belongs to it below, whichever problem points beside it', () => {
  const quoted = withSecretLinesBlanked([sensitive, plain], read);
  const blank = '(a line that holds a secret)';
  expect(quoted('shop.yaml')).toEqual(['name: shop', blank, blank, blank, blank, 'next: plain', 'last: x']);
  expect(renderProblem(plain, makeStyle(false), quoted)).not.toContain('SECRET');
});

it('quotes other files, and files without such a problem, as they are', () => {
  expect(withSecretLinesBlanked([sensitive], read)('other.yaml')).toEqual(lines);
  expect(withSecretLinesBlanked([plain], read)('shop.yaml')).toEqual(lines);
  expect(withSecretLinesBlanked([sensitive], read)('gone.yaml')).toBeUndefined();
});

it('takes a secret on the last line away to the end of the file', () => {
  const end = new Problem('OPA_SIGNING_KEY', 'x', { at: { file: 'shop.yaml', line: 7, column: 1 }, sensitive: true });
  expect(withSecretLinesBlanked([end], read)('shop.yaml')?.slice(5)).toEqual(['next: plain', '(a line that holds a secret)']);
});

it('frames the first and the last line, and a place without a length', () => {
  const at = (line: number, column: number, length?: number) => renderProblem(new Problem('KONG_STORE', 'no', { at: { file: 'f', line, column, ...(length !== undefined && { length }) } }), makeStyle(false), () => ['a', 'bcd']);
  expect(at(1, 1)).toBe('error KONG_STORE  f:1:1\n  no\n  > 1 | a\n      | ^\n    2 | bcd');
  expect(at(2, 2, 2)).toBe('error KONG_STORE  f:2:2\n  no\n    1 | a\n  > 2 | bcd\n      |  ^^');
  expect(renderProblem(sensitive, makeStyle(false), () => undefined)).toBe('error OPA_SIGNING_KEY  shop.yaml:2:1\n  cannot be read');
});
