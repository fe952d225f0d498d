import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '../../core/problem.ts';
import type { Entity, KongAdmin } from './client.ts';
import { carriersOf, holds, isReleased, lacks, parsed, putRow, releaseRow, removeRow } from './dbless-configuration.ts';
import { mayBeCalled } from './database-store.ts';
import { formerName } from './specs/marks.ts';
import type { Configuration } from './dbless-configuration.ts';
import type { RowStore } from './row-store.ts';

/** One held-back write, and how to see in a configuration that it has been made. */
interface Edit {
  readonly make: (configuration: Configuration) => void;
  readonly made: (configuration: Configuration) => boolean;
}

interface DblessOptions {
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  readonly now?: () => number;
}

const TAGGED = 'tags/';
const TRIES = 8;
const PAUSE = 200;

/**
 * Kong without a database: its configuration is one document, replaced as a whole. Writes are held back and sent together by `flush`, on
 * top of what the node holds at that moment, so that other people's objects stay.
 *
 * Kong has no way to say "only if nobody else did". Whoever finds the hash changed between reading and loading begins again on the new
 * state. Whoever finds it changed after loading looks whether the other one built on it. If not, the later load has won, and this one is
 * refused with `KONG_OVERTAKEN`: it looks for at least twice as long as its own reading and loading took, so that another that had read
 * before is seen to load.
 */
export const createDblessStore = (
  admin: Pick<KongAdmin, 'list' | 'find' | 'dump' | 'hash' | 'load'>,
  mark: string,
  { sleep = wait, now = Date.now }: DblessOptions = {},
): RowStore => {
  let writes = 0;
  let held: Edit[] = [];
  const hold = (edit: Edit): Promise<void> => {
    writes += 1;
    held.push(edit);
    return Promise.resolve();
  };

  /** Milliseconds that it took, or `undefined` when somebody else was at it. */
  const load = async (): Promise<number | undefined> => {
    const begun = now();
    const before = await admin.hash();
    const configuration = parsed(await admin.dump());
    for (const { make } of held) make(configuration);
    if ((await admin.hash()) !== before || (await admin.load(configuration)) === 'busy') return undefined;
    return now() - begun;
  };

  const stayed = async (took: number): Promise<boolean> => {
    let known = await admin.hash();
    // All writes of one load travel together: the last one stands for all.
    const there = async (): Promise<boolean> => held.at(-1)?.made(parsed(await admin.dump())) === true;
    if (!(await there())) return false;
    for (const until = now() + Math.max(2 * took, PAUSE); now() < until; ) {
      await sleep(PAUSE / 4);
      const hash = await admin.hash();
      if (hash !== known && !(await there())) return false;
      known = hash;
    }
    return true;
  };

  return {
    atomic: true,
    // Without a database Kong 3.9 answers 500 to /tags/<tag> as soon as one row has no tags, whoever's it is: the configuration tells instead.
    read: async (list): Promise<readonly Entity[]> =>
      list.startsWith(TAGGED) ? carriersOf(parsed(await admin.dump()), decodeURIComponent(list.slice(TAGGED.length))) : admin.list(list),
    find: (entity, key) => admin.find(`/${entity}/${encodeURIComponent(key)}`),
    put: (row) =>
      hold({
        make: (configuration) => putRow(configuration, row, mark),
        made: (configuration) => holds(configuration, row, mark),
      }),
    remove: (entity, id) =>
      hold({
        make: (configuration) => removeRow(configuration, entity, id),
        made: (configuration) => lacks(configuration, entity, id),
      }),
    release: async (entity, { id, tags }) => {
      // Before it is held: a load is of all or of nothing, and one name would keep everything else ours.
      await mayBeCalled(admin, { entity, id, name: formerName(tags, mark), mark, path: `/${entity}` });
      await hold({
        make: (configuration) => releaseRow(configuration, entity, id, mark),
        made: (configuration) => isReleased(configuration, entity, id, mark),
      });
    },
    flush: async () => {
      if (held.length === 0) return;
      let took = await load();
      for (let attempt = 2; took === undefined; attempt += 1) {
        if (attempt > TRIES) throw overtaken('somebody else keeps loading configurations into this Kong: nothing of ours was loaded');
        await sleep(PAUSE * Math.random() * attempt);
        took = await load();
      }
      if (!(await stayed(took))) throw overtaken('somebody else loaded a configuration at the same time, without what we had just loaded');
      held = [];
    },
    writes: () => writes,
  };
};

const overtaken = (message: string): Problem =>
  new Problem('KONG_OVERTAKEN', message, {
    expected: 'one at a time: a Kong without a database takes its configuration as a whole',
    hint: 'apply again; what the other one loaded is kept',
  });
