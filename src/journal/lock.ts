import { TAKES, holderIn, lockNameOf, wordsOf } from '../core/lock.ts';
import type { Holder, LockPlace } from '../core/lock.ts';
import { Problem, problemsOf } from '../core/problem.ts';
import type { Bucket } from './bucket.ts';

/** What nobody's lock says: it is written where a lock is, to see that it is refused. */
const PROBE = 'authctl asks whether this is refused';

const textOf = (holder: Holder): string => wordsOf(holder).join('\n');
const holderOf = (text: string): Holder => {
  const words = text.split('\n');
  return holderIn(decodeURIComponent(words.find((word) => word.startsWith('run='))?.slice('run='.length) ?? ''), words);
};
const isOvertaken = (thrown: unknown): boolean => problemsOf(thrown)?.every(({ code }) => code === 'JOURNAL_OVERTAKEN') === true;

/**
 * An object beside the runs, that is made under the condition that there is none: for targets that keep no lock themselves. A server that takes a write in spite of its
 * condition would give it to everybody, and is asked before it is believed.
 */
export const bucketLock = (bucket: Bucket, where: string, blueprint: string): LockPlace => {
  const name = lockNameOf(blueprint);
  const held = async (): Promise<Holder | undefined> => {
    const found = await bucket.get(name);
    return found && holderOf(found.text);
  };
  /** False where somebody else has it. */
  const written = (text: string, etag: string | undefined): Promise<boolean> =>
    bucket.put(name, text, etag, 'always').then(() => true, (thrown: unknown) => {
      if (isOvertaken(thrown)) return false;
      throw thrown;
    });
  const drop = async ({ run }: Holder): Promise<void> => {
    const found = await bucket.get(name);
    if (found && holderOf(found.text).run === run) await bucket.remove(name, found.etag);
  };
  const believed = async (): Promise<undefined> => {
    if (!(await written(PROBE, undefined))) return undefined;
    await bucket.remove(name);
    throw new Problem('JOURNAL_ANSWER', `${where} takes a write in spite of its condition, so that it keeps no lock`, { hint: 'keep the lock at Kong or Keycloak, or runs in a bucket with conditional writes' });
  };
  return {
    where: `${where}/${name}`,
    take: async (claim) => {
      for (let tries = 0; tries < TAKES; tries += 1) {
        if (await written(textOf(claim), undefined)) return believed();
        // Whoever had it may have let go in between.
        const holder = await held();
        if (holder) return holder.run === claim.run ? undefined : holder;
      }
      throw new Problem('JOURNAL_ANSWER', `${where} refused the lock, which nobody holds`, { hint: 'does something in between answer in its place?' });
    },
     renew: async (claim) => {
      const found = await bucket.get(name);
      return found !== undefined && holderOf(found.text).run === claim.run && written(textOf(claim), found.etag);
    },
    held,
    ahead: bucket.ahead,
    drop,
  };
};
