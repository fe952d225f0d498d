import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';

const secret = new Secret('correct-horse');

it('is shown as a secret however it is shown, and revealed only when asked', () => {
  expect([String(secret), `${JSON.stringify({ secret })}`, inspect({ secret })]).toEqual(['[secret]', '{"secret":"[secret]"}', '{ secret: [secret] }']);
  expect(secret.reveal()).toBe('correct-horse');
});

it('is told from others by its fingerprint', () => {
  expect(secret.fingerprint()).toMatch(/^[0-9a-f]{12}$/);
  expect(secret.fingerprint()).toBe(new Secret('correct-horse').fingerprint());
  expect(secret.fingerprint()).not.toBe(new Secret('correct-house').fingerprint());
});
