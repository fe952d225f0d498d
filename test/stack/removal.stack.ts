import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownStack } from './own.ts';

const BLUEPRINT = 'blueprints/sso.yaml';

describe('what is deleted of a live stack, and what is not', () => {
  const stack = ownStack(BLUEPRINT);
  beforeAll(async () => {
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
  });
  afterAll(() => stack.down());

  const kong = (method: string, path: string, body?: object) =>
    fetch(`${stack.env().KONG_ADMIN_URL}${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
  const keycloak = async (method: string, path: string, body?: object): Promise<Response> => {
    const { KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET = '' } = stack.env();
    const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: KEYCLOAK_CLIENT_SECRET });
    const answer = await fetch(`${KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: login });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return fetch(`${KEYCLOAK_URL}/admin/realms/shop${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  };

  it('deletes nothing while a foreign route stands on a service, and says which', async () => {
    expect((await kong('POST', '/services/shop.orders/routes', { name: 'partner.orders', paths: ['/partner'] })).status).toBe(201);
    const { exitCode, stdout } = await stack.authctl('destroy', BLUEPRINT, '--yes');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('kong.route/partner.orders');
    expect((await kong('GET', '/routes/shop.orders.list')).status).toBe(200);
    expect((await kong('DELETE', '/routes/partner.orders')).status).toBe(204);
  });

  it('deletes nothing while a foreign client, composite role or user has what is ours, and says which', async () => {
    const named = async (path: string, name: string): Promise<{ readonly id: string }> => {
      const list = (await (await keycloak('GET', path)).json()) as { id: string; name?: string; clientId?: string; username?: string }[];
      const found = list.find((one) => [one.name, one.clientId, one.username].includes(name));
      if (found === undefined) throw new Error(`no ${name} in ${path}`);
      return found;
    };
    const made = async (path: string, body: object): Promise<void> => expect((await keycloak('POST', path, body)).status).toBe(201);
    await made('/clients', { clientId: 'partner', publicClient: true });
    await made('/roles', { name: 'partner-role' });
    await made('/users', { username: 'mallory', enabled: true });
    const [partner, scope, role, mallory] = [await named('/clients', 'partner'), await named('/client-scopes', 'orders:read'), await named('/roles', 'admin'), await named('/users?username=mallory', 'mallory')];
    expect((await keycloak('PUT', `/clients/${partner.id}/optional-client-scopes/${scope.id}`)).status).toBe(204);
    expect((await keycloak('POST', '/roles/partner-role/composites', [role])).status).toBe(204);
    expect((await keycloak('POST', `/users/${mallory.id}/role-mappings/realm`, [role])).status).toBe(204);

    const { exitCode, stdout } = await stack.authctl('destroy', BLUEPRINT, '--yes');
    expect(exitCode).toBe(1);
    for (const name of ['keycloak.client/shop/partner', 'keycloak.role/shop/partner-role', 'mallory']) expect(stdout).toContain(name);
    const scopes = (await (await keycloak('GET', `/clients/${partner.id}/optional-client-scopes`)).json()) as { name: string }[];
    expect(scopes.map(({ name }) => name)).toContain('orders:read');
    const roles = (await (await keycloak('GET', `/users/${mallory.id}/role-mappings/realm`)).json()) as { name: string }[];
    expect(roles.map(({ name }) => name)).toContain('admin');
    for (const path of [`/clients/${partner.id}`, '/roles/partner-role', `/users/${mallory.id}`]) expect((await keycloak('DELETE', path)).status).toBe(204);
  });

  it('trusts the keys that it has while the realm publishes none, and says so', async () => {
    const keys = async () => ((await (await kong('GET', '/consumers/shop.issuer/jwt')).json()) as { data: { key: string }[] }).data.map(({ key }) => key);
    const before = await keys();
    const providers = (await (await keycloak('GET', '/components?type=org.keycloak.keys.KeyProvider')).json()) as { id: string; providerId: string; config: Record<string, string[]> }[];
    const rsa = providers.filter(({ providerId }) => providerId === 'rsa-generated');
    const set = async (enabled: string): Promise<void> => {
      for (const provider of rsa) expect((await keycloak('PUT', `/components/${provider.id}`, { ...provider, config: { ...provider.config, enabled: [enabled] } })).status).toBe(204);
    };
    await set('false');
    const { exitCode, stdout } = await stack.authctl('apply', BLUEPRINT, '--yes', '--prune', '--json');
    expect(exitCode).toBe(1);
    expect((JSON.parse(stdout) as { problems: { code: string }[] }).problems.map(({ code }) => code)).toContain('PLAN_NO_VALUE');
    expect(await keys()).toEqual(before);
    await set('true');
    expect(await stack.succeed('apply', BLUEPRINT, '--yes')).toBeDefined();
    expect(await keys()).toEqual(before);
  });

  it('lets go of everything by release, which changes nothing that is in force, and takes it over again', async () => {
    await stack.succeed('release', BLUEPRINT, '--only', 'keycloak.*,kong.*', '--yes');
    expect((await stack.authctl('plan', BLUEPRINT)).stdout).toContain('! blocked keycloak.client/shop/storefront');
    await stack.succeed('apply', BLUEPRINT, '--yes', '--adopt');
    expect(await stack.succeed('plan', BLUEPRINT, '--exit-code')).toContain('no changes');
  });

  it('lets go of people and clients that were there before', async () => {
    await stack.succeed('destroy', BLUEPRINT, '--yes');
    const [alice] = (await (await keycloak('GET', '/users?exact=true&username=alice&briefRepresentation=false')).json()) as { attributes?: Record<string, unknown> }[];
    expect(alice).toBeDefined();
    expect(Object.keys(alice?.attributes ?? {}).filter((name) => name.startsWith('authctl.'))).toEqual([]);
  });
});
