/* eslint-disable @typescript-eslint/no-explicit-any */

/** Clients that every realm has: what rules the realm may be changed by nobody who does not rule the server. */
const KEYCLOAKS = ['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'];
/** Components that have a page of their own. */
const ON_PAGES = /UserStorageProvider|LDAPStorageMapper|KeyProvider|ClientRegistrationPolicy/;

/** The Admin API as the console uses it: a thing is read, changed, and written back whole. */
export const consoleOf = (url: string, secret: string, realm: string) => {
  const logIn = async (): Promise<string> => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: secret });
    const answer = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  let login = { until: 0, token: '' };
  // What stands in an answer is what the test is about.
  const ask = async (method: string, path: string, body?: unknown): Promise<any> => {
    if (login.until < performance.now()) login = { until: performance.now() + 30_000, token: await logIn() };
    const text = typeof body === 'string';
    const answer = await fetch(`${url}/admin/realms/${encodeURIComponent(realm)}${path}`, {
      method,
      headers: { authorization: `Bearer ${login.token}`, ...(body !== undefined && { 'content-type': text ? 'text/plain' : 'application/json' }) },
      ...(body !== undefined && { body: text ? body : JSON.stringify(body) }),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said}`);
    return said.startsWith('{') || said.startsWith('[') ? JSON.parse(said) : said;
  };
  const save = async (path: string, change: (rep: any) => void = () => undefined): Promise<void> => {
    const rep = await ask('GET', path);
    change(rep);
    await ask('PUT', path, rep);
  };
  const clients = (): Promise<any[]> => ask('GET', '/clients');
  const client = async (clientId: string): Promise<string> => (await ask('GET', `/clients?clientId=${encodeURIComponent(clientId)}`))[0].id;
  const named = async (path: string, name: string): Promise<any> => (await ask('GET', path)).find((one: any) => (one.name ?? one.alias) === name);
  const walk = async (groups: readonly any[]): Promise<readonly string[]> =>
    (await Promise.all(groups.map(async ({ id }) => [id, ...(await walk(await ask('GET', `/groups/${id}/children?first=0&max=1000`)))]))).flat();

  /** What the console has a page with a button "Save" for. */
  const places = async (): Promise<readonly string[]> => {
    const all = (await clients()).filter(({ clientId }) => !KEYCLOAKS.includes(clientId));
    const [roles, clientRoles, scopes, providers, groups, components, actions, flows, organizations, users] = await Promise.all([
      ask('GET', '/roles'),
      Promise.all(all.map(({ id }) => ask('GET', `/clients/${id}/roles`))),
      ask('GET', '/client-scopes'),
      ask('GET', '/identity-provider/instances'),
      ask('GET', '/groups').then(walk),
      ask('GET', '/components'),
      ask('GET', '/authentication/required-actions'),
      ask('GET', '/authentication/flows'),
      ask('GET', '/organizations'),
      ask('GET', '/users'),
    ]);
    const mappers = await Promise.all(providers.map(async ({ alias }: any) => (await ask('GET', `/identity-provider/instances/${encodeURIComponent(alias)}/mappers`)).map(({ id }: any) => `/identity-provider/instances/${encodeURIComponent(alias)}/mappers/${id}`)));
    return [
      '',
      '/users/profile',
      '/client-policies/profiles',
      '/client-policies/policies',
      ...[...roles, ...clientRoles.flat()].map(({ id }: any) => `/roles-by-id/${id}`),
      ...all.flatMap(({ id, protocolMappers = [] }) => [`/clients/${id}`, ...protocolMappers.map((one: any) => `/clients/${id}/protocol-mappers/models/${one.id}`)]),
      ...scopes.filter(({ attributes }: any) => attributes?.['authctl.owner'] !== undefined).flatMap(({ id, protocolMappers = [] }: any) => [`/client-scopes/${id}`, ...protocolMappers.map((one: any) => `/client-scopes/${id}/protocol-mappers/models/${one.id}`)]),
      ...providers.map(({ alias }: any) => `/identity-provider/instances/${encodeURIComponent(alias)}`),
      ...mappers.flat(),
      ...groups.map((id: string) => `/groups/${id}`),
      ...components.filter(({ providerType }: any) => ON_PAGES.test(providerType)).map(({ id }: any) => `/components/${id}`),
      ...actions.map(({ alias }: any) => `/authentication/required-actions/${alias}`),
      ...flows.filter(({ builtIn }: any) => builtIn !== true).map(({ id }: any) => `/authentication/flows/${id}`),
      ...organizations.map(({ id }: any) => `/organizations/${id}`),
      ...users.map(({ id }: any) => `/users/${id}`),
    ];
  };

  /** Every one of them, unchanged; how many they were. */
  const saveAll = async (): Promise<number> => {
    const all = await places();
    let next = 0;
    // Settings of a realm are one row of the database, whoever writes which.
    const one = async (): Promise<void> => {
      for (let at = next++; at < all.length; at = next++) await save(all[at]!);
    };
    await Promise.all([one(), one()]);
    const steps = await Promise.all((await ask('GET', '/authentication/flows')).filter(({ builtIn }: any) => builtIn !== true).map(async ({ alias }: any) => ({ alias, steps: await ask('GET', `/authentication/flows/${encodeURIComponent(alias)}/executions`) })));
    for (const { alias, steps: held } of steps)
      for (const step of held) {
        await ask('PUT', `/authentication/flows/${encodeURIComponent(alias)}/executions`, step);
        if (step.authenticationConfig !== undefined) await save(`/authentication/config/${step.authenticationConfig}`);
      }
    for (const locale of await ask('GET', '/localization'))
      for (const [key, text] of Object.entries<string>(await ask('GET', `/localization/${locale}`))) if (!key.includes('/')) await ask('PUT', `/localization/${locale}/${encodeURIComponent(key)}`, text);
    return all.length;
  };

  return { ask, save, client, named, saveAll };
};
export type Console = ReturnType<typeof consoleOf>;
