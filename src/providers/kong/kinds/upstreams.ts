import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { kong as specs } from '../specs/index.ts';
import { hostsOf } from '../opening.ts';
import { rareTag } from '../specs/marks.ts';
import { isClosedHost } from '../specs/service.ts';
import type { KongClient, RowRef } from './kong-client.ts';
import { fieldsOf, liveRow, ownerOf } from './live-row.ts';
import { inUse, rawEntityKind } from './raw-entity.ts';
import { toWrite } from './row-write.ts';

const { upstream, target } = specs;

const stated = rawEntityKind(upstream, {
  entity: 'upstreams',
  key: 'name',
  after: [specs.certificate.kind],
  removeAfter: [specs.service.kind],
});

/** Of those that closed services, one that no service asks for any more was left by a run that was cut short; any other goes with `settle`. */
export const upstreamKind: typeof stated = {
  ...stated,
  list: async (kong) => {
    const found = await stated.list(kong);
    if (!found.some(({ spec }) => isClosedHost(spec.name))) return found;
    const asked = hostsOf(await kong.rows('services'));
    return found.flatMap((live) => (!isClosedHost(live.spec.name) ? [live] : asked.has(live.spec.name) ? [] : [{ ...live, doubled: true }]));
  },
  remove: async (kong, held) => {
    if (isClosedHost(held.spec.name)) await kong.exposure.settled();
    await stated.remove(kong, held);
  },
};

/** Targets are served below their upstream only: one list for each upstream of ours. */
export const targetKind = defineKind<KongClient, SpecOf<typeof target>, RowRef>()({
  name: target.kind,
  after: [upstream.kind],
  // Gone with the upstream, and not before: until then a service may balance over it.
  removeAfter: [upstream.kind],
  immutable: target.immutable,
  list: async (kong) => {
    if (!(await inUse(kong, 'upstreams'))) return [];
    const ours = (await kong.rows('upstreams')).filter((row) => ownerOf(row, kong.name) === kong.name && !isClosedHost(row.name));
    const lists = ours.map(async (row) => {
      const name = String(row.name);
      return (await kong.rows(`upstreams/${row.id}/targets`)).map((item) => {
        const spec = target.read({ ...fieldsOf(item), upstream: { name } });
        return liveRow(target, target.id(name, spec.target), item, spec, kong.name);
      });
    });
    return (await Promise.all(lists)).flat();
  },
  put: (kong, desired, held) => {
    const { upstream: parent, ...fields } = desired.spec;
    const key = { field: 'target', value: fields.target } as const;
    const row = { entity: 'targets', key, path: pathBelow(parent), nested: true, tags: [rareTag(kong.name)] } as const;
    return kong.store.put(toWrite({ ...desired, spec: fields }, held, row));
  },
  remove: (kong, held) => kong.store.remove('targets', refOf(held).id, pathBelow(held.spec.upstream)),
  release: (kong, held) => kong.store.release('targets', refOf(held), pathBelow(held.spec.upstream)),
});

const pathBelow = ({ name }: { readonly name?: string | null }): string => `/upstreams/${encodeURIComponent(String(name))}/targets`;
