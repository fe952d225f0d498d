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
