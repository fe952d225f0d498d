import { objectOf, textOf } from '../../../core/json.ts';
import type { Live, Spec } from '../../../core/resource.ts';
import type { SpecType } from '../../../core/spec.ts';
import type { Entity } from '../client.ts';
import { ADOPTED_TAG, MARK, NAME_TAG, isJoint, markOf } from '../specs/marks.ts';
import type { RowRef } from './kong-client.ts';

/** The blueprint in a row's mark; ours when a row carries several. */
export const ownerOf = (row: Entity, name: string): string | undefined => {
  if (row.tags?.includes(markOf(name))) return name;
  return row.tags?.find((tag) => tag.startsWith(MARK))?.slice(MARK.length);
};

/** The name of a row that Kong knows by its id only. */
export const taggedName = (row: Entity): string | undefined =>
  row.tags?.find((tag) => tag.startsWith(NAME_TAG))?.slice(NAME_TAG.length);

/** A row's fields without the server's own. */
export const fieldsOf = ({ id: _id, tags: _tags, created_at: _created, updated_at: _updated, ...fields }: Entity): Readonly<Record<string, unknown>> => fields;

/** A row as a kind has it: by its name, or by its id where it has none. */
export const liveRow = <S extends Spec, Parts extends readonly string[]>(
  type: Pick<SpecType<S, Parts>, 'kind'>,
  id: string | undefined,
  row: Entity,
  spec: S,
  name: string,
): Live<S, RowRef> => ({
  kind: type.kind,
  id: id ?? `#${row.id}`,
  spec,
  owner: ownerOf(row, name),
  // What is another blueprint's, too, is let go as what was there before us is.
  ...((row.tags?.includes(ADOPTED_TAG) || isJoint(row.tags ?? [], markOf(name))) && { adopted: true }),
  ref: { id: row.id, tags: row.tags ?? [], ...(typeof row.updated_at === 'number' && { updatedAt: row.updated_at }) },
});

/** Turns `{ id }` of a foreign key into `{ name }`; the id stays where the row it points to has no name. */
export const namesIn = (rows: readonly Entity[], field: 'name' | 'username') => {
  const names = new Map(rows.map((row) => [row.id, textOf(row[field])]));
  return (reference: unknown): { readonly name?: string; readonly username?: string; readonly id?: string } | null => {
    const id = textOf(objectOf(reference).id);
    if (id === undefined) return null;
    const name = names.get(id);
    return name === undefined ? { id } : field === 'name' ? { name } : { username: name };
  };
};
