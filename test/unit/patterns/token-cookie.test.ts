import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, sso } from '../blueprint/loading.ts';

const COOKIE = 'in: [header, cookie], cookie: __Host-shop,';
const stored = async (storage: string): Promise<Blueprint> => load(await sso([COOKIE, `${COOKIE} storage: ${storage},`]));
const shop = async (...edits: readonly (readonly [string, string])[]): Promise<Blueprint> => load(await sso(...edits));
const about = (blueprint: Blueprint) => expand(blueprint).desired.filter(({ id }) => id.startsWith('shop.token_cookie.'));
const mappersOf = (blueprint: Blueprint, client: string): Spec =>
  expand(blueprint).desired.find(({ id, kind }) => kind === 'keycloak.client' && id === `shop/${client}`)?.spec.mappers as Spec;

describe('storage gateway-cookie', () => {
  it('is what a named cookie means, and comes with a route to set it and one to clear it, neither of which leads anywhere', async () => {
    const blueprint = await shop();
    expect(blueprint.authentication.token).toMatchObject({ storage: 'gateway-cookie', sameSite: 'Strict' });
    const routes = about(blueprint).filter(({ kind }) => kind === 'kong.route');
    expect(routes.map(({ id, spec }) => [id, spec.paths, spec.methods, spec.service])).toEqual([
      ['shop.token_cookie.set', ['~/session$'], ['POST'], null],
      ['shop.token_cookie.clear', ['~/session$'], ['DELETE', 'OPTIONS'], null],
    ]);
  });

  it('makes a cookie only of a verified token of the client that people sign in with', async () => {
    const blueprint = await shop();
    const plugins = about(blueprint).filter(({ id, kind }) => kind === 'kong.plugin' && id.startsWith('shop.token_cookie.set.'));
    expect(plugins.map(({ spec }) => spec.name)).toEqual(['cors', 'authctl-token-guard', 'jwt', 'authctl-scope-guard', 'authctl-token-cookie']);
    const [, guard, jwt, scope, cookie] = plugins;
    expect(guard?.spec.config).toMatchObject({
      public: false, issuer: blueprint.issuer, audience: 'shop.session', clients: ['storefront'], header: true, cookie: null, relay: 'none',
    });
    expect(jwt?.spec.config).toMatchObject({ claims_to_verify: ['exp'], key_claim_name: 'kid', anonymous: null });
    expect(scope?.spec.config).toEqual({ deny_all: false, consumer_username: 'shop.issuer', scopes: [], roles: [] });
    expect(cookie?.spec.config).toEqual({ cookie: '__Host-shop', same_site: 'Strict', allowed_origins: blueprint.authentication.origins });
    expect(cookie?.after).toEqual(['kong.route/shop.token_cookie.set', ...[guard, jwt, scope].map((plugin) => `kong.plugin/${plugin!.id}`)]);
    expect(Object.keys(mappersOf(blueprint, 'storefront'))).toEqual(['audience shop.session']);
    expect(mappersOf(blueprint, 'reports')).toEqual({});
  });

  it('clears it without a token', async () => {
    const clear = about(await shop()).filter(({ id, kind }) => kind === 'kong.plugin' && id.startsWith('shop.token_cookie.clear.'));
    expect(clear.map(({ spec }) => [spec.name, (spec.config as Spec).public])).toEqual([
      ['cors', undefined], ['authctl-token-guard', true], ['authctl-token-cookie', undefined],
    ]);
  });

  it('takes the SameSite that the blueprint says', async () => {
    const blueprint = await shop([COOKIE, `${COOKIE} sameSite: Lax,`]);
    expect(about(blueprint).find(({ id }) => id === 'shop.token_cookie.set.cookie')?.spec.config).toMatchObject({ same_site: 'Lax' });
  });

  it('has nothing to warn of', async () => {
    expect(expand(await shop()).limits).toEqual([]);
  });
});

describe('a token that the page keeps itself', () => {
  it.each(['script-cookie', 'sessionStorage', 'localStorage'])('%s: no route sets a cookie, and the blueprint line says what it costs', async (storage) => {
    const blueprint = await stored(storage);
    expect(about(blueprint)).toEqual([]);
    expect(mappersOf(blueprint, 'storefront')).toEqual({});
    expect(expand(blueprint).limits).toEqual([
      {
        what: expect.stringMatching(new RegExp(`^storage ${storage}: .*an injected one too, can read the token`)) as string,
        hint: expect.stringContaining('for up to 5 min') as string,
        origin: blueprint.at('authentication.token.storage'),
      },
    ]);
  });

  it('a client without a cookie keeps it as it likes', async () => {
    const blueprint = await shop([COOKIE, 'in: [header],']);
    expect([blueprint.authentication.token.storage, about(blueprint), expand(blueprint).limits]).toEqual([undefined, [], []]);
  });
});
