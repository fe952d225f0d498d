import { parse } from 'yaml';

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

/** Somebody who changes a Kong by its Admin API: row by row, or without a database all of it. */
export const kongHand = (admin: string, dbless: boolean) => {
  const ask = async (method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await fetch(`${admin}${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  };
  const rows = async (list: string): Promise<readonly Row[]> => (await ask('GET', `/${list}?size=1000`))['data'] as readonly Row[];
  const found = async (list: string, wanted: (row: Row) => boolean): Promise<Row> => {
    const row = (await rows(list)).find(wanted);
    if (row === undefined) throw new Error(`no such row among ${list}`);
    return row;
  };
  /** The name of a list in a declarative configuration. */
  const section = (list: string): string => ({ jwts: 'jwt_secrets', 'key-auths': 'keyauth_credentials' })[list] ?? list;
  const loaded = async (list: string, id: string, change: (row: Row) => Row | undefined): Promise<void> => {
    const { config } = (await ask('GET', '/config')) as { config: string };
    const whole = parse(config) as Record<string, Row[]>;
    const kept = (whole[section(list)] ?? []).flatMap((row) => (row.id === id ? (change(row) ?? []) : [row]));
    await ask('POST', '/config', { config: JSON.stringify({ ...whole, [section(list)]: kept }) });
  };
  return {
    rows,
    change: async (list: string, wanted: (row: Row) => boolean, fields: Readonly<Record<string, unknown>>): Promise<unknown> => {
      const { id, config } = await found(list, wanted);
      const whole = 'config' in fields ? { ...fields, config: { ...(config as object), ...(fields['config'] as object) } } : fields;
      return dbless ? loaded(list, id, (row) => ({ ...row, ...whole })) : ask('PATCH', `/${list}/${id}`, fields);
    },
    remove: async (list: string, wanted: (row: Row) => boolean): Promise<unknown> => {
      const { id } = await found(list, wanted);
      return dbless ? loaded(list, id, () => undefined) : ask('DELETE', `/${list}/${id}`);
    },
  };
};
export type KongHand = ReturnType<typeof kongHand>;
export const called = (name: string) => (row: Row): boolean => row['name'] === name || row['instance_name'] === name || row['username'] === name;
