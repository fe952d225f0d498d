import { TAKES, holderIn, lockNameOf, wordsOf } from '../../core/lock.ts';
import type { Holder, LockPlace } from '../../core/lock.ts';
import { Problem } from '../../core/problem.ts';
import type { Entity, KongAdmin } from './client.ts';

/**
 * A consumer without credentials: Kong keeps its name unique, in the database of all its nodes, and no request is any other for it. Who holds the
 * lock stands in its tags.
 */
export const createLock = (admin: KongAdmin, blueprint: string, ahead?: LockPlace['ahead']): LockPlace => {
  const name = lockNameOf(blueprint);
  const tagsOf = (holder: Holder): readonly string[] => [name, ...wordsOf(holder)];
  const holderOf = ({ id, tags }: Entity): Holder => holderIn(id, tags ?? []);
  const find = async (key: string): Promise<Holder | undefined> => {
    const row = await admin.find(`/consumers/${encodeURIComponent(key)}`);
    return row && holderOf(row);
  };
  return {
    where: `the consumer ${name} of Kong`,
    take: async (claim) => {
      let why = '';
      for (let tries = 0; tries < TAKES; tries += 1) {
        const taken = await admin.create('/consumers', { id: claim.run, username: name, tags: tagsOf(claim) });
        if (taken === undefined) return undefined;
        const holder = await find(name);
        // An answer that was lost: it is ours.
        if (holder?.run === claim.run) return undefined;
        if (holder) return holder;
        why = taken;
      }
      throw new Problem('KONG_REFUSED', `kong refused to take the lock, which nobody holds: ${why}`, { hint: 'does something in between answer in its place?' });
    },
    renew: async (claim) => {
      if ((await find(claim.run)) === undefined) return false;
      await admin.patch(`/consumers/${claim.run}`, { tags: tagsOf(claim) });
      return true;
    },
    held: () => find(name),
    ...(ahead && { ahead }),
    drop: ({ run }) => admin.remove(`/consumers/${encodeURIComponent(run)}`),
  };
};
