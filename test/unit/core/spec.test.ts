import { expect, it } from 'vitest';
import type { Desired, Spec } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { any, defineSpec, flag, list, map, number, record, secret, set, setsInOrder, text } from '../../../src/core/spec.ts';
import type { SpecOf } from '../../../src/core/spec.ts';

const place = { file: 'shop.yaml', line: 1, column: 1 };
const door = defineSpec('house.door', {
  always: { name: text() },
  fields: {
    open: flag({ default: false, access: 'who stands before it' }),
    width: number({ immutable: true }),
    keys: set(text()),
    steps: list(text()),
    code: secret(),
    frame: record({ wood: text<'oak' | 'ash'>({ immutable: true }), holes: set(number()) }),
    notes: map(text()),
    more: any(),
  },
  id: (house: string, name: string) => `${house}/${name}`,
});
type DoorSpec = SpecOf<typeof door>;

it('gives a kind one way to be called', () => {
  expect([door.id('red', 'front'), door.address('red', 'front')]).toEqual(['red/front', 'house.door/red/front']);
  const spec: DoorSpec = { name: 'front', open: null };
  expect(door.desired(['red', 'front'], { spec, origin: place })).toEqual({ kind: 'house.door', id: 'red/front', spec, after: [], origin: place });
});

it('knows which fields cannot change, also inside a record', () => {
  expect(door.immutable).toEqual(['width', 'frame.wood']);
});

it('reads what a server holds: sets sorted, lists as they are, secrets wrapped, the unknown kept, absence as null', () => {
  const read = door.read({ name: 'front', keys: ['b', 'a'], steps: ['b', 'a'], code: 'hunter2', frame: { wood: 'oak', holes: [2, 1] }, notes: { a: 'x' }, odd: [2, 1], more: { z: [2, 1] }, open: undefined });
  expect({ ...read, code: read.code instanceof Secret && read.code.reveal() }).toEqual({
    name: 'front', keys: ['a', 'b'], steps: ['b', 'a'], code: 'hunter2', frame: { wood: 'oak', holes: [1, 2] }, notes: { a: 'x' }, odd: [2, 1], more: { z: [2, 1] }, open: null,
  });
});

it('calls an object by its name alone unless told otherwise, and by several parts with slashes between', () => {
  expect(defineSpec('house.key', { always: {}, fields: {} }).address('brass')).toBe('house.key/brass');
  expect(defineSpec('house.key', { always: {}, fields: {}, id: (...parts: readonly [string, string]) => parts.join('/') }).id('front', 'brass')).toBe('front/brass');
});

it('makes and tells objects of its kind, and reads what a server holds of them', () => {
  const bell = defineSpec('house.bell', { always: { name: text() }, fields: { tones: set(number()) } });
  expect(Object.keys(bell.fields)).toEqual(['name', 'tones']);
  const made = bell.desired(['front'], { spec: { name: 'front', tones: [1] }, after: ['house.door/red/front'], protected: true, origin: place });
  expect(made).toEqual({ kind: 'house.bell', id: 'front', spec: { name: 'front', tones: [1] }, after: ['house.door/red/front'], protected: true, origin: place });
  expect(bell.desired(['front'], { spec: { name: 'front' }, origin: place }).after).toEqual([]);
  expect([bell.is(made), bell.is({ ...made, kind: 'house.door' })]).toEqual([true, false]);
  expect(bell.read({ name: 'front', tones: [3, 2, 3] })).toEqual({ name: 'front', tones: [2, 3, 3] });
  expect(defineSpec('house.bell', { always: {}, fields: { a: record({ b: text({ immutable: true }) }), c: text({ immutable: true }) } }).immutable).toEqual(['a.b', 'c']);
});

it('sorts sets by code, numbers by their digits, equal ones as they come', () => {
  const read = (keys: readonly unknown[]) => door.read({ name: 'x', keys }).keys;
  expect(read(['b', 'B', 'a', 'ä', 'a'])).toEqual(['B', 'a', 'a', 'b', 'ä']);
  expect(read(['c', 'b', 'a'])).toEqual(['a', 'b', 'c']);
});

it('keeps what is unknown at any depth, and a secret that comes as no text', () => {
  expect(door.read({ name: 'x', code: 7, odd: { deep: [{ z: null }] }, nothing: null })).toEqual({ name: 'x', code: 7, odd: { deep: [{ z: null }] }, nothing: null });
});

it('puts the sets of what was written by hand into the same order, and leaves the rest', () => {
  const written: Spec = { name: 'front', keys: ['b', 'a'], steps: ['b', 'a'], frame: { holes: [2, 1] }, odd: ['b', 'a'], code: 'open', notes: 'none' };
  expect(setsInOrder(door.fields, written)).toEqual({ ...written, keys: ['a', 'b'], frame: { holes: [1, 2] } });
});

it('leaves the name of a vault readable', () => {
  expect(door.read({ name: 'x', code: '{vault://env/code}' })).toEqual({ name: 'x', code: '{vault://env/code}' });
});

it('tells its objects from others, and then their fields have types', () => {
  const objects: readonly Desired[] = [door.desired(['red', 'front'], { spec: { name: 'front', keys: ['a'] }, origin: place }), { kind: 'house.wall', id: 'x', spec: {}, after: [], origin: place }];
  const keys: readonly (readonly string[])[] = objects.filter(door.is).map(({ spec }) => spec.keys ?? []);
  expect(keys).toEqual([['a']]);
});

it('is checked by the compiler', () => {
  const general: Spec = door.desired(['red', 'front'], { spec: { name: 'front' }, origin: place }).spec;
  // @ts-expect-error a field that the kind does not have
  const misspelt: DoorSpec = { name: 'front', opne: true };
  // @ts-expect-error another type
  const wrong: DoorSpec = { name: 'front', width: 'wide' };
  // @ts-expect-error every object states its name
  const nameless: DoorSpec = { open: true };
  expect([general, misspelt, wrong, nameless]).toHaveLength(4);
});
