import { expect, it } from 'vitest';
import { refOf } from '../../../src/core/resource.ts';

it('gives the handle of an object that a list gave, and takes no other object for one', () => {
  const live = { kind: 'house.door', id: 'red/front', spec: {}, owner: undefined };
  expect(refOf({ ...live, ref: { uuid: 'a' } })).toEqual({ uuid: 'a' });
  expect(() => refOf(live)).toThrow('house.door/red/front was not read by its kind');
});
