import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import type { Desired, Spec } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { variantText } from '../../rego-variants.ts';
import { load, repository, sso } from '../blueprint/loading.ts';

/** How the plugin reference describes a field: a type, one of several texts, a range, a list, a record. */
type Form = string | { readonly one: readonly string[] } | { readonly list: Form } | { readonly integer: readonly [number, number] };
interface Documented {
  readonly required: readonly string[];
  readonly config: Readonly<Record<string, Form>>;
}
const documented = async (plugin: string): Promise<Documented> =>
  JSON.parse(await readFile(join(repository, `test/data/kong/enterprise/${plugin}.json`), 'utf8')) as Documented;

const adapter = await readFile(join(repository, 'policies/kong-enterprise/kong_enterprise.rego'), 'utf8');
const ENTERPRISE = ['edition: oss', 'edition: enterprise\n    workspace: team-a'] as const;
const withAdapter = (blueprint: Blueprint): Blueprint => ({
  ...blueprint,
  authorization: { ...blueprint.authorization, policyFiles: { ...blueprint.authorization.policyFiles, 'kong_enterprise.rego': adapter } },
});
const ssoEnterprise = async (...edits: readonly (readonly [string, string])[]): Promise<Blueprint> =>
  withAdapter(await load(await sso(ENTERPRISE, ...edits)));
const opaqueEnterprise = async (edit: (text: string) => string = (text) => text): Promise<Blueprint> => {
  const text = (await readFile(join(repository, 'blueprints/opaque.yaml'), 'utf8')).replace('edition: oss', 'edition: enterprise');
  const env = { LEDGER_SECRET: 'ledger-secret', GATEWAY_SECRET: 'gateway-secret', VERA_PASSWORD: 'vera-password', OTTO_PASSWORD: 'otto-password' };
  return load(edit(text), { env: { KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', ...env } });
};
/** Nobody asks OPA. */
const alone = (blueprint: Blueprint): Blueprint => ({ ...blueprint, authorization: { pattern: 'none', input: 'authctl', fields: {}, roots: [], policyFiles: {} } });
const jwtEnterprise = async (): Promise<Blueprint> => {
  const blueprint = alone(await ssoEnterprise());
  const authentication = { ...blueprint.authentication, pattern: 'jwt' } as const;
  const services = Object.entries(blueprint.services).map(([id, service]) => [id, { ...service, authentication }] as const);
  return { ...blueprint, authentication, services: Object.fromEntries(services) };
};

const pluginsIn = (blueprint: Blueprint, name?: string): readonly Desired[] =>
  expand(blueprint).desired.filter(({ kind, spec }) => kind === 'kong.plugin' && (name === undefined || spec.name === name));
const configOf = (blueprint: Blueprint, id: string): Spec => {
  const found = pluginsIn(blueprint).filter((one) => one.id === id);
  expect(found).toHaveLength(1);
  return found[0]?.spec.config as Spec;
};

/** What is wrong with a value by the reference; nothing when it would be taken. */
const faults = (form: Form | undefined, value: unknown, path: string): readonly string[] => {
  if (form === undefined) return [`${path}: unknown field`];
  if (value === null) return [];
  if (value instanceof Secret) return form === 'string' ? [] : [`${path}: a text`];
  if (typeof form === 'string') return typeof value === form ? [] : [`${path}: not a ${form}`];
  if ('one' in form) return form.one.includes(value as string) ? [] : [`${path}: not one of ${form.one.join(', ')}`];
  if ('integer' in form)
    return Number.isInteger(value) && (value as number) >= form.integer[0] && (value as number) <= form.integer[1] ? [] : [`${path}: out of range`];
  if (!Array.isArray(value)) return [`${path}: not a list`];
  return value.flatMap((item, at) => faults(form.list, item, `${path}[${at}]`));
};

const faultsOf = async (plugins: readonly Desired[]): Promise<readonly string[]> =>
  (
    await Promise.all(
      plugins.map(async ({ id, spec }) => {
        const { config, required } = await documented(String(spec.name));
        const given = spec.config as Spec;
        const missing = required.filter((field) => given[field] == null).map((field) => `${id}.${field}: missing`);
        return [...missing, ...Object.entries(given).flatMap(([field, value]) => faults(config[field], value, `${id}.${field}`))];
      }),
    )
  ).flat();

const refusal = (blueprint: Blueprint): readonly (readonly string[])[] => {
  try {
    expand(blueprint);
  } catch (thrown) {
    return problemsOf(thrown)?.map(({ code, message }) => [code, message]) ?? [['', String(thrown)]];
  }
  return [];
};

describe('a blueprint for Kong Enterprise', () => {
  it.each([
    ['sso', () => ssoEnterprise()],
    ['opaque', () => opaqueEnterprise()],
  ])('%s configures openid-connect and opa by nothing but documented fields', async (_pattern, make) => {
    const plugins = pluginsIn(await make()).filter(({ spec }) => spec.name === 'openid-connect' || spec.name === 'opa');
    expect(plugins.length).toBeGreaterThan(3);
    expect(await faultsOf(plugins)).toEqual([]);
  });

  it('would be caught with a field that the reference does not have', async () => {
    const edit = ['raw:', 'raw:\n  kong: { plugins: { shop.orders.list.oidc: { verify_audience: true, leeway: "5" } } }'] as const;
    const text = await sso(ENTERPRISE);
    const blueprint = withAdapter(await load(text.includes('\nraw:') ? text.replace(...edit) : `${text}\n${edit[1]}\n`));
    expect(await faultsOf(pluginsIn(blueprint, 'openid-connect'))).toEqual([
      'shop.orders.list.oidc.leeway: not a number',
      'shop.orders.list.oidc.verify_audience: unknown field',
    ]);
  });

  it('uses none of the plugins and credentials of open-source Kong', async () => {
    for (const blueprint of [await ssoEnterprise(), await opaqueEnterprise(), await jwtEnterprise()]) {
      const { desired, deferred } = expand(blueprint);
      const names = new Set(pluginsIn(blueprint).map(({ spec }) => spec.name));
      expect([...names].filter((name) => String(name).startsWith('authctl-') || name === 'jwt')).toEqual([]);
      expect([desired.filter(({ kind }) => kind === 'kong.consumer'), deferred]).toEqual([[], []]);
    }
  });

  it('trusts one issuer, its own keys and signatures, for one audience', async () => {
    expect(configOf(await ssoEnterprise(), 'shop.orders.place.oidc')).toEqual({
      issuer: 'http://localhost:8080/realms/shop/.well-known/openid-configuration',
      issuers_allowed: ['http://localhost:8080/realms/shop'],
      using_pseudo_issuer: false,
      extra_jwks_uris: null,
      ssl_verify: false,
      verify_signature: true,
      verify_claims: true,
      ignore_signature: [],
      enable_hs_signatures: false,
      anonymous: null,
      leeway: 5,
      audience_claim: ['aud'],
      audience_required: ['orders'],
      scopes_claim: ['scope'],
      scopes_required: ['orders:write'],
      roles_claim: ['realm_access', 'roles'],
      // OPA is asked about the roles.
      roles_required: null,
      run_on_preflight: true,
      display_errors: false,
      auth_methods: ['bearer'],
      disable_session: ['bearer'],
      bearer_token_param_type: ['cookie', 'header'],
      bearer_token_cookie_name: '__Host-shop',
      upstream_access_token_header: 'authorization:bearer',
      hide_credentials: true,
    });
  });

  it('demands all scopes of a route in one text, and any of its roles, where nobody asks OPA', async () => {
    const edits = [
      ['POST /orders, scopes: [orders:write]', 'POST /orders, scopes: [orders:write, orders:read]'],
      ['gateways: [kong, aws]', 'gateways: [kong]'],
    ] as const;
    expect(configOf(alone(await ssoEnterprise(...edits)), 'shop.orders.place.oidc')).toMatchObject({
      scopes_required: ['orders:write orders:read'],
      roles_required: ['order-writer'],
    });
  });

  it('is closed until each route has its own plugin, made after its opa', async () => {
    const blueprint = await ssoEnterprise();
    expect(configOf(blueprint, 'shop.orders.oidc')).toMatchObject({ scopes_required: ['authctl:closed'] });
    const own = expand(blueprint).desired.find(({ id }) => id === 'shop.orders.list.oidc');
    expect(own?.after).toEqual(['kong.route/shop.orders.list', 'kong.plugin/shop.orders.list.opa']);
    const route = expand(blueprint).desired.find(({ kind, id }) => kind === 'kong.route' && id === 'shop.orders.list');
    expect(route?.after).toEqual(['kong.service/shop.orders', 'kong.plugin/shop.orders.headers', 'kong.plugin/shop.orders.oidc']);
  });

  it('asks OPA for a plain yes by way of the adapter', async () => {
    expect(configOf(await ssoEnterprise(), 'shop.orders.list.opa')).toEqual({
      opa_protocol: 'http',
      opa_host: 'localhost',
      opa_port: 8181,
      opa_path: '/v1/data/shop/kong_enterprise/allow',
      ssl_verify: true,
      include_route_in_opa_input: true,
      include_service_in_opa_input: false,
      include_consumer_in_opa_input: false,
      include_uri_captures_in_opa_input: false,
      include_body_in_opa_input: false,
      include_parsed_json_body_in_opa_input: false,
    });
  });

  it('asks the issuer about every opaque token, and believes no JWT that comes instead', async () => {
    expect(configOf(await opaqueEnterprise(), 'tickets.events.oidc')).toMatchObject({
      auth_methods: ['introspection'],
      introspect_jwt_tokens: true,
      introspection_check_active: true,
      client_id: ['gateway'],
      client_secret: [new Secret('gateway-secret')],
      upstream_access_token_header: null,
      hide_credentials: true,
    });
    expect(expand(await opaqueEnterprise()).desired.some(({ id }) => id === 'tickets/gateway')).toBe(true);
  });

  it('passes the token through where the service verifies, without headers that claim an identity', async () => {
    const blueprint = await jwtEnterprise();
    expect(pluginsIn(blueprint).map(({ id, spec }) => [id, spec.name])).toEqual([
      ['shop.orders.cors', 'cors'],
      ['shop.orders.headers', 'request-transformer'],
      ['shop.invoices.cors', 'cors'],
      ['shop.invoices.headers', 'request-transformer'],
    ]);
  });

  it('puts public routes on a service of their own, that no token plugin stands before', async () => {
    const plugins = pluginsIn(await ssoEnterprise()).filter(({ spec }) => (spec.service as Spec | null)?.name === 'shop.orders.public');
    expect(plugins.map(({ spec }) => spec.name)).toEqual(['cors', 'request-transformer']);
  });

  it.each([
    ['a longest lifetime', ['leeway: 5', 'leeway: 5, maxLifetime: 10m'], 'openid-connect has no limit for the lifetime of a token'],
    ['OPA about a token that it does not see', ['relay: header', 'relay: none'], 'the opa plugin sees no token: it sends only what goes upstream'],
  ] as const)('is refused when it wants %s', async (_what, edit, message) => {
    expect(refusal(await ssoEnterprise(edit))).toEqual([['PATTERN_INCOMPLETE', message]]);
  });

  it('is refused when it wants a credential at OPA', async () => {
    const blueprint = await ssoEnterprise();
    const opa = { servers: [], decisionUrl: 'http://opa:8181', bundle: { publish: 'file:x', wait: 0 }, token: new Secret('opa-token') };
    expect(refusal({ ...blueprint, targets: { ...blueprint.targets, opa } })).toEqual([
      ['PATTERN_INCOMPLETE', 'the opa plugin sends no credential to OPA'],
    ]);
  });

  it('asks a policy that was written for the plugin itself, each service its own decision', async () => {
    const blueprint = await load(variantText('kong').replace(...ENTERPRISE));
    expect([configOf(blueprint, 'shop.orders.list.opa'), configOf(blueprint, 'shop.invoices.list.opa')]).toMatchObject([
      { opa_path: '/v1/data/gateway/orders/allow', include_route_in_opa_input: true, include_service_in_opa_input: true },
      { opa_path: '/v1/data/gateway/invoices/answer' },
    ]);
    for (const [text, code] of [[variantText('envoy'), 'authorization.input'], [variantText('mapping'), 'authorization.input'], [variantText('kong').replace('input: kong', 'input: kong, answer: permitted'), 'authorization.answer']] as const) {
      const other = await load(text.replace(...ENTERPRISE));
      expect(() => expand(other)).toThrow(expect.objectContaining({ code: 'PATTERN_INCOMPLETE', at: other.at(code) }));
    }
  });

  it('is refused without the adapter in its policy', async () => {
    expect(refusal(await load(await sso(ENTERPRISE)))).toEqual([
      ['PATTERN_INCOMPLETE', 'the policy has no package shop.kong_enterprise, which understands what the opa plugin asks'],
    ]);
  });
});
