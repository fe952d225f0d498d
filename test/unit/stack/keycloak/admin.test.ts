import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rotateSecret } from '../../../../src/stack/keycloak/admin.ts';

/** As much of Keycloak as a rotation meets: a client with a secret, its token, its representation. */
const keycloak = async ({ keepsOld = false, ignoresNew = false } = {}): Promise<string> => {
  const accepted = new Set(['golden']);
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => { response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body)); };
    const handle = async (): Promise<void> => {
      if (request.url === '/realms/master/protocol/openid-connect/token') {
        const form = new URLSearchParams(await text(request));
        answer(accepted.has(form.get('client_secret') ?? '') ? 200 : 401, { access_token: 'token' });
      } else if (request.headers.authorization !== 'Bearer token') answer(401, {});
      else if (request.method === 'GET' && request.url === '/admin/realms/master/clients?clientId=authctl') answer(200, [{ id: 'uuid' }]);
      else if (request.method === 'PUT' && request.url === '/admin/realms/master/clients/uuid') {
        const { secret } = (await json(request)) as { secret: string };
        if (!keepsOld) accepted.clear();
        if (!ignoresNew) accepted.add(secret);
        answer(204, undefined);
      } else answer(404, {});
    };
    void handle();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => { server.close(); });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
};

describe('replacing the administrator’s secret', () => {
  it('returns when the old one is refused and the new one accepted', async () => {
    await expect(rotateSecret(await keycloak(), 'golden', 'fresh')).resolves.toBeUndefined();
  });

  it.for([
    ['the old one is still accepted', { keepsOld: true }, 'golden', '200 to a login with the secret that was replaced'],
    ['the new one is not accepted', { ignoresNew: true }, 'golden', '401 to the login of its first administrator'],
    ['the first login is refused', {}, 'wrong', '401 to the login of its first administrator'],
  ] as const)('fails when %s, and names neither', async ([, faults, old, why]) => {
    const failure = await rotateSecret(await keycloak(faults), old, 'fresh').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STACK_KEYCLOAK_ADMIN', message: `the new Keycloak answered ${why}` });
    expect(JSON.stringify(failure)).not.toMatch(/golden|fresh|wrong/);
  });
});
