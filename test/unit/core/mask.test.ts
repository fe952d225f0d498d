import { expect, it } from 'vitest';
import { createMask, masker } from '../../../src/core/mask.ts';
import { Secret, SHORTEST_SECRET } from '../../../src/core/secret.ts';

it('keeps every secret a blueprint may have out of a text, in every form it is written in', () => {
  const shortest = 'a"b/c d&';
  expect(shortest).toHaveLength(SHORTEST_SECRET);
  const mask = createMask();
  mask.add([new Secret(shortest), new Secret('correct-horse')]);
  expect(mask.apply(`x ${shortest} ${encodeURIComponent(shortest)} ${JSON.stringify(shortest)} correct-horse`)).toBe('x [secret] [secret] "[secret]" [secret]');
});

it('leaves nothing of a secret that begins with another, and of one that a form or JSON within JSON repeats', () => {
  const form = new URLSearchParams({ client_secret: 'it! is (mine)' }).toString();
  const mask = createMask();
  mask.add([new Secret('correct-horse')]);
  mask.add([new Secret('correct-horse-battery'), new Secret('it! is (mine)'), new Secret('back\\slash"')]);
  expect(mask.apply(`correct-horse-battery, correct-horse, ${form}, ${JSON.stringify(JSON.stringify('back\\slash"'))}`)).toBe(String.raw`[secret], [secret], client_secret=[secret], "\"[secret]\""`);
});

it('leaves words alone that a shorter value would hide', () => {
  expect(masker([new Secret('realm')])('the realm "master"')).toBe('the realm "master"');
});

it('takes what Basic authentication makes of a secret for the secret, and leaves other words after that one', () => {
  const mask = masker([new Secret('correct-horse'), new Secret('it! is (mine)')]);
  const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const form = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);
  expect(mask(`"authorization":"${basic('shop', 'correct-horse')}" was refused`)).toBe('"authorization":"Basic [secret]" was refused');
  // As a client encodes its id and its secret (RFC 6749 section 2.3.1), and by whatever length of the user.
  for (const user of ['a', 'ab', 'abc', 'abcd']) expect(mask(`basic ${basic(user, form('it! is (mine)')).slice('Basic '.length)}.`)).toBe('basic [secret].');
  for (const other of [basic('shop', 'guessed'), 'Basic authentication', 'Basic realm="shop"']) expect(mask(other)).toBe(other);
});
