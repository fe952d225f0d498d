import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../../src/blueprint/nearest.ts';

describe('the nearest name', () => {
  const known = ['redirectUris', 'webOrigins', 'scopes', 'secret', 'roles'];

  it.each([
    ['redirectUri', 'redirectUris'],
    ['scoeps', 'scopes'],
    ['Roles', 'roles'],
    ['weborigin', 'webOrigins'],
    ['redirect', 'redirectUris'],
    ['audience', undefined],
    ['', undefined],
  ])('of %j is %j', (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  it('is suggested, or else the names there are', () => {
    expect(suggestion('scops', known)).toBe('did you mean "scopes"?');
    expect(suggestion('audience', known)).toBe('known: redirectUris, webOrigins, scopes, secret, roles');
    expect(suggestion('audience', [])).toBeUndefined();
  });
});
