import { describe, expect, it } from 'vitest';
import { bindKind, defineKind } from '../../../src/core/provider.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { held, wanted } from './build.ts';

interface Client { readonly said: string[] }
const thing = defineKind<Client>()({
  name: 'kong.thing',
  after: ['kong.service'],
  removeAfter: ['kong.plugin'],
  immutable: ['protocol'],
  list: ({ said }) => (said.push('list'), Promise.resolve([held('kong.thing', 'a')])),
  put: ({ said }, desired, live) => (said.push(`put ${addressOf(desired)} over ${live?.id ?? 'nothing'}`), Promise.resolve()),
  remove: ({ said }, live) => (said.push(`remove ${addressOf(live)}`), Promise.resolve()),
});

describe('a kind with its client in hand', () => {
  it('asks and writes through that client', async () => {
    const client: Client = { said: [] };
    const kind = bindKind(thing, client);
    expect(await kind.list()).toEqual([held('kong.thing', 'a')]);
    await kind.put(wanted('kong.thing', 'b'), undefined);
    await kind.put(wanted('kong.thing', 'b'), held('kong.thing', 'a'));
    await kind.remove(held('kong.thing', 'a'));
    expect(client.said).toEqual(['list', 'put kong.thing/b over nothing', 'put kong.thing/b over a', 'remove kong.thing/a']);
  });

  it('is neither derived nor beyond deletion unless it says so, and has no more of a life than it states', () => {
    const plain = bindKind(thing, { said: [] });
    expect(plain).toMatchObject({ name: 'kong.thing', after: ['kong.service'], removeAfter: ['kong.plugin'], immutable: ['protocol'], derived: false, undeletable: false });
    expect([plain.announce, plain.release]).toEqual([undefined, undefined]);
    expect(bindKind({ ...thing, derived: true, undeletable: true }, { said: [] })).toMatchObject({ derived: true, undeletable: true });
  });

  it('announces and lets go where it can', async () => {
    const client: Client = { said: [] };
    const whole = bindKind({
      ...thing,
      announce: ({ said }, desired, live) => (said.push(`announce ${desired.id} over ${live.id}`), Promise.resolve('later' as const)),
      release: ({ said }, live) => (said.push(`release ${live.id}`), Promise.resolve()),
    }, client);
    expect(await whole.announce?.(wanted('kong.thing', 'b'), held('kong.thing', 'a'))).toBe('later');
    await whole.release?.(held('kong.thing', 'a'));
    expect(client.said).toEqual(['announce b over a', 'release a']);
  });
});
