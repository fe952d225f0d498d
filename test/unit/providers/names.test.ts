import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { canonicalHost } from '../../../src/providers/address.ts';
import { lookUpNames, ownAddresses } from '../../../src/providers/names.ts';
import { FAR } from '../../eventually.ts';

describe('names', () => {
  it('are each asked once, and known from then on', async () => {
    const asked: string[] = [];
    const lookUp = lookUpNames((name) => Promise.resolve((asked.push(name), [`of ${name}`])));
    expect(await lookUp(['a', 'b', 'a'])).toEqual(new Map([['a', ['of a']], ['b', ['of b']]]));
    expect(await lookUp(['b', 'c'])).toEqual(new Map([['a', ['of a']], ['b', ['of b']], ['c', ['of c']]]));
    expect(asked).toEqual(['a', 'b', 'c']);
    await lookUp([]);
    expect(asked).toHaveLength(3);
  });

  it('that nobody knows are not found, and not asked for again', async () => {
    let asked = 0;
    const lookUp = lookUpNames((name) => ((asked += 1), name === 'gone' ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(['10.0.0.1'])));
    for (let round = 0; round < 2; round += 1) expect(await lookUp(['gone', 'there'])).toEqual(new Map([['gone', undefined], ['there', ['10.0.0.1']]]));
    expect(asked).toBe(2);
  });

  it('that are not found in time are left, and those beside them are not', async () => {
    const lookUp = lookUpNames((name) => (name === 'slow' ? new Promise(() => undefined) : Promise.resolve(['10.0.0.1'])), 20);
    expect(await lookUp(['slow', 'fast'])).toEqual(new Map([['slow', undefined], ['fast', ['10.0.0.1']]]));
  });

  it('beyond the sixty-fourth are asked the next time', async () => {
    const names = Array.from({ length: 65 }, (_, at) => `n${at}`);
    const lookUp = lookUpNames((name) => Promise.resolve([name]));
    expect([...(await lookUp(names)).keys()]).toEqual(names.slice(0, 64));
    expect([...(await lookUp(names)).keys()]).toEqual(names);
  });

  it('are asked of this machine where nobody else is named', async () => {
    const found = (await lookUpNames(undefined, FAR)(['localhost'])).get('localhost') ?? [];
    expect(found.map(canonicalHost)).toContain('loopback');
  });
});

it('addresses of this machine are those of its network cards, each in one spelling', () => {
  const addresses = ownAddresses();
  expect(addresses).toContain('loopback');
  for (const { address } of Object.values(networkInterfaces()).flatMap((cards) => cards ?? [])) expect(addresses).toContain(canonicalHost(address));
});
