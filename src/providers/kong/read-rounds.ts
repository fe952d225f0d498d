import type { Entity, ListPath } from './client.ts';
import type { RowStore } from './row-store.ts';

/**
 * Reads every entity list once per round, although several kinds need it to turn ids into names. A round ends with a write, or when the
 * same list is asked for as `subject` a second time: somebody plans again and must see what is there now.
 */
export const createReadRounds = (store: Pick<RowStore, 'read' | 'writes'>) => {
  let lists = new Map<ListPath, Promise<readonly Entity[]>>();
  let subjects = new Set<ListPath>();
  let writes = store.writes();

  return (entity: ListPath, as: 'subject' | 'reference' = 'reference'): Promise<readonly Entity[]> => {
    if (store.writes() !== writes || (as === 'subject' && subjects.has(entity))) {
      lists = new Map();
      subjects = new Set();
      writes = store.writes();
    }
    if (as === 'subject') subjects.add(entity);
    const known = lists.get(entity);
    if (known) return known;
    const reading = store.read(entity);
    lists.set(entity, reading);
    return reading;
  };
};
