import { Problem } from '../../../core/problem.ts';
import { nameField } from '../client.ts';
import type { KongAdmin } from '../client.ts';
import type { RowStore } from '../row-store.ts';

/** Rows that are only read. The sender before them lets no write out either. */
export const createLookingStore = ({ list }: Pick<KongAdmin, 'list'>, at: Problem['at']): RowStore => {
  const never = (what: string) => (): Promise<never> =>
    Promise.reject(new Problem('TARGET_ONLY_LOOKED_AT', `${what}: a control plane of Konnect is only looked at`, { at, hint: 'write it with decK: authctl render --target kong-declarative' }));
  return {
    atomic: false,
    read: list,
    find: async (entity, key) => (entity === 'targets' ? undefined : (await list(entity)).find((row) => [row.id, row[nameField(entity)], row.username].includes(key))),
    put: never('nothing is written'),
    remove: never('nothing is deleted'),
    release: never('nothing is let go'),
    flush: () => Promise.resolve(),
    writes: () => 0,
  };
};
