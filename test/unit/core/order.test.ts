import { describe, expect, it } from 'vitest';
import { removalOrder, wavesOf } from '../../../src/core/order.ts';
import { fakeProvider, wanted } from './build.ts';

const kinds = fakeProvider('kong', [{ name: 'kong.service' }, { name: 'kong.route', after: ['kong.service'] }]).provider.kinds;
const byName = new Map(kinds.map((kind) => [kind.name, kind]));

describe('wavesOf', () => {
  it('puts a kind after the kinds it names and an object after the addresses it names', () => {
    const nodes = [wanted('kong.route', 'a'), wanted('kong.service', 's2', {}, ['kong.service/s1']), wanted('kong.service', 's1')];
    expect(wavesOf(nodes, byName).map((wave) => wave.map(({ id }) => id))).toEqual([['s1'], ['s2'], ['a']]);
  });

  it('takes an address that is not in the plan as already there', () => {
    expect(wavesOf([wanted('kong.route', 'a', {}, ['keycloak.realm/shop'])], byName)).toHaveLength(1);
  });

  it('refuses a cycle', () => {
    const nodes = [wanted('kong.service', 'a', {}, ['kong.service/b']), wanted('kong.service', 'b', {}, ['kong.service/a'])];
    expect(() => wavesOf(nodes, byName)).toThrow('cycle');
  });
});

describe('removalOrder', () => {
  it('deletes dependents first', () => {
    expect(removalOrder(kinds)).toEqual(['kong.route', 'kong.service']);
  });

  it('follows a kind that states its own order', () => {
    const { provider } = fakeProvider('kong', [
      { name: 'kong.route', removeAfter: [] },
      { name: 'kong.plugin', after: ['kong.route'], removeAfter: ['kong.route'] },
    ]);
    expect(removalOrder(provider.kinds)).toEqual(['kong.route', 'kong.plugin']);
  });
});
