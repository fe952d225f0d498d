import { expect, it } from 'vitest';
import { WAS, formerName, wasTag } from '../../../../src/providers/aws/former-name.ts';

it.each([
  ['Quay Side', 'Quay Side'],
  ['orders_v1.2:eu/x+y-z@w', 'orders_v1.2:eu/x+y-z@w'],
  ['Häfen 港 ٣', 'Häfen 港 ٣'],
  ['Orders (old), 50% = half*', 'Orders =28old=29=2c 50=25 =3d half=2a'],
  [' spaces at the ends ', '=20spaces at the ends=20'],
  ['tab\tand 🚢', 'tab=09and =f0=9f=9a=a2'],
  ['=41', '=3d41'],
])('the name %j is kept as a tag may have it, and read again', (name, tag) => {
  expect(wasTag(name)).toBe(tag);
  expect(tag).toMatch(/^[\p{L}\p{N} _.:/=+\-@]*$/u);
  expect(formerName({ [WAS]: tag })).toBe(name);
});

it('a name that is too long for a tag is not kept, and none is given back where none was kept', () => {
  expect(wasTag('a'.repeat(128))).toBe('a'.repeat(128));
  expect(wasTag('('.repeat(128))).toBeUndefined();
  expect([formerName({}), formerName(undefined), formerName({ 'authctl-adopted': 'true' })]).toEqual([undefined, undefined, undefined]);
});
