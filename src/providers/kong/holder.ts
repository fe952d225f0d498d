import { objectOf, textOf } from '../../core/json.ts';
import type { Entity, KongAdmin } from './client.ts';
import type { RowWrite } from './row-store.ts';

/** The row that holds what a new one needs for itself. */
export interface Holder {
  /** `the plugin jwt "theirs" (id 5f…)` */
  readonly what: string;
  /** Where the Admin API has it. */
  readonly path: string;
  /** What to do where it is needed. */
  readonly otherwise: string;
}

/** Looks for it where Kong takes one only: a plugin of a name at one place, a key of `jwt` over all consumers. */
export const holderOf = async (admin: Pick<KongAdmin, 'find' | 'list'>, row: RowWrite): Promise<Holder | undefined> => {
  if (row.entity === 'plugins') return pluginAt(admin, row);
  const found = row.entity === 'jwts' ? await admin.find(`/jwts/${encodeURIComponent(row.key.value)}`) : undefined;
  const consumer = textOf(objectOf(found?.consumer).id);
  return found && consumer ? { what: `a credential of the consumer ${consumer} (id ${found.id})`, path: `/consumers/${consumer}/jwt/${found.id}`, otherwise: 'where it is needed, its owner must give it another key' } : undefined;
};

const PLACES = ['service', 'route', 'consumer'] as const;

const pluginAt = async (admin: Pick<KongAdmin, 'find' | 'list'>, { path, body }: RowWrite): Promise<Holder | undefined> => {
  const name = textOf(body.name);
  const [, list = '', holder = ''] = /^\/(\w+)\/([^/]+)\/plugins$/.exec(path) ?? [];
  const at = list === '' ? undefined : await admin.find(`/${list}/${holder}`);
  const stands = (row: Entity): boolean => PLACES.every((place) => textOf(objectOf(row[place]).id) === (list === `${place}s` ? at?.id : undefined));
  const found = (await admin.list('plugins')).find((row) => row.name === name && stands(row));
  if (found === undefined) return undefined;
  const called = textOf(found.instance_name);
  return {
    what: `the plugin ${name ?? ''}${called === undefined ? '' : ` "${called}"`} (id ${found.id})`,
    path: `/plugins/${found.id}`,
    otherwise: `where it is ours: PATCH /plugins/${found.id} with instance_name "${textOf(body.instance_name) ?? ''}", then apply --adopt`,
  };
};
