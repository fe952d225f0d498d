import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import type { Spec } from '../../../../src/core/resource.ts';
import { lacks } from '../../../../src/providers/kong/dbless-configuration.ts';
import { vaultsIn } from '../../../../src/providers/kong/reach/around.ts';
import { rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import { markerName, tagsOf } from '../../../../src/providers/kong/specs/marks.ts';
import { priorityOf } from '../../../../src/providers/kong/specs/plugin-config.ts';
import { desired, origin, ours, owned, plugin, reach, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

const marker = markerName('shop');
const told = async (...foreign: readonly Thing[]) => (await reach(desired, [...owned(...ours), ...foreign])).dangers;

describe('a plugin on the bookkeeping of authctl', () => {
  it.each([{ route: { name: marker } }, { service: { name: marker } }, { route: { name: marker }, service: { name: 'theirs' } }])('is told where it stands on %j', async (scope) => {
    const guest = plugin('prometheus', 'guest', scope);
    const found = await told(guest);
    expect(found).toMatchObject([{ kind: 'kong.plugin', id: 'guest', effect: 'differs', what: expect.stringMatching(/^prometheus stands on/) as string, origin, hint: expect.stringMatching(/./) as string }]);
    // Anew, once it is another one.
    expect((await told({ ...guest, spec: { ...guest.spec, config: { per_consumer: true } } }))[0]?.seen).not.toBe(found[0]?.seen);
  });
  it.each<readonly [string, Thing]>([
    ['it is off', plugin('prometheus', 'guest', { route: { name: marker } }, {}, { enabled: false })],
    ['it stands elsewhere', plugin('prometheus', 'guest', { route: { name: 'theirs' }, service: { name: 'theirs' } })],
  ])('is nothing where %s', async (_why, guest) => expect(await told(guest)).toEqual([]));
});

describe('the header of a route', () => {
  const takes = (value: string, seen: string): boolean => {
    const rules = rulesOf({ kind: 'kong.route', id: 'r', owner: undefined, spec: { name: 'r', paths: ['/'], headers: { 'X-Key': [value] } } });
    return winnerOf(rules, { method: 'GET', host: undefined, path: '/', headers: { 'x-key': seen } }) !== undefined;
  };
  it.each([['~*^o.e$', 'ONE', true], ['~*^o.e$', 'two', false], ['One', 'oNE', true], ['one', 'two', false], ['~*(', 'whatever it may mean', true]])('that asks for %s takes %s: %s', (value, seen, fits) => expect(takes(value, seen)).toBe(fits));
});

describe('a reference to a vault', () => {
  it.each<readonly [string, Spec]>([
    ['a text', { it: 'in {vault://theirs/a} here' }], ['a secret', { it: new Secret('{vault://theirs/a}') }], ['a list', { it: ['b', '{vault://theirs/a}'] }],
    ['a record in a list', { it: [{ deep: { it: '{vault://theirs/a}' } }] }],
  ])('is found in %s', (_where, spec) => {
    const [one] = wanted({ kind: 'kong.plugin', id: 'p', spec });
    expect([...vaultsIn([one!])]).toEqual([['theirs', one]]);
  });
  it('is none in anything else', () => expect([...vaultsIn(wanted({ kind: 'kong.plugin', id: 'p', spec: { a: 7, b: true, c: null, d: 'vault://theirs/a', e: [] } }))]).toEqual([]));
});

describe('a row', () => {
  it('is marked as ours, and as seldom made where it is', () => {
    expect(tagsOf('shop', { kind: 'kong.route', id: 'shop.a', spec: {} })).toEqual(['authctl:shop']);
    for (const kind of ['kong.service', 'kong.plugin', 'kong.consumer', 'kong.jwt_secret']) expect(tagsOf('shop', { kind, id: 'shop.a', spec: {} })).toEqual(['authctl:shop']);
    expect(tagsOf('shop', { kind: 'kong.acl', id: 'shop.issuer/team/red', spec: { id: 'x' } })).toEqual(['authctl:shop', 'authctl.raw:shop', 'authctl.name:red']);
  });
  it('is looked for in the list of its own kind, by its id', () => {
    const configuration = { services: [{ id: 'a', name: 'a' }], routes: [{ id: 'b' }] };
    expect([lacks(configuration, 'services', 'a'), lacks(configuration, 'services', 'b'), lacks(configuration, 'routes', 'b'), lacks(configuration, 'plugins', 'b')]).toEqual([false, true, false, true]);
  });
});

it('a plugin has the place in the order that its schema gives it, and none where no schema is known', () => {
  expect(priorityOf('cors')).toBeGreaterThan(priorityOf('jwt'));
  expect([priorityOf('made-by-hand'), priorityOf('toString')]).toEqual([0, 0]);
});
