import { rareTag } from '../../../blueprint/kong-marks.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Spec } from '../../../core/resource.ts';
import { rareKind } from './rare.ts';
import { fieldsOf, inUse, live, ownerOf, toWrite } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

/** A name that services may have as their host, balanced over targets. */
export const upstream = rareKind({
  name: 'kong.upstream',
  entity: 'upstreams',
  key: 'name',
  after: ['kong.certificate'],
  removeAfter: ['kong.service'],
});

/** Targets are served below their upstream only: one list for each upstream of ours. */
export const target = defineKind<KongClient>()({
  name: 'kong.target',
  after: ['kong.upstream'],
  // Gone with the upstream, and not before: until then a service may balance over it.
  removeAfter: ['kong.upstream'],
  immutable: [],
  list: async (kong) => {
    if (!(await inUse(kong, 'upstreams'))) return [];
    const ours = (await kong.rows('upstreams')).filter((row) => ownerOf(row, kong.name) === kong.name);
    const lists = ours.map(async (row) => {
      const name = String(row.name);
      return (await kong.rows(`upstreams/${row.id}/targets`)).map((item) =>
        live('kong.target', `${name}/${String(item.target)}`, item, { ...fieldsOf(item), upstream: { name } }, kong.name),
      );
    });
    return (await Promise.all(lists)).flat();
  },
  put: (kong, desired, held) => {
    const { upstream: parent, ...fields } = desired.spec;
    const key = { field: 'target', value: String(fields.target) } as const;
    return kong.store.put(
      toWrite({ ...desired, spec: fields }, held, {
        entity: 'targets',
        key,
        path: pathBelow(parent as Spec),
        nested: true,
        tags: [rareTag(kong.name)],
      }),
    );
  },
  remove: (kong, held) => kong.store.remove('targets', (held.ref as RowRef).id, pathBelow(held.spec.upstream as Spec)),
});

const pathBelow = ({ name }: Spec): string => `/upstreams/${encodeURIComponent(String(name))}/targets`;
