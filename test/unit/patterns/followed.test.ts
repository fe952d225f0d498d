import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import { kongSteps } from '../../../src/explain/kong-steps.ts';
import { expand } from '../../../src/patterns/index.ts';
import { isPlugin } from '../../../src/providers/kong/specs/plugin-config.ts';
import { load, repository, sso } from '../blueprint/loading.ts';

const followed: readonly [string, string] = ['edition: oss', 'edition: oss\n    keys: followed'];
const guardsOf = (blueprint: Blueprint) =>
  expand(blueprint).desired.flatMap((object) => (isPlugin('authctl-token-guard', object) && object.spec.config.public === false ? [object.spec.config] : []));
const cognito = async (change: (text: string) => string): Promise<Blueprint> =>
  load(change(await readFile(join(repository, 'blueprints/cognito.yaml'), 'utf8')), { env: { KIOSK_SECRET: 'kiosk-secret', NORA_TOKEN: 'nora-token', NORA_ID_TOKEN: 'nora-id-token', AWS_ENDPOINT: 'http://127.0.0.1:9' } });

describe('keys that follow', () => {
  it('come from the address of the blueprint, over TLS', async () => {
    const blueprint = await load(await sso(followed, ['url: "${KEYCLOAK_URL:-http://localhost:8080}"', 'url: https://id.example']));
    const guards = guardsOf(blueprint);
    expect(guards.length).toBeGreaterThan(1);
    for (const guard of guards)
      expect(guard).toMatchObject({
        keys: 'followed',
        jwks_url: 'https://id.example/realms/shop/protocol/openid-connect/certs',
        jwks_allow_plain_http: false,
        jwks_refresh: 300,
        jwks_cool_down: 10,
        jwks_stale: 3600,
      });
  });

  it('come from where gateways reach the issuer, and as closely as is stated', async () => {
    const edits: readonly [string, string][] = [
      ['edition: oss', 'edition: oss\n    keys: followed\n    followed: { refresh: 1m, coolDown: 2s, stale: 0s }'.replace('0s', '15m')],
      ['url: "${KEYCLOAK_URL:-http://localhost:8080}"', 'url: https://id.example\n    backchannel: http://keycloak:8080\n    insecure: true'],
    ];
    expect(guardsOf(await load(await sso(...edits)))[0]).toMatchObject({
      jwks_url: 'http://keycloak:8080/realms/shop/protocol/openid-connect/certs',
      jwks_allow_plain_http: true,
      jwks_refresh: 60,
      jwks_cool_down: 2,
      jwks_stale: 900,
    });
  });

  it('leave Kong without a jwt plugin, a consumer of the issuer and its keys, and no guard asks for their holder', async () => {
    const { desired, deferred } = expand(await load(await sso(followed)));
    expect(desired.filter(({ kind, spec }) => kind === 'kong.consumer' || kind === 'kong.jwt_secret' || spec.name === 'jwt')).toEqual([]);
    expect(deferred.filter(({ kind }) => kind === 'kong.jwt_secret')).toEqual([]);
    const scopes = desired.flatMap((object) => (isPlugin('authctl-scope-guard', object) && object.spec.config.deny_all === false ? [object.spec.config] : []));
    expect(scopes.length).toBeGreaterThan(2);
    for (const { consumer_username: consumer } of scopes) expect(consumer).toBeNull();
  });

  it.each(['PS256', 'PS512', 'ES384', 'EdDSA'])('may sign by %s', async (algorithm) => {
    const kong = ['gateways: [kong, aws]', 'gateways: [kong]'] as const;
    const blueprint = await load(await sso(followed, kong, kong, ['algorithm: RS256', `algorithm: ${algorithm}`]));
    expect(guardsOf(blueprint)[0]?.algorithms).toEqual([algorithm]);
  });

  it('of an issuer that is not ours are where that is stated, and nowhere else', async () => {
    const follow = (text: string): string => text.replace('  aws:\n', '    keys: followed\n  aws:\n');
    expect(await cognito(follow).catch(problemsOf)).toEqual([expect.objectContaining({ code: 'BLUEPRINT_KONG_KEYS', expected: 'issuer.jwksUri' })]);
    const stated = await cognito((text) => follow(text).replace('  # An access token names', '  jwksUri: https://cognito-idp.eu-central-1.amazonaws.com/pool/.well-known/jwks.json\n  # An access token names'));
    expect(guardsOf(stated)[0]).toMatchObject({ keys: 'followed', jwks_url: 'https://cognito-idp.eu-central-1.amazonaws.com/pool/.well-known/jwks.json', jwks_allow_plain_http: false });
  });

  it('are explained', async () => {
    const blueprint = await load(await sso(followed));
    const route = blueprint.services['orders']?.routes.find(({ id }) => id === 'list');
    if (!route) throw new Error('the example has no orders.list');
    expect(JSON.stringify(kongSteps(blueprint, expand(blueprint), route))).toContain('verified with the key that the issuer publishes at http://localhost:8080/realms/shop/protocol/openid-connect/certs');
  });
});
