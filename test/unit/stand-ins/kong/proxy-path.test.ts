import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapePath, isBadPath, normalise, upstreamPath } from '../../../../infra/stand-ins/src/kong/proxy/path.ts';

describe('path normalisation', () => {
  it.each([
    ['/', '/'], ['/a/./b/../c', '/a/c'], ['//a///b', '/a/b'], ['/%61%2Fb', '/a%2Fb'], ['/%2fb', '/%2Fb'], ['/a/%2e%2e/b', '/b'],
      ['/a/..', '/'],
    ['/a/%E3%81%82', '/a/\u00e3\u0081\u0082'], ['/a;b=1', '/a;b=1'], ['/..', '/'],
  ])('makes %s into %s', (path, normal) => {
    expect(normalise(path)).toBe(normal);
  });

  it('leaves no dot segment and no double slash, whatever comes in', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2E', 'a', '%61', '%2F', '//', '%', 'b');
    fc.assert(fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const normal = normalise(`/${pieces.join('')}`);
      expect(normal.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([]);
      expect(normal).not.toContain('//');
      expect(normal).toMatch(/^\/|^$/);
    }));
  });

  it('can be undone for what is sent upstream: escaping the normal form gives a path that is normal again', () => {
    fc.assert(fc.property(fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 12 }),
      (text) => {
      const normal = normalise(`/${text.replaceAll('%', '')}`);
      expect(normalise(escapePath(normal))).toBe(normal);
    }));
  });
});

describe('the path sent upstream', () => {
  it.each([
    // service path, request path, stripped prefix, result
    ['/', '/open/a', '/open', '/a'], ['/', '/open', '/open', '/'], ['/', '/open/', '/open', '/'], ['/', '/openxyz', '/open', '/xyz'],
    ['/', '/a/b', undefined, '/a/b'], ['/base', '/open/a', '/open', '/base/a'], ['/base', '/open', '/open', '/base'],
    ['/base', '/open/', '/open', '/base/'], ['/base/', '/open', '/open', '/base'], ['/base/', '/open/', '/open', '/base/'],
    ['/base/', '/openx', '/open', '/base/x'], ['/base', '/', undefined, '/base'], ['/base/', '/a', undefined, '/base/a'],
    ['/base', '/a', undefined, '/base/a'], ['/base', '/open../x', '/open', '/base/x'], ['/base', '/open..', '/open', '/base'],
  ])('joins %s and %s without %s to %s', (base, path, prefix, result) => {
    expect(upstreamPath(base, path, prefix)).toBe(result);
  });
});

describe('paths nginx refuses', () => {
  it('refuses bad escapes, NUL, what climbs above the root, and what is no path', () => {
    expect(['/%zz', '/%', '/a%00', '/..', '/a/../../b', '/%2e%2e', '*', ''].map(isBadPath)).toEqual(Array.from({ length: 8 }, () => true));
    expect(['/', '/a/../b', '/%41', '/a/b/../..'].map(isBadPath)).toEqual([false, false, false, false]);
  });
});
