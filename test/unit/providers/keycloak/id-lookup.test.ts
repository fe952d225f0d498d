import { describe, expect, it } from 'vitest';
import { createIdLookup } from '../../../../src/providers/keycloak/id-lookup.ts';
import type { NamedRef } from '../../../../src/providers/keycloak/representations.ts';
import { changesBetween } from '../../../../src/providers/keycloak/role-mappings.ts';
import { line } from './blueprint.ts';

const ref = (name: string): NamedRef => ({ id: `id of ${name}`, name });
/** A server with these names, and how often it was asked for them. */
const lookup = (...names: readonly string[]) => {
  const server = { names: [...names], asked: 0 };
  const ids = createIdLookup('role', () => {
    server.asked += 1;
    return Promise.resolve(server.names.map((name) => ({ ...ref(name), description: 'more' })));
  });
  return { server, ids };
};

describe('ids by name', () => {
  it('are asked for once, and answered in the order of the names, with nothing but id and name', async () => {
    const { server, ids } = lookup('a', 'b', 'c');
    expect(await ids.refs(['c', 'a'])).toEqual([ref('c'), ref('a')]);
    expect(await ids.refs(['b'])).toEqual([ref('b')]);
    expect(server.asked).toBe(1);
  });

  it('of nothing are nothing, and nobody is asked', async () => {
    const { server, ids } = lookup('a');
    expect(await ids.refs([])).toEqual([]);
    expect(server.asked).toBe(0);
  });

  it('that were learnt or added are not asked for', async () => {
    const { server, ids } = lookup();
    ids.learn([ref('a'), ref('b')]);
    ids.add(ref('c'));
    expect(await ids.refs(['a', 'c'])).toEqual([ref('a'), ref('c')]);
    expect(server.asked).toBe(0);
    // Who learns forgets what was known before.
    ids.learn([ref('b')]);
    await expect(ids.refs(['a'])).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME' });
    expect(server.asked).toBe(1);
  });

  it('that were forgotten are asked for again', async () => {
    const { server, ids } = lookup('a');
    ids.learn([ref('a')]);
    ids.forget('a');
    expect(await ids.refs(['a'])).toEqual([ref('a')]);
    expect(server.asked).toBe(1);
  });

  it('are listed once for all who wait, and once more for who looks for something newer', async () => {
    const { server, ids } = lookup('a', 'b');
    expect(await Promise.all([ids.refs(['a']), ids.refs(['b'])])).toEqual([[ref('a')], [ref('b')]]);
    expect(server.asked).toBe(1);
    server.names.push('c');
    expect(await ids.refs(['c'])).toEqual([ref('c')]);
    expect(server.asked).toBe(2);
  });

  it('that came while another list was on its way are found', async () => {
    const answers: ((refs: readonly NamedRef[]) => void)[] = [];
    const ids = createIdLookup('role', () => new Promise((resolve) => answers.push(resolve)));
    const both = Promise.all([ids.refs(['old']), ids.refs(['new'])]);
    answers.shift()!([ref('old')]);
    await new Promise((resolve) => setImmediate(resolve));
    answers.shift()!([ref('old'), ref('new')]);
    expect(await both).toEqual([[ref('old')], [ref('new')]]);
    expect(answers).toEqual([]);
  });

  it('of a name that is not there are a problem with its line', async () => {
    const { ids } = lookup('a');
    await expect(ids.refs(['a', 'typo'], line)).rejects.toMatchObject({ code: 'KEYCLOAK_NO_SUCH_NAME', at: line, message: 'Keycloak has no role "typo"', hint: expect.stringMatching(/./) as string });
  });

  it('can be asked for after a list that failed', async () => {
    let fails = true;
    const ids = createIdLookup('role', () => (fails ? Promise.reject(new Error('away')) : Promise.resolve([ref('a')])));
    await expect(ids.refs(['a'])).rejects.toThrow('away');
    fails = false;
    expect(await ids.refs(['a'])).toEqual([ref('a')]);
  });

  it('lead back to names, and are names themselves where nobody knows them', async () => {
    const { server, ids } = lookup('a', 'b');
    expect(await ids.nameOf('id of b')).toBe('b');
    expect(await ids.nameOf('id of a')).toBe('a');
    expect(server.asked).toBe(1);
    expect(await ids.nameOf('id of c')).toBe('id of c');
    expect(server.asked).toBe(2);
  });
});

describe('two lists of names', () => {
  it.each<readonly [held: readonly string[], wanted: readonly string[], add: readonly string[], drop: readonly string[]]>([
    [[], [], [], []],
    [['a'], ['a'], [], []],
    [['a', 'b'], ['b', 'c'], ['c'], ['a']],
    [[], ['a'], ['a'], []],
    [['a'], [], [], ['a']],
  ])('%j and %j', (held, wanted, add, drop) => expect(changesBetween(held, wanted)).toEqual({ add, drop }));
});
