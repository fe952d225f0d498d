import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../../src/core/certificate.ts';
import { hasExpired, isFixtureKey, isFixtureName, madeAt, newFixtureName } from '../../../src/core/fixture.ts';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 28, 12, 0, 0);

describe('the name of a fixture', () => {
  it('is one that every server takes, another each time, and told from any other', () => {
    const [one, two] = [newFixtureName(now), newFixtureName(now)];
    expect(one).toMatch(/^authctl-verify-[0-9a-z]+-[0-9a-f]{12}$/);
    expect(one).not.toBe(two);
    expect(['authctl-verify', 'authctl-verify-x', 'authctl-verified', 'my-authctl-verify-', 'verify', ''].map(isFixtureName)).toEqual([true, true, false, false, false, false]);
  });

  it('says when it was made, and lives two hours', () => {
    const name = newFixtureName(now);
    expect(madeAt(name)).toBe(now);
    expect([0, 2 * HOUR - 1000, 2 * HOUR, 2 * HOUR + 1].map((later) => hasExpired(name, now + later))).toEqual([false, false, false, true]);
  });

  it.each(['authctl-verify', 'authctl-verify-', 'authctl-verify-zzzzzz', 'authctl-verify-zzzzzz-', 'authctl-verify-zzzzzz-aXc', 'x-authctl-verify-zzzzzz-abc', 'authctl-verify-ZZZZZZ-abc'])('without an end it has ended: %j', (name) => {
    expect(hasExpired(name, now)).toBe(true);
  });

  it('of hundred years on has not ended', () => expect(hasExpired('authctl-verify-zzzzzz-abc', now)).toBe(false));
});

describe('a published key', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const der = (name: string): string => new X509Certificate(selfSigned(name, privateKey, new Date(0), new Date(4e12))).raw.toString('base64');

  it('is a fixture by the name in the certificate beside it', () => {
    expect(isFixtureKey({ kty: 'RSA', x5c: [der(newFixtureName(now))] })).toBe(true);
    expect(isFixtureKey({ x5c: [der('authctl-verify')] })).toBe(true);
    expect(isFixtureKey({ x5c: [der('shop')] })).toBe(false);
    expect(isFixtureKey({ x5c: [der('my-CN=authctl-verify')] })).toBe(false);
  });

  it.each([{}, { x5c: undefined }, { x5c: [] }, { x5c: [7] }, { x5c: ['rubbish'] }, { x5c: '' }, { x5t: [der('authctl-verify')] }])('is none without one: %j', (jwk) => expect(isFixtureKey(jwk)).toBe(false));

  it('is judged by its own certificate, not by those that signed it', () => expect(isFixtureKey({ x5c: [der('shop'), der('authctl-verify')] })).toBe(false));
});
