type Row = Record<string, unknown> & { id: string };

/** Somebody at the Admin API, who takes back what they did, last first. */
export const kongHand = (adminUrl: string, keycloakUrl = '', proxyUrl = 'http://127.0.0.1:8000') => {
  const undone: (() => Promise<unknown>)[] = [];
  const send = async (method: string, path: string, body?: object): Promise<Row> => {
    const answer = await fetch(`${adminUrl}${path}`, { method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Row;
  };
  const created = async (path: string, body: object, where = path): Promise<Row> => {
    const row = await send('POST', path, body);
    undone.push(() => send('DELETE', `${where}/${row.id}`));
    return row;
  };
  const pluginRow = async (instance: string): Promise<Row> => send('GET', `/plugins/${instance}`);
  return {
    adminUrl,
    keycloakUrl,
    proxyUrl,
    create: created,
    service: (name: string, body: object) => created('/services', { name, ...body }),
    route: (service: string, name: string, body: object) => created(`/services/${service}/routes`, { name, ...body }, '/routes'),
    plugin: (where: string, body: object) => created(`${where}/plugins`, body, '/plugins'),
    consumer: (username: string, body: object = {}) => created('/consumers', { username, ...body }),
    /** Changes fields, and remembers what they held. */
    patch: async (path: string, body: Readonly<Record<string, unknown>>) => {
      const before = await send('GET', path);
      const held = Object.fromEntries(Object.keys(body).map((field) => [field, before[field] ?? null]));
      await send('PATCH', path, body);
      undone.push(() => send('PATCH', path, held));
    },
    /** Changes fields of a plugin's configuration. */
    config: async (instance: string, body: Readonly<Record<string, unknown>>) => {
      const { id, config } = (await pluginRow(instance)) as Row & { config: Record<string, unknown> };
      await send('PATCH', `/plugins/${id}`, { config: body });
      undone.push(() => send('PATCH', `/plugins/${id}`, { config: Object.fromEntries(Object.keys(body).map((field) => [field, config[field] ?? null])) }));
    },
    removePlugin: async (instance: string) => {
      const { created_at: _created, updated_at: _updated, ...row } = await pluginRow(instance);
      await send('DELETE', `/plugins/${row.id}`);
      undone.push(() => send('POST', '/plugins', row));
    },
    get: (path: string) => send('GET', path),
    undo: async (): Promise<void> => {
      for (let last = undone.pop(); last; last = undone.pop()) await last();
    },
  };
};
export type KongHand = ReturnType<typeof kongHand>;
