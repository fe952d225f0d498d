import { describe, expect, it } from 'vitest';
import { addressesOf } from '../../../src/explain/addresses.ts';
import { reachedAtUrl } from '../../../src/checks/kit/reached.ts';
import type { HttpRequest } from '../../../src/checks/kit/http.ts';
import { shop } from '../blueprint/shop.ts';

const url = 'url: "${KEYCLOAK_URL:-http://localhost:8080}"';
const stating = (fields: string) => shop([url, `${url}\n${fields}`]);

describe('where Keycloak is for whom', () => {
  it('is not worth a word where one address serves all', async () => {
    expect(addressesOf(await shop())).toEqual([]);
  });

  it('says what each address is for, and that one is for nothing', async () => {
    expect(addressesOf(await stating('    admin: http://127.0.0.1:9000\n    issuer: https://id.example/realms/shop\n    backchannel: http://keycloak:8080'))).toEqual([
      "keycloak's Admin API is at http://127.0.0.1:9000; browsers and verifiers use http://localhost:8080",
      'tokens say https://id.example/realms/shop; verify reaches that at http://localhost:8080/realms/shop',
      'targets.keycloak.backchannel (http://keycloak:8080): nothing asks there; Kong gets the keys from authctl',
    ]);
  });

  it('takes what Keycloak says of itself there where it can be reached, and nothing else', async () => {
    const asked: string[] = [];
    const network = {
      send: ({ url: to }: HttpRequest) => {
        asked.push(to);
        return Promise.resolve({ status: 200, headers: {}, setCookies: [], body: '', milliseconds: 1 });
      },
    };
    const { send } = reachedAtUrl(network, await stating('    issuer: https://id.example/realms/shop'));
    for (const to of ['/realms/shop', '/realms/shop/login-actions/authenticate?x=1', '/realms/shopping/x', '/other']) await send({ url: `https://id.example${to}`, method: 'GET', headers: [] });
    await send({ url: 'https://shop.example/orders', method: 'GET', headers: [] });
    expect(asked).toEqual([
      'http://localhost:8080/realms/shop',
      'http://localhost:8080/realms/shop/login-actions/authenticate?x=1',
      'https://id.example/realms/shopping/x',
      'https://id.example/other',
      'https://shop.example/orders',
    ]);
    expect(reachedAtUrl(network, await shop())).toBe(network);
  });
});
