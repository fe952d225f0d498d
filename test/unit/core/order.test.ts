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

  it('puts what nothing waits for first, without a gap, and knows objects of kinds it has never heard of', () => {
    const nodes = [wanted('kong.service', 's'), wanted('opa.bundle', 'b', {}, ['kong.route/r']), wanted('kong.route', 'r'), wanted('opa.bundle', 'c')];
    expect(wavesOf(nodes, byName).map((wave) => wave.map(({ id }) => id))).toEqual([['s', 'c'], ['r'], ['b']]);
  });

  it('works a level out once, however many ask for it', () => {
    let asked = 0;
    const counting = wanted('kong.service', 's');
    const nodes = [{ ...counting, get after() { asked += 1; return []; } }, ...Array.from({ length: 50 }, (_, at) => wanted('kong.route', `r${at}`, {}, ['kong.service/s']))];
    expect(wavesOf(nodes, byName).map((wave) => wave.length)).toEqual([1, 50]);
    expect(asked).toBe(1);
  });

  it('works the level of a kind out once, however many objects wait for it', () => {
    let asked = 0;
    const one = new Map(kinds.map((kind) => [kind.name, kind.name === 'kong.route' ? { ...kind, get after() { asked += 1; return ['kong.service']; } } : kind]));
    const services = Array.from({ length: 20 }, (_, at) => ({ ...wanted('kong.service', `s${at}`) }));
    const routes = Array.from({ length: 20 }, (_, at) => wanted('kong.route', `r${at}`));
    expect(wavesOf([...routes, ...services], one).map((wave) => wave.length)).toEqual([20, 20]);
    expect(asked).toBe(20);
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

  it('refuses a circle by its name, and lists each kind once', () => {
    const circle = fakeProvider('x', [{ name: 'x.a', removeAfter: ['x.b'] }, { name: 'x.b', removeAfter: ['x.c'] }, { name: 'x.c', removeAfter: ['x.b'] }]).provider;
    expect(() => removalOrder(circle.kinds)).toThrow('removal cycle through x.b');
    const diamond = fakeProvider('x', [{ name: 'x.a' }, { name: 'x.b', after: ['x.a'] }, { name: 'x.c', after: ['x.a'] }, { name: 'x.d', after: ['x.b', 'x.c'] }]).provider;
    expect(removalOrder(diamond.kinds)).toEqual(['x.d', 'x.b', 'x.c', 'x.a']);
  });

  it('does not wait for a kind that nobody here has', () => {
    expect(removalOrder(fakeProvider('x', [{ name: 'x.a', removeAfter: ['y.b'] }]).provider.kinds)).toEqual(['x.a']);
  });
});
