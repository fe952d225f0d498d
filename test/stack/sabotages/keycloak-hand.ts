import { keycloakByHand } from './keycloak-by-hand.ts';

/** What Keycloak answers: objects as they come. */
type Rep = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

/** Changes a realm by hand, and takes all of it back, the last change first. */
export const keycloakHand = (realm: string) => {
  const { ask, only } = keycloakByHand(realm);
  const undone: (() => Promise<unknown>)[] = [];
  const later = (undo: () => Promise<unknown>): void => void undone.push(undo);

  /** A representation with some fields changed; attributes are merged. */
  const patch = async (path: string, change: (rep: Rep) => Rep): Promise<void> => {
    const before = await ask<Rep>('GET', path);
    const changed = change(structuredClone(before));
    const added = Object.keys((changed.attributes ?? {}) as Rep).filter((name) => !(name in ((before.attributes ?? {}) as Rep)));
    later(() => ask('PUT', path, { ...before, ...(added.length > 0 && { attributes: { ...Object.fromEntries(added.map((name) => [name, path === '' ? undefined : ''])), ...before.attributes } }) }));
    await ask('PUT', path, { ...before, ...changed });
  };
  const client = (clientId: string): Promise<Rep> => only(`/clients?clientId=${encodeURIComponent(clientId)}`);
  const named = async (path: string, name: string): Promise<Rep> => {
    const found = (await ask<Rep[]>('GET', path)).find((one) => one.name === name || one.alias === name || one.username === name);
    if (found === undefined) throw new Error(`${path}: no ${name}`);
    return found;
  };
  const scope = (name: string): Promise<Rep> => named('/client-scopes', name);
  const user = (name: string): Promise<Rep> => named(`/users?exact=true&username=${name}`, name);
  /** Something new, which is deleted again: by its id, or under `place`. */
  const add = async (path: string, body: Rep, place?: string): Promise<void> => {
    const id = String(body.id ?? '');
    await ask('POST', path, body);
    later(() => ask('DELETE', place ?? `${path}/${id}`, undefined, { missing: true }));
  };
  /** Roles put somewhere, and taken away. */
  const give = async (path: string, roles: readonly Rep[]): Promise<void> => {
    await ask('POST', path, roles);
    later(() => ask('DELETE', path, roles, { missing: true }));
  };
  const link = async (path: string): Promise<void> => {
    await ask('PUT', path);
    later(() => ask('DELETE', path, undefined, { missing: true }));
  };
  const role = (name: string): Promise<Rep> => ask('GET', `/roles/${name}`);
  const ruling = async (name: string): Promise<Rep> => ask('GET', `/clients/${String((await client('realm-management')).id)}/roles/${name}`);
  const uuid = (): string => crypto.randomUUID();

  return {
    ask, later, patch, add, give, link, client, named, scope, user, role, ruling,
    realm: (change: Rep) => patch('', (rep) => ({ ...change, ...(change.attributes && { attributes: { ...rep.attributes, ...change.attributes } }) })),
    changeClient: async (clientId: string, change: Rep) => patch(`/clients/${String((await client(clientId)).id)}`, () => change),
    newClient: (clientId: string, rep: Rep) => add('/clients', { id: uuid(), clientId, protocol: 'openid-connect', directAccessGrantsEnabled: false, fullScopeAllowed: false, ...rep }),
    scopeMapper: async (name: string, protocolMapper: string, config: Rep) => {
      const { id } = await scope(name);
      const mapper = { id: uuid(), name: 'evil', protocol: 'openid-connect', protocolMapper, config: { 'access.token.claim': 'true', ...config } };
      return add(`/client-scopes/${String(id)}/protocol-mappers/models`, mapper);
    },
    clientMapper: async (clientId: string, protocolMapper: string, config: Rep) => {
      const { id } = await client(clientId);
      return add(`/clients/${String(id)}/protocol-mappers/models`, { id: uuid(), name: 'evil', protocol: 'openid-connect', protocolMapper, config: { 'access.token.claim': 'true', ...config } });
    },
    newUser: async (username: string): Promise<Rep> => {
      await ask('POST', '/users', { username, enabled: true });
      const made = await user(username);
      later(() => ask('DELETE', `/users/${String(made.id)}`, undefined, { missing: true }));
      return made;
    },
    newGroup: async (name: string): Promise<Rep> => {
      await ask('POST', '/groups', { name });
      const made = await named('/groups', name);
      later(() => ask('DELETE', `/groups/${String(made.id)}`, undefined, { missing: true }));
      return made;
    },
    component: async (body: Rep) => {
      const { id } = await ask<Rep>('GET', '');
      return add('/components', { id: uuid(), parentId: id, ...body });
    },
    removeComponent: async (providerId: string, subType?: string) => {
      const found = (await ask<Rep[]>('GET', '/components')).find((one) => one.providerId === providerId && (subType === undefined || one.subType === subType));
      if (found === undefined) throw new Error(`no component ${providerId}`);
      await ask('DELETE', `/components/${String(found.id)}`);
      later(() => ask('POST', '/components', found));
    },
    changeComponent: async (providerId: string, config: Rep) => {
      const found = (await ask<Rep[]>('GET', '/components')).find((one) => one.providerId === providerId);
      if (found === undefined) throw new Error(`no component ${providerId}`);
      await ask('PUT', `/components/${String(found.id)}`, { ...found, config: { ...found.config, ...config } });
      const emptied = Object.fromEntries(Object.keys(config).map((name) => [name, []]));
      later(() => ask('PUT', `/components/${String(found.id)}`, { ...found, config: { ...emptied, ...found.config } }));
    },
    /** A copy of the browser flow in which the form asks for the name alone; answers its id. */
    passwordless: async (alias: string): Promise<string> => {
      await ask('POST', '/authentication/flows', { alias, providerId: 'basic-flow', topLevel: true, builtIn: false });
      const { id } = await named('/authentication/flows', alias);
      later(() => ask('DELETE', `/authentication/flows/${String(id)}`, undefined, { missing: true }));
      await ask('POST', `/authentication/flows/${encodeURIComponent(alias)}/executions/execution`, { provider: 'auth-username-form' });
      const [step] = await ask<Rep[]>('GET', `/authentication/flows/${encodeURIComponent(alias)}/executions`);
      await ask('PUT', `/authentication/flows/${encodeURIComponent(alias)}/executions`, { ...step, requirement: 'REQUIRED' });
      return String(id);
    },
    requirement: async (flow: string, display: string, requirement: string) => {
      const path = `/authentication/flows/${encodeURIComponent(flow)}/executions`;
      const step = (await ask<Rep[]>('GET', path)).find((one) => one.providerId === display || one.displayName === display);
      if (step === undefined) throw new Error(`${flow}: no ${display}`);
      later(() => ask('PUT', path, step));
      await ask('PUT', path, { ...step, requirement });
    },
    profile: async (change: (profile: Rep) => Rep) => patch('/users/profile', change),
    undo: async (): Promise<void> => {
      for (const one of undone.splice(0).toReversed()) await one();
    },
  };
};
export type KeycloakHand = ReturnType<typeof keycloakHand>;
