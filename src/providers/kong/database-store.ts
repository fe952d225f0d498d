import { Problem } from '../../core/problem.ts';
import { nameField } from './client.ts';
import type { Entity, EntityName, KongAdmin } from './client.ts';
import { MARK, formerName, tagsWithout } from './specs/marks.ts';
import { holderOf } from './holder.ts';
import type { Holder } from './holder.ts';
import type { RowStore, RowWrite } from './row-store.ts';

/**
 * Kong with a database: every row is written by itself. POST creates (a PUT would replace what somebody else put there in between),
 * PATCH of the differing fields changes (a PUT would reset every field that is not owned).
 */
export const createDatabaseStore = (admin: KongAdmin, mark: string): RowStore => {
  let writes = 0;

  const create = async (row: RowWrite): Promise<void> => {
    const conflict = await admin.create(row.path, { ...row.body, tags: [mark, ...(row.tags ?? [])] });
    if (conflict === undefined) return;
    const there = await admin.find(`${row.path}/${encodeURIComponent(row.key.value)}`);
    if (there === undefined) throw takenElsewhere(row, conflict, await holderOf(admin, row));
    if (!there.tags?.includes(mark)) throw taken(row);
    const { id: _id, ...body } = row.body;
    await admin.patch(`${row.path}/${there.id}`, body);
  };

  const change = async (row: RowWrite, existing: NonNullable<RowWrite['existing']>): Promise<void> => {
    const path = `${row.nested ? row.path : `/${row.entity}`}/${existing.id}`;
    // What was nobody's may be another blueprint's by now: the mark that it has got is not written over.
    if (!existing.tags.some((tag) => tag.startsWith(MARK))) {
      const there = await admin.find(path);
      const other = there?.tags?.find((tag) => tag.startsWith(MARK) && tag !== mark);
      if (there === undefined || other !== undefined) throw moved(row, other === undefined ? 'is gone' : `was taken over by the blueprint "${other.slice(MARK.length)}"`);
    }
    const missing = [mark, ...(row.tags ?? [])].filter((tag) => !existing.tags.includes(tag));
    const tags = missing.length === 0 ? undefined : { tags: [...existing.tags, ...missing] };
    if (existing.whole) {
      await admin.replace(`${row.path}/${encodeURIComponent(row.key.value)}`, { ...row.body, tags: tags?.tags ?? existing.tags });
      return;
    }
    if (tags === undefined && Object.keys(existing.changes).length === 0) return;
    await admin.patch(path, { ...existing.changes, ...tags });
  };

  return {
    atomic: false,
    read: (list): Promise<readonly Entity[]> => admin.list(list),
    find: (entity, key) => admin.find(`/${entity}/${encodeURIComponent(key)}`),
    put: async (row) => {
      writes += 1;
      await (row.existing ? change(row, row.existing) : create(row));
    },
    remove: async (entity, id, path = `/${entity}`) => {
      writes += 1;
      await admin.remove(`${path}/${id}`);
    },
    release: async (entity, { id, tags }, path = `/${entity}`) => {
      writes += 1;
      const name = formerName(tags, mark);
      await mayBeCalled(admin, { entity, id, name, mark, path });
      await admin.patch(`${path}/${id}`, { tags: tagsWithout(tags, mark), ...(name !== undefined && { [nameField(entity)]: name }) });
    },
    flush: () => Promise.resolve(),
    writes: () => writes,
  };
};

/** A row that is let go gets its former name back: unless another row is called so by now. Ours, which may be let go itself, is left to Kong to judge. */
export const mayBeCalled = async (admin: Pick<KongAdmin, 'find'>, { entity, id, name, mark, path }: { readonly entity: EntityName; readonly id: string; readonly name: string | null | undefined; readonly mark: string; readonly path: string }): Promise<void> => {
  const there = name == null ? undefined : await admin.find(`${path}/${encodeURIComponent(name)}`);
  if (name != null && there !== undefined && there.id !== id && !there.tags?.includes(mark)) throw formerNameTaken(entity, name);
};

/** It stays as it is, and what else is let go is let go. */
export const formerNameTaken = (entity: EntityName, name: string): Problem =>
  new Problem('KONG_NAME_TAKEN', `${entity} has another "${name}" by now, which one of ours was called before it was taken over`, {
    hint: 'rename or delete theirs, and release again; until then it stays ours, under the name that it has',
  });

export const taken = ({ entity, key }: RowWrite): Problem =>
  new Problem('KONG_NAME_TAKEN', `${entity} already has a ${key.field} "${key.value}" that does not carry our mark`, {
    hint: 'plan again: it shows the object as blocked, and --adopt takes it over',
  });

const moved = ({ entity, key }: RowWrite, what: string): Problem =>
  new Problem('KONG_NAME_TAKEN', `what was to become the ${key.field} "${key.value}" of ${entity} ${what} since it was planned`, { hint: 'plan again: it shows what is there now' });

/** Held in another place: a credential of another consumer, a plugin of the name under another instance name. It is never moved. */
const takenElsewhere = ({ entity, key, path }: RowWrite, conflict: string, holder: Holder | undefined): Problem =>
  new Problem('KONG_KEY_TAKEN', `${key.field} "${key.value}" cannot be created in ${path}: ${holder ? `${holder.what} is in its place, and carries no mark of ours` : conflict}`, {
    hint: holder ? `where nobody needs it: DELETE ${holder.path} at the Admin API, then apply again; ${holder.otherwise}` : `somebody else holds it: look through GET /${entity}, then delete or rename theirs`,
  });
