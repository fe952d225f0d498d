import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callersOf, issuersOf, matrixOf } from '../../../src/access/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { explainBlueprint, explainCaller } from '../../../src/explain/overview.ts';
import { explainRoute } from '../../../src/explain/route.ts';
import { guardedServices } from '../../../src/stack/needs/guarded-services.ts';
import { complaints, load, repository } from './loading.ts';

const ferry = readFileSync(join(repository, 'blueprints/issuers.yaml'), 'utf8');
const env = {
  KEYCLOAK_CLIENT_SECRET: 'secret-of-keycloak', BOARD_SECRET: 'secret-of-the-board', AGENCY_SECRET: 'secret-of-the-agency', PORT_SECRET: 'secret-of-the-port', PETRA_PASSWORD: 'password-of-petra', OTTO_PASSWORD: 'password-of-otto',
  AWS_ENDPOINT: 'http://127.0.0.1:9', AGENCY_TOKEN: 'token-of-the-agency', GATEWAY_SECRET: 'secret-of-the-gateway',
};
const PARTNER = 'https://id.partner.example/realms/agencies';
type Edit = readonly [from: string, to: string];
const edited = (...edits: readonly Edit[]): string =>
  edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, ferry);
const told = async (...edits: readonly Edit[]) => (await complaints(edited(...edits), { env })).map(({ code, marked }) => [code, marked]);
const broker = (more: string): Edit => ['  partner:\n', `  broker: { ${more} }\n  partner:\n`];
const JWKS = '    jwksUri: "${PARTNER_URL:-https://id.partner.example/realms/agencies}/protocol/openid-connect/certs"\n';

describe('further issuers', () => {
  it('are taken where a service names them: at Kong with keys and rules of their own, at AWS in the place of ours, and by the service that verifies', async () => {
    const blueprint = await load(ferry, { env });
    const { desired } = expand(blueprint);
    const guards = desired.flatMap(({ kind, id, spec }) => (kind === 'kong.plugin' && id.endsWith('.guard') ? [[id, (spec.config as { further_issuers?: unknown }).further_issuers] as const] : []));
    expect(Object.fromEntries(guards)).toEqual({
      'ferry.sailings.guard': [
        { issuer: PARTNER, jwks_url: `${PARTNER}/protocol/openid-connect/certs`, jwks_allow_plain_http: false, audience: 'sailings', audience_claim: 'aud', clients: [], algorithms: ['RS256'], typeless: true, token_types: ['Bearer'], token_type_claim: 'typ' },
      ],
      // Stated where there are none: one that somebody adds is drift.
      'ferry.bookings.guard': [],
      'ferry.sailings.public.guard': undefined,
      'ferry.manifests.guard': undefined,
    });
    expect(desired.flatMap(({ kind, id, spec }) => (kind === 'aws.authorizer' ? [[id, spec.JwtConfiguration]] : []))).toEqual([
      ['ferry/bookings', { Issuer: 'http://localhost:8080/realms/ferry', Audience: ['bookings'] }],
      ['ferry/tariffs', { Issuer: PARTNER, Audience: ['tariffs'] }],
    ]);
    expect(guardedServices(blueprint)['manifests']?.furtherIssuers).toEqual([{ issuer: PARTNER, jwks: `${PARTNER}/protocol/openid-connect/certs`, audience: 'manifests', algorithms: ['RS256'], typeless: true, tokenTypes: ['Bearer'], tokenTypeClaim: 'typ' }]);
    expect(Object.values(blueprint.services).map((service) => issuersOf(blueprint, service).length)).toEqual([2, 1, 2, 1]);
    expect(JSON.stringify(blueprint)).not.toMatch(/secret-of-the-agency/);
  });

  it('have clients with rows of their own, by their scopes and without a role, which no persona or client of ours can be mistaken for', async () => {
    const blueprint = await load(ferry, { env });
    expect(callersOf(blueprint).filter(({ issuer }) => issuer !== undefined).map(({ name, client, roles, scopes, audiences }) => [name, client, roles, scopes, audiences])).toEqual([
      ['partner/agency', 'agency', [], ['sailings:read', 'sailings:hold', 'manifests:read'], ['sailings', 'manifests']],
      ['partner/port', 'port-authority', [], ['sailings:hold', 'tariffs:read'], ['sailings', 'tariffs']],
    ]);
    const { cells } = matrixOf(blueprint, undefined);
    expect(cells.filter(({ disagreement }) => disagreement !== undefined)).toEqual([]);
    expect(cells.filter(({ who, service }) => who === 'partner/agency' && service === 'bookings').map(({ refusal }) => refusal)).toEqual(Array.from({ length: 4 }, () => 'only tokens of http://localhost:8080/realms/ferry count there'));
    expect(cells.find(({ who, service }) => who === 'petra' && service === 'tariffs')?.refusal).toBe(`only tokens of ${PARTNER} count there`);
    // A row that lists what its tokens do not open, and none for what they do.
    expect(await told(['partner/port: { sailings: [held, hold]', 'partner/port: { sailings: [list, held, hold]'])).toEqual([['BLUEPRINT_EXPECT', 'list']]);
    expect(await told(['partner/agency: { sailings: [list, held, hold], manifests: [list] }', 'partner/agency: { sailings: [list, held, hold], manifests: [list], bookings: [list] }'])).toEqual([['BLUEPRINT_EXPECT', 'list']]);
    expect(await told(['partner/port: { sailings: [held, hold], tariffs', 'partner/port: { sailings: [held], tariffs'])).toEqual([['BLUEPRINT_EXPECT', 'sailings']]);
    expect(await told(['partner/port: {', 'partner/harbour: {'])).toEqual([['BLUEPRINT_UNKNOWN_PERSONA', 'partner/harbour']]);
  });

  it('are named by explain wherever their tokens count', async () => {
    const blueprint = await load(ferry, { env });
    const expansion = expand(blueprint);
    expect(explainBlueprint(blueprint, expansion, 'authctl explain')).toContain(`partner: ${PARTNER}, a further one, whose tokens count at sailings, manifests, tariffs`);
    const route = blueprint.services['sailings']!.routes[0]!;
    expect(explainRoute(blueprint, expansion, route).text).toContain(`Tokens of partner (${PARTNER}) count as well: of partner/agency or partner/port`);
    expect(explainRoute(blueprint, expansion, route).text).toContain(`A token whose iss is ${PARTNER} is held to rules of its own`);
    expect(explainCaller(blueprint, callersOf(blueprint).find(({ name }) => name === 'partner/port')!)).toContain(`partner/port, a client of the further issuer partner (${PARTNER})`);
  });

  it('may name the client in the place of an audience: the guard takes those that may have a scope of the service', async () => {
    const pool = broker('url: "https://pool.example/x", jwksUri: "https://pool.example/x/keys", audienceClaim: client_id, scopes: { "sailings:read": {}, "bookings:read": {} }, clients: { kiosk: { clientId: 4h57, scopes: ["sailings:read"] }, till: { clientId: 6u1r, scopes: ["bookings:read"] } }');
    const edits: readonly Edit[] = [pool, ['    issuers: [own, partner]\n    routes:\n      list: { match: GET /sailings', '    issuers: [own, partner, broker]\n    routes:\n      list: { match: GET /sailings'], ['  anonymous: {', '  broker/kiosk: { sailings: [list] }\n  broker/till: {}\n  anonymous: {']];
    expect(await told(...edits)).toEqual([]);
    const blueprint = await load(edited(...edits), { env });
    const guard = expand(blueprint).desired.find(({ id }) => id === 'ferry.sailings.guard');
    expect((guard?.spec.config as { further_issuers: readonly object[] }).further_issuers[1]).toEqual({
      issuer: 'https://pool.example/x', jwks_url: 'https://pool.example/x/keys', jwks_allow_plain_http: false, audience: '4h57', audience_claim: 'client_id', clients: ['4h57'], algorithms: ['RS256'], typeless: true, token_types: ['access'], token_type_claim: 'token_use',
    });
  });

  it.each<[what: string, edits: readonly Edit[], expected: readonly (readonly [string, string])[]]>([
    ['is called own', [['  partner:\n', '  own: { url: "https://other.example" }\n  partner:\n']], [['BLUEPRINT_ISSUERS', 'own']]],
    ['is the issuer of the blueprint', [broker('url: "http://localhost:8080/realms/ferry/"')], [['BLUEPRINT_ISSUERS', '"http://localhost:8080/realms/ferry/"']]],
    ['is there under two names', [broker(`url: "${PARTNER}/"`)], [['BLUEPRINT_ISSUERS', '"${PARTNER_URL:-https://id.partner.example/realms/agencies}"']]],
    ['shares its keys with another', [broker(`url: "https://other.example", jwksUri: "${PARTNER}/protocol/openid-connect/certs"`)], [['BLUEPRINT_ISSUERS', JWKS.trim().slice('jwksUri: '.length)]]],
    ['shares its keys with ours', [broker('url: "https://other.example", jwksUri: "http://localhost:8080/realms/ferry/protocol/openid-connect/certs"')], [['BLUEPRINT_ISSUERS', '"http://localhost:8080/realms/ferry/protocol/openid-connect/certs"']]],
    ['speaks plain http to another machine', [broker('url: "http://other.example"')], [['BLUEPRINT_INSECURE', '"http://other.example"']]],
    ['has keys by plain http on another machine', [broker('url: "https://other.example", jwksUri: "http://other.example/keys"')], [['BLUEPRINT_INSECURE', '"http://other.example/keys"']]],
    ['has a scope without an audience', [['      tariffs:read: { audience: tariffs }', '      tariffs:read: {}']], [['BLUEPRINT_MISSING_KEY', 'tariffs:read']]],
    ['names clients, and an audience all the same', [broker('url: "https://other.example", audienceClaim: client_id, scopes: { "x:y": { audience: x } }')], [['BLUEPRINT_ISSUERS', 'x']]],
    ['has a client with a scope that it does not grant', [['scopes: [sailings:hold, tariffs:read] }', 'scopes: [sailings:hold, tariffs:reed] }'], ['tariffs: [list] }', 'tariffs: [] }']], [['BLUEPRINT_UNKNOWN_SCOPE', 'tariffs:reed']]],
    ['has a client with a secret and a token', [['agency: { clientSecret', 'agency: { token: "${AGENCY_TOKEN}", clientSecret']], [['BLUEPRINT_ISSUERS', '"${AGENCY_TOKEN}"']]],
    ['has ID tokens for a service', [['    tokenType: { value: Bearer }\n', ''], ['clientId: port-authority', 'clientId: sailings']], [['BLUEPRINT_ISSUERS', 'port']]],
    ['has no address of keys, and Kong must know one', [[JWKS, '']], [['BLUEPRINT_ISSUERS', 'partner']]],
    ['is not known to the service', [['    issuers: [own, partner]', '    issuers: [own, partnr]'], ['  partner/agency: { sailings: [list, held, hold], ', '  partner/agency: { '], ['  partner/port: { sailings: [held, hold], ', '  partner/port: { ']], [['BLUEPRINT_UNKNOWN_ISSUER', 'partnr']]],
  ])('are refused where one %s', async (_what, edits, expected) => {
    expect(await told(...edits)).toEqual(expected);
  });

  it.each<[what: string, edits: readonly Edit[], expected: readonly (readonly [string, string])[]]>([
    ['AWS', [['    issuers: [own, partner]\n    routes:\n      list: { match: GET /sailings', '    issuers: [own, partner]\n    gateways: [kong, aws]\n    routes:\n      list: { match: GET /sailings']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['keys that Kong holds', [['    keys: followed\n', '']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['Enterprise', [['    keys: followed\n', '    edition: enterprise\n']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['a Kong that is only looked at', [['    keys: followed\n', '    keys: followed\n    manage: none\n']], [['BLUEPRINT_ISSUERS', 'issuers'], ['BLUEPRINT_ISSUERS', 'issuers']]],
    ['a cookie', [['authentication: { pattern: sso, client: quay }', 'authentication: { pattern: sso, client: quay, token: { in: [header, cookie], cookie: __Host-ferry } }']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['bound tokens', [['authentication: { pattern: jwt, client: quay }', 'authentication: { pattern: jwt, client: quay, token: { bound: dpop } }']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['opaque tokens', [['authentication: { pattern: jwt, client: quay }', 'authentication: { pattern: opaque, client: quay, introspection: { client: gateway, secret: "${GATEWAY_SECRET}" } }']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['a policy', [['authentication: { pattern: sso, client: quay }\n', 'authentication: { pattern: sso, client: quay }\nauthorization: { pattern: centralised, policy: ., decision: a/b }\n'], ['  aws:\n', '  opa: { servers: ["http://localhost:8181"], bundle: { publish: "file:bundles" } }\n  aws:\n']], [['BLUEPRINT_ISSUERS', 'issuers'], ['BLUEPRINT_ISSUERS', 'issuers']]],
    ['a role', [['list: { match: GET /sailings, scopes: [sailings:read] }', 'list: { match: GET /sailings, scopes: [sailings:read], roles: [purser] }'], ['otto: { sailings: [list, held', 'otto: { sailings: [held'], ['board: { sailings: [list] }', 'board: {}'], ['partner/agency: { sailings: [list, held', 'partner/agency: { sailings: [held']], [['BLUEPRINT_ISSUERS', 'roles']]],
    ['a sign-in that is not long ago', [['list: { match: GET /manifests, scopes: [manifests:read] }', 'list: { match: GET /manifests, scopes: [manifests:read], maxAge: 5m }']], [['BLUEPRINT_ISSUERS', '5m']]],
    ['owners', [['held: { match: GET /sailings/held', 'held: { match: "GET /sailings/{id}", ownedBy: id']], [['BLUEPRINT_ISSUERS', 'id']]],
    ['a client in the place of an audience, and a service verifies', [broker('url: "https://pool.example/x", audienceClaim: client_id'), ['    authentication: { pattern: jwt, client: quay }\n    issuers: [own, partner]', '    authentication: { pattern: jwt, client: quay }\n    issuers: [own, partner, broker]']], [['BLUEPRINT_ISSUERS', 'client_id']]],
    ['another claim for the kind of token, and a service verifies', [['    tokenType: { value: Bearer }', '    tokenType: { claim: use, value: access }']], [['BLUEPRINT_ISSUERS', 'tokenType']]],
    ['the partner alone, and Kong', [['    gateways: [aws]\n    authentication: { pattern: aws, client: quay }', '    gateways: [kong, aws]\n    authentication: { pattern: sso, client: quay }']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['two in the place of ours', [broker('url: "https://pool.example/x"'), ['    issuers: [partner]', '    issuers: [partner, broker]']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['one and an address besides', [['    authentication: { pattern: aws, client: quay }', '    authentication: { pattern: aws, client: quay, issuer: "https://pool.example/x" }']], [['BLUEPRINT_ISSUERS', 'issuers']]],
    ['a role behind AWS', [['list: { match: GET /tariffs, scopes: [tariffs:read] }', 'list: { match: GET /tariffs, scopes: [tariffs:read], roles: [purser] }']], [['BLUEPRINT_ISSUERS', 'roles']]],
    ['an algorithm that AWS does not take', [['    tokenType: { value: Bearer }', '    algorithm: ES256']], [['BLUEPRINT_AWS_ALGORITHM', 'ES256']]],
  ])('are refused where nobody could keep them apart: %s', async (_what, edits, expected) => {
    const found = await told(...edits);
    expect(found).toEqual(expect.arrayContaining(expected.map((one) => [...one])));
    expect(found.filter(([code]) => code === 'BLUEPRINT_ISSUERS').length).toBe(expected.filter(([code]) => code === 'BLUEPRINT_ISSUERS').length);
  });

  it('behind AWS are what authentication.issuer says by its address, which is taken as before', async () => {
    const before: readonly Edit[] = [['    authentication: { pattern: aws, client: quay }\n    issuers: [partner]', `    authentication: { pattern: aws, client: quay, issuer: "${PARTNER}" }`], ['  partner/port: { sailings: [held, hold], tariffs: [list] }', '  partner/port: { sailings: [held, hold] }']];
    expect(await told(...before)).toEqual([]);
    const authorizers = async (text: string) => expand(await load(text, { env })).desired.filter(({ kind }) => kind === 'aws.authorizer').map(({ id, spec }) => [id, spec]);
    expect(await authorizers(edited(...before))).toEqual(await authorizers(ferry));
  });
});
