import { beforeEach, describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { issuerOf } from '../../../../src/blueprint/issuer.ts';
import { createEngine } from '../../../../src/core/engine.ts';
import { realmPart } from '../../../../src/patterns/realm.ts';
import type { Answer } from '../../../../src/providers/http.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { line, shop, target } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});
const behind = 'https://id.example';
const stating = (over: Partial<ReturnType<typeof target>>, raw: Blueprint['raw']['keycloak']['realm'] = {}): Blueprint => {
  const blueprint = shop({ targets: { keycloak: { ...target(), ...over } } });
  const keycloakRaw = { ...blueprint.raw.keycloak, realm: raw };
  return { ...blueprint, raw: { ...blueprint.raw, keycloak: keycloakRaw }, issuer: issuerOf({ ...target(), ...over }, 'shop', keycloakRaw) };
};
const engine = (blueprint: Blueprint, open = keycloak) =>
  createEngine([createKeycloakProvider(blueprint, keycloak, open)], { name: blueprint.name, desired: realmPart(blueprint).desired, deferred: [] });
const behindTheGateway = async (jwt: 'auto' | 'exchange'): Promise<Blueprint['services']> => {
  const { services } = await loadBlueprint('blueprints/opaque.yaml', { env: { KEYCLOAK_CLIENT_SECRET: 'a-secret', LEDGER_SECRET: 'b-secret', GATEWAY_SECRET: 'c-secret', VERA_PASSWORD: 'd-secret', OTTO_PASSWORD: 'e-secret' } });
  return Object.fromEntries(Object.entries(services).map(([id, { authentication, ...service }]) => [id, { ...service, authentication: { ...authentication, ...(authentication.introspection && { introspection: { ...authentication.introspection, jwt } }) } }]));
};
const yes = { approve: () => Promise.resolve(true) };
const writes = (): readonly string[] => keycloak.sent.filter((what) => !/^(GET|LOGIN)|partial-export/.test(what));

describe('the issuer of the blueprint', () => {
  it('is the address of browsers, the frontendUrl of the realm, or what is stated', () => {
    expect(stating({}).issuer).toBe('http://keycloak.test/realms/shop');
    expect(stating({ admin: 'http://inside.test' }).issuer).toBe('http://keycloak.test/realms/shop');
    expect(stating({}, { attributes: { frontendUrl: 'https://own.example/auth/' } }).issuer).toBe('https://own.example/auth/realms/shop');
    expect(stating({ issuer: 'https://id.example/realms/shop/' }).issuer).toBe('https://id.example/realms/shop/');
  });

  it.each(['before there is a realm', 'of a realm'] as const)('is held against what Keycloak says of itself, %s, and nothing is written when it is another', async (when) => {
    if (when === 'of a realm') expect(await engine(stating({})).apply(yes)).toMatchObject({ problems: [] });
    keycloak.issuesAs = behind;
    const before = writes().length;
    const wrong = {
      code: 'KEYCLOAK_ISSUER',
      at: line,
      expected: 'http://keycloak.test/realms/shop',
      hint: expect.stringContaining('targets.keycloak.issuer: https://id.example/realms/shop') as string,
      message: expect.stringContaining('issues tokens as https://id.example/realms/shop') as string,
    };
    expect((await engine(stating({})).apply(yes)).problems).toMatchObject([wrong]);
    expect((await engine(stating({})).plan({})).problems).toMatchObject([wrong]);
    expect((await engine(stating({})).drift({})).problems).toMatchObject([wrong]);
    expect(writes()).toHaveLength(before);
    const right = stating({ issuer: 'https://id.example/realms/shop' });
    expect((await engine(right).apply(yes)).problems).toEqual([]);
    expect(await engine(right).drift({})).toMatchObject({ problems: [], negative: false });
  });

  it('does not stop those who only take away', async () => {
    await engine(stating({})).apply(yes);
    keycloak.issuesAs = behind;
    const { problems } = await createEngine([createKeycloakProvider(stating({}), keycloak)], { name: 'shop', desired: [], deferred: [] }).apply({ ...yes, prune: true });
    expect(problems).toEqual([]);
  });

  it('is asked at the address of browsers, without the login', async () => {
    const asked: string[] = [];
    const open: FakeKeycloak = { ...fakeKeycloak(), send: (method, path) => { asked.push(`${method} ${path}`); return Promise.resolve({ status: 200, body: { issuer: 'http://keycloak.test/realms/shop' } }); } };
    expect((await engine(stating({ admin: 'http://inside.test' }), open).plan({})).problems).toEqual([]);
    expect(asked).toEqual(['GET /realms/shop/.well-known/openid-configuration']);
  });

  it.each([
    ['names no token exchange, where the gateway knows nothing else', 'exchange', ['client_credentials'], ['KEYCLOAK_NO_EXCHANGE']],
    ['names it', 'exchange', ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'], []],
    ['does not say which grants it knows', 'exchange', undefined, []],
    ['names none, where the answer of introspection will do', 'auto', ['client_credentials'], []],
  ] as const)('says what the realm can do: it %s', async (_what, jwt, grants, codes) => {
    const open: FakeKeycloak = { ...fakeKeycloak(), send: () => Promise.resolve({ status: 200, body: { issuer: 'http://keycloak.test/realms/shop', grant_types_supported: grants } }) };
    const { problems } = await engine({ ...stating({}), services: await behindTheGateway(jwt) }, open).apply(yes);
    expect(problems.map(({ code }) => code)).toEqual(codes);
    expect(writes().length === 0).toBe(codes.length > 0);
  });

  it('of a realm with an address of its own may be about to change', async () => {
    expect((await engine(stating({}, { attributes: { frontendUrl: 'https://own.example' } })).plan({})).problems).toEqual([]);
  });

  it.each<[what: string, answer: Answer, words: RegExp, hint: RegExp]>([
    ['a page', { status: 200, body: '<html>' }, /openid-configuration is a page \(200\)/, /base URL/],
    ['a page that says 404', { status: 404, body: '<html>' }, /has no \/realms\/shop\/.* \(404\)/, /http:\/\/keycloak\.test\/auth/],
    ['Keycloak under another path', { status: 404, body: { error: 'Unable to find matching target resource method' } }, /\(404\)/, /\/auth/],
    ['a redirect to the real place', { status: 302, body: '', location: 'https://id.example/auth/realms/shop/.well-known/openid-configuration' }, /elsewhere \(302\), to https/, /targets\.keycloak\.url: https:\/\/id\.example\/auth$/],
    ['a redirect to a login', { status: 302, body: '', location: '/login?next=x' }, /to http:\/\/keycloak\.test\/login/, /login page/],
    ['JSON of somebody else', { status: 200, body: {} }, /no JSON that Keycloak would send/, /base URL/],
  ])('cannot be read from %s', async (_what, answer, words, hint) => {
    const open: FakeKeycloak = { ...fakeKeycloak(), send: () => Promise.resolve(answer) };
    expect((await engine(stating({}), open).apply(yes)).problems).toMatchObject([
      { code: 'KEYCLOAK_NOT_KEYCLOAK', message: expect.stringMatching(words) as string, hint: expect.stringMatching(hint) as string },
    ]);
    expect(writes()).toEqual([]);
  });

  it('is not known where nobody answers, or only a proxy does', async () => {
    const open: FakeKeycloak = { ...fakeKeycloak(), send: () => Promise.resolve({ status: 502, body: '' }) };
    expect((await engine(stating({}), open).plan({})).problems).toMatchObject([{ code: 'TARGET_UNREACHABLE', nature: 'unreachable' }]);
  });
});

describe('an answer that is not Keycloak\'s', () => {
  it.each<[what: string, request: RegExp, answer: Answer]>([
    ['a 404 that Keycloak has not said', /^GET \/shop$/, { status: 404, body: '<html>' }],
    ['a list that is none', /^GET \/shop\/clients/, { status: 200, body: {} }],
    ['roles that are none', /^GET \/shop\/roles/, { status: 200, body: {} }],
    ['a redirect', /^GET \/shop\/client-scopes/, { status: 301, body: '', location: 'https://id.example/' }],
    ['an export nobody knows of', /partial-export/, { status: 404, body: '' }],
  ])('%s is never "absent"', async (_what, request, answer) => {
    await engine(stating({})).apply(yes);
    keycloak.interrupt(request, answer);
    if (!/partial/.test(String(request))) keycloak.forbidden = /partial-export/;
    expect((await engine(stating({})).plan({})).problems).toMatchObject([{ code: 'KEYCLOAK_NOT_KEYCLOAK' }]);
  });
});
