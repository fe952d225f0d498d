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

it('leaves words alone that a shorter value would hide', () => {
  expect(masker([new Secret('realm')])('the realm "master"')).toBe('the realm "master"');
});
