import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository, sso } from '../blueprint/loading.ts';

const env = {
  KEYCLOAK_CLIENT_SECRET: 'keycloak-secret',
  LEDGER_SECRET: 'ledger-secret',
  GATEWAY_SECRET: 'gateway-secret',
  VERA_PASSWORD: 'vera-password',
  OTTO_PASSWORD: 'otto-password',
};

const example = await readFile(join(repository, 'blueprints/opaque.yaml'), 'utf8');
const edited = (from: string, to: string): string => {
  if (!example.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
  return example.replace(from, to);
};
const loaded = (text = example, given: Readonly<Record<string, string>> = {}): Promise<Blueprint> =>
  load(text, { env: { ...env, ...given } });

const only = async (kind: string, id: string, blueprint?: Blueprint) => {
  const found = expand(blueprint ?? (await loaded())).desired.filter((desired) => desired.kind === kind && desired.id === id);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const configOf = ({ spec }: { readonly spec: Spec }): Spec => spec.config as Spec;

describe('the pattern opaque', () => {
  it('puts the phantom token plugin before the guard of every protected service, and of no public one', async () => {
    const { desired } = expand(await loaded());
    const plugins = desired.filter(({ kind, spec }) => kind === 'kong.plugin' && spec.name === 'authctl-phantom-token');
    expect(plugins.map(({ id, spec, after }) => [id, spec.service, after])).toEqual(
      ['tickets.events', 'tickets.tickets'].map((name) => [
        `${name}.phantom`,
        { name },
        [`kong.service/${name}`, 'keycloak.client/tickets/gateway'],
      ]),
    );
  });

  it("takes the token's cookie off on public routes, too", async () => {
    expect(configOf(await only('kong.plugin', 'tickets.events.public.guard'))).toEqual({ public: true, cookie: '__Host-tickets' });
  });

  it('configures the plugin from the blueprint and keeps the secret a secret', async () => {
    const config = configOf(await only('kong.plugin', 'tickets.events.phantom'));
    expect(config).toEqual({
      obtain: 'auto',
      exchange_url: 'http://localhost:8080/realms/tickets/protocol/openid-connect/token',
      scopes: ['events:read', 'events:write'],
      introspection_url: 'http://localhost:8080/realms/tickets/protocol/openid-connect/token/introspect',
      allow_plain_http: true,
      ssl_verify: true,
      client_id: 'gateway',
      client_secret: new Secret('gateway-secret'),
      auth_method: 'client_secret_basic',
      issuer: 'http://localhost:8080/realms/tickets',
      audience: 'events',
      header: true,
      cookie: '__Host-tickets',
      by_value: 'introspect',
      handle_store: 'none',
      cache_ttl: 5,
      negative_ttl: 5,
      max_failures_per_minute: 100_000,
      allowed_origins: ['https://tickets.example'],
    });
    expect((config.client_secret as Secret).reveal()).toBe('gateway-secret');
    expect(JSON.stringify(config)).not.toContain('gateway-secret');
  });

  it('asks over https only, unless the issuer is on this machine', async () => {
    const blueprint = await loaded(example, { KEYCLOAK_URL: 'https://id.example' });
    expect(configOf(await only('kong.plugin', 'tickets.events.phantom', blueprint)).allow_plain_http).toBe(false);
  });

  it('asks where the gateway reaches the issuer, and looks for the issuer that tokens name', async () => {
    const behind = (fields: string): Promise<Blueprint> => loaded(edited('    credentials: {', `${fields}\n    credentials: {`), { KEYCLOAK_URL: 'https://id.example' });
    const inside = await behind('    backchannel: "https://keycloak.internal:8443/auth"\n    issuer: "https://id.example/realms/people"');
    expect(configOf(await only('kong.plugin', 'tickets.events.phantom', inside))).toMatchObject({
      introspection_url: 'https://keycloak.internal:8443/auth/realms/tickets/protocol/openid-connect/token/introspect',
      issuer: 'https://id.example/realms/people',
      allow_plain_http: false,
    });
    // In a network of containers there is no TLS between the two; that nobody else is in it is for the blueprint to say.
    const plain = '    backchannel: "http://keycloak:8080"';
    expect(() => expand(inside)).not.toThrow();
    await expect(behind(plain).then(expand)).rejects.toMatchObject({ code: 'PATTERN_INCOMPLETE', message: expect.stringContaining('plain http') as string });
    expect(configOf(await only('kong.plugin', 'tickets.events.phantom', await behind(`${plain}\n    insecure: true`)))).toMatchObject({ allow_plain_http: true });
  });

  it('makes a client for the gateway that can do nothing but ask', async () => {
    const { spec, after } = await only('keycloak.client', 'tickets/gateway');
    expect(after).toEqual([
      'keycloak.realm/tickets', 'keycloak.role/tickets/visitor', 'keycloak.role/tickets/organiser',
      ...['events:read', 'events:write', 'tickets:read'].map((scope) => `keycloak.client-scope/tickets/${scope}`),
    ]);
    expect(spec).toEqual({
      enabled: true,
      protocol: 'openid-connect',
      publicClient: false,
      bearerOnly: false,
      standardFlowEnabled: false,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      fullScopeAllowed: false,
      redirectUris: [],
      webOrigins: [],
      attributes: {
        'access.token.signed.response.alg': 'RS256',
        'oauth2.device.authorization.grant.enabled': 'false',
        'oidc.ciba.grant.enabled': 'false',
        'client.introspection.response.allow.jwt.claim.enabled': 'true',
        'allow.token.introspection.without.audience.check': 'true',
        'standard.token.exchange.enabled': 'true',
        'access.token.lifespan': '35',
      },
      secret: new Secret('gateway-secret'),
      defaultClientScopes: ['acr', 'basic', 'roles'],
      optionalClientScopes: ['events:read', 'events:write', 'tickets:read'],
      mappers: { username: expect.objectContaining({ protocolMapper: 'oidc-usermodel-attribute-mapper' }) as object },
      scopeMappings: ['organiser', 'visitor'],
    });
    expect((spec.secret as Secret).reveal()).toBe('gateway-secret');
  });

  const told = (how: string): string => edited('    jwt: auto\n', `    jwt: ${how}\n`);
  it("makes tokens name the gateway where it exchanges them, and lets it do nothing that it is not told to do", async () => {
    const attributes = async (how: string) => {
      const blueprint = await loaded(told(how));
      const { spec } = await only('keycloak.client', 'tickets/gateway', blueprint);
      const { spec: signIn } = await only('keycloak.client', 'tickets/box-office', blueprint);
      const { 'standard.token.exchange.enabled': exchange, 'client.introspection.response.allow.jwt.claim.enabled': introspection, 'access.token.lifespan': lifespan } = spec.attributes as Spec;
      return { exchange, introspection, lifespan, scopes: (spec.optionalClientScopes as readonly string[]).length, named: 'audience gateway' in (signIn.mappers as Spec) };
    };
    expect(await attributes('auto')).toEqual({ exchange: 'true', introspection: 'true', lifespan: '35', scopes: 3, named: true });
    expect(await attributes('exchange')).toEqual({ exchange: 'true', introspection: 'false', lifespan: '35', scopes: 3, named: true });
    expect(await attributes('introspection')).toEqual({ exchange: 'false', introspection: 'true', lifespan: null, scopes: 0, named: false });
  });

  it('gives the gateway the mappers of the one client whose tokens it exchanges, and of no second one', async () => {
    const mapped = edited('      lightweightTokens: true\n    ledger:', '      lightweightTokens: true\n      mappers: { tenant: { type: oidc-hardcoded-claim-mapper, config: { claim.name: tenant } } }\n    ledger:');
    await expect(loaded(mapped).then(expand)).rejects.toMatchObject({ code: 'PATTERN_INCOMPLETE', message: expect.stringContaining('"box-office"') as string });
    const sole = mapped.replace(/(ledger:\n(?: {6}.*\n)*?) {6}lightweightTokens: true\n/, '$1');
    const { spec } = await only('keycloak.client', 'tickets/gateway', await loaded(sole));
    expect(Object.keys(spec.mappers as Spec)).toEqual(['username', 'tenant']);
  });

  it('lets the guard read the header alone, because the plugin has taken the cookie', async () => {
    const config = configOf(await only('kong.plugin', 'tickets.events.guard'));
    expect(config).toMatchObject({ header: true, cookie: null, allowed_origins: [], audience: 'events' });
  });

  it('opens a route only when the whole chain stands', async () => {
    const { after } = await only('kong.route', 'tickets.events.list');
    const parts = ['guard', 'jwt', 'scope', 'phantom'].map((part) => `kong.plugin/tickets.events.${part}`);
    expect(after).toEqual(['kong.service/tickets.events', ...parts]);
  });

  it('leaves the pattern sso without it', async () => {
    const { desired } = expand(await load(await sso()));
    expect(desired.filter(({ spec }) => spec.name === 'authctl-phantom-token')).toEqual([]);
    const config = configOf(desired.find(({ id }) => id === 'shop.orders.guard')!);
    expect(config).toMatchObject({ cookie: '__Host-shop', allowed_origins: ['https://shop.example'] });
  });

  const block = /\n {2}introspection:\n(?: {4}.*\n)+/.exec(example)?.[0] ?? '';
  const refused: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['nobody to ask as', edited(block, '\n'), {}],
    ['a gateway client that is another client, too', edited('client: gateway', 'client: ledger'), {}],
    ['a sign-in client whose tokens say everything', edited('      lightweightTokens: true\n', ''), {}],
    ['an issuer over plain http on another machine', edited('    url: "${KEYCLOAK_URL', '    insecure: true\n    url: "${KEYCLOAK_URL'), { KEYCLOAK_URL: 'http://id.example' }],
    ['token exchange on Kong Enterprise', told('exchange').replace('edition: oss', 'edition: enterprise'), {}],
    ['an algorithm the jwt plugin cannot be relied on for', edited('algorithm: RS256', 'algorithm: PS256'), {}],
  ];
  it.each(refused)('refuses %s', async (_, text, given) => {
    const blueprint = await loaded(text, given);
    const codes = (): readonly string[] | undefined => {
      try {
        expand(blueprint);
        return [];
      } catch (thrown) {
        return problemsOf(thrown)?.map(({ code }) => code);
      }
    };
    expect(codes()).toEqual(['PATTERN_INCOMPLETE']);
  });
});
