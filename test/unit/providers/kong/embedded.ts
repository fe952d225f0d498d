import type { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import type { Blueprint, KongTarget } from '../../../../src/blueprint/types.ts';
import type { Expansion } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import { fieldsOf } from '../../../../src/providers/kong/specs/index.ts';

export type EmbeddedKong = Awaited<ReturnType<typeof startEmbeddedKong>>;

/** The provider of a blueprint at a gateway in this process. No name of a service leads anywhere. */
export const providerAt = (kong: Pick<EmbeddedKong, 'admin' | 'proxy'>, blueprint: Blueprint, { store = 'database', proxy }: Partial<Pick<KongTarget, 'store' | 'proxy'>> = {}) => ({
  fieldsOf,
  ...createKongProvider(blueprint, { admin: { url: kong.admin.url }, proxy: { ...proxy, url: kong.proxy.url }, edition: 'oss', store }, {
    admin: createHttp({ target: 'kong', url: kong.admin.url }),
    proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
    lookUp: (names) => Promise.resolve(new Map(names.map((name) => [name, undefined]))),
  }),
});

const ours = (address: string): boolean => address.startsWith('kong.');

/** What a blueprint wants of Kong alone, with what comes of these keys of its issuer. */
export const ofKong = (blueprint: Blueprint, keys: readonly object[] = []): Expansion => {
  const { desired, deferred } = expand(blueprint);
  const derived = deferred.filter(({ kind }) => ours(kind)).flatMap((object) => object.expand(keys));
  return { name: blueprint.name, deferred: [], desired: [...desired, ...derived].filter(({ kind }) => ours(kind)).map((object) => ({ ...object, after: object.after.filter(ours) })) };
};
