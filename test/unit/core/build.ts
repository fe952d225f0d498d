import type { BoundKind, Provider } from '../../../src/core/provider.ts';
import type { Desired, Live, Spec } from '../../../src/core/resource.ts';
import { addressOf } from '../../../src/core/resource.ts';

const origin = { file: 'shop.yaml', line: 7, column: 3 };

export const wanted = (kind: string, id: string, spec: Spec = {}, after: readonly string[] = []): Desired => ({ kind, id, spec, after, origin });
export const held = (kind: string, id: string, spec: Spec = {}, owner: string | undefined = 'shop'): Live => ({ kind, id, spec, owner });

interface FakeKind {
  readonly name: string;
  readonly after?: readonly string[];
  readonly removeAfter?: readonly string[];
  readonly immutable?: readonly string[];
  readonly derived?: boolean;
  readonly undeletable?: boolean;
}

/** A provider over a map, that writes down what is asked of it. `breaks` makes single writes fail. */
export const fakeProvider = (
  name: string,
  kinds: readonly FakeKind[],
  live: readonly Live[] = [],
  extra: { readonly breaks?: (address: string) => Error | undefined; readonly output?: Provider['output']; readonly concurrency?: number } = {},
) => {
  const store = new Map(live.map((object) => [addressOf(object), object]));
  const log: string[] = [];
  const write = (verb: string, address: string): void => {
    log.push(`${verb} ${address}`);
    const broken = extra.breaks?.(address);
    if (broken) throw broken;
  };
  const bound: BoundKind[] = kinds.map((kind) => ({
    name: kind.name,
    after: kind.after ?? [],
    removeAfter: kind.removeAfter,
    immutable: kind.immutable ?? [],
    derived: kind.derived ?? false,
    undeletable: kind.undeletable ?? false,
    list: () => Promise.resolve([...store.values()].filter((object) => object.kind === kind.name)),
    put: async (desired) => {
      await Promise.resolve();
      write('put', addressOf(desired));
      store.set(addressOf(desired), { kind: desired.kind, id: desired.id, spec: desired.spec, owner: 'shop' });
    },
    remove: async (object) => {
      await Promise.resolve();
      write('remove', addressOf(object));
      store.delete(addressOf(object));
    },
  }));
  const provider: Provider = {
    name,
    kinds: bound,
    concurrency: extra.concurrency ?? 4,
    reach: () => Promise.resolve({ dangers: [], unseen: [] }),
    requests: () => ({ reads: 0, writes: log.length }),
    settle: () => {
      log.push(`settle ${name}`);
      return Promise.resolve();
    },
    ...(extra.output && { output: extra.output }),
  };
  return { provider, log, store };
};
