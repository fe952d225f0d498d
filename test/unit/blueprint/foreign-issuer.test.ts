import { describe, expect, it } from 'vitest';
import { matrixOf } from '../../../src/access/index.ts';
import { explainBlueprint } from '../../../src/explain/overview.ts';
import { explainRoute } from '../../../src/explain/route.ts';
import { givenTokens } from '../../../src/checks/kit/given.ts';
import { expand } from '../../../src/patterns/index.ts';
import { pool, poolAtKong, secret } from '../app/pool.ts';
import { complaints, load } from './loading.ts';

const env = { AWS_ENDPOINT: 'http://127.0.0.1:9', ISSUER_URL: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC', UPSTREAM: 'https://parcels.internal.example', TRACKER_SECRET: secret, DORA_TOKEN: 'token-of-dora', DORA_ID_TOKEN: 'id-token-of-dora' };
const edited = (...edits: readonly (readonly [string, string])[]): string =>
  edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, pool);
const told = async (...edits: readonly (readonly [string, string])[]) => (await complaints(edited(...edits), { env })).map(({ code, marked }) => [code, marked]);

describe('an issuer that is not ours', () => {
  it('is all that a blueprint says of a realm, and nothing of it is made', async () => {
    const blueprint = await load(pool, { env });
    expect([blueprint.issuer, blueprint.targets.keycloak]).toEqual([env.ISSUER_URL, undefined]);
    expect(blueprint.at('realm.clients.web')).toEqual(blueprint.at('issuer.clients.web'));
    expect(blueprint.at('realm.clients.web').line).toBe(pool.split('\n').findIndex((line) => line.includes('web: {')) + 1);
    expect(expand(blueprint).desired.filter(({ kind }) => !kind.startsWith('aws.'))).toEqual([]);
    expect(matrixOf(blueprint, undefined).cells.filter(({ disagreement }) => disagreement !== undefined)).toEqual([]);
    expect(JSON.stringify(blueprint)).not.toMatch(/token-of-dora|secret-of-the-tracker/);
  });

  it('names the client in the place of an audience: a service takes those that may have its scopes, or the one it states', async () => {
    const audiences = async (...edits: readonly (readonly [string, string])[]) => Object.values((await load(edited(...edits), { env })).services).map((service) => service.audiences);
    expect(await audiences()).toEqual([['4h57klweb', '6trackme'], ['4h57klweb']]);
    expect(await audiences(['  parcels:\n    upstream', '  parcels:\n    audience: 4h57klweb\n    upstream'], ['tracker: { parcels: [list] }', 'tracker: {}'])).toEqual([['4h57klweb'], ['4h57klweb']]);
    expect(await told(['  parcels:\n    upstream', '  parcels:\n    audience: nobody\n    upstream'])).toContainEqual(['BLUEPRINT_AUDIENCE_NOT_EMITTED', 'nobody']);
  });

  it.each([
    ['as realms', [['issuer:\n', 'realms: { old: {} }\nissuer:\n']], 'realms'],
    ['as a list of addresses', [['  url: "${ISSUER_URL}"', '  url: ["${ISSUER_URL}", "https://old.example"]']], 'url'],
    ['at a service', [['  parcels:\n    upstream', '  parcels:\n    realms: [old, new]\n    upstream']], 'realms'],
    ['in what a service asks for', [['  parcels:\n    upstream', '  parcels:\n    authentication: { pattern: aws, issuer: ["https://a.example", "https://b.example"] }\n    upstream']], 'issuer'],
  ] as const)('is one: several in other words are told where each goes (%s)', async (_how, edits, marked) => {
    expect((await told(...edits)).filter(([code]) => code === 'BLUEPRINT_ONE_ISSUER')).toEqual([['BLUEPRINT_ONE_ISSUER', marked]]);
  });

  it('says the audience of each scope, or of all tokens of a client, where tokens have one', async () => {
    const withAud = [['  audienceClaim: client_id\n', ''], ['parcels/read: {}', 'parcels/read: { audience: parcels }'], ['parcels/send: {}', 'parcels/send: { audience: parcels }']] as const;
    expect(await told(...withAud)).toContainEqual(['BLUEPRINT_MISSING_KEY', 'rates/read']);
    expect(await told(...withAud, ['rates/read: {}', 'rates/read: { audience: rates }'])).toEqual([]);
    expect(await told(['rates/read: {}', 'rates/read: { audience: rates }'])).toContainEqual(['BLUEPRINT_ISSUER', 'rates']);
  });

  it('is held against what the rest names', async () => {
    expect(await told(['scopes: [rates/read] }\npersonas', 'scopes: [rates/write] }\npersonas'])).toContainEqual(['BLUEPRINT_UNKNOWN_SCOPE', 'rates/write']);
    expect(await told(['clientId: 6trackme, clientSecret: "${TRACKER_SECRET}", scopes: [parcels/read]', 'clientId: 6trackme, scopes: [parcels/reed]'])).toContainEqual(['BLUEPRINT_UNKNOWN_SCOPE', 'parcels/reed']);
    expect(await told(['pattern: aws, client: web', 'pattern: aws, client: wub'])).toEqual([['BLUEPRINT_UNKNOWN_CLIENT', 'wub']]);
    expect(await told(['tracker: { parcels: [list] }', 'tracker: { rates: [list] }'])).not.toEqual([]);
    expect(await told(['pattern: aws, client: web', 'pattern: aws'])).not.toContainEqual(['BLUEPRINT_MISSING_KEY', 'authentication']);
  });

  it('has nothing beside it that Keycloak would be needed for', async () => {
    expect(await told(['targets:\n', 'targets:\n  keycloak: { url: "https://id.example", credentials: { clientSecret: "${TRACKER_SECRET}" } }\n'])).toEqual([['BLUEPRINT_ISSUER', 'keycloak']]);
    expect(await told(['issuer:\n', 'realm: { roles: { admin: {} } }\nissuer:\n'])).toContainEqual(['BLUEPRINT_ISSUER', 'issuer']);
    expect(await told(['dora: { token: "${DORA_TOKEN}"', 'dora: { password: "${DORA_TOKEN}"'])).toEqual([['BLUEPRINT_ISSUER', 'password']]);
    expect(await told(['personas:', 'raw: { keycloak: { realm: { displayName: Parcels } } }\npersonas:'])).toEqual([['BLUEPRINT_ISSUER', 'keycloak']]);
    for (const pattern of ['session', 'opaque'])
      expect(await told(['pattern: aws', `pattern: ${pattern}`])).toContainEqual(['BLUEPRINT_ISSUER', pattern]);
    expect(await told(['pattern: aws', 'pattern: jwt'])).toContainEqual(['BLUEPRINT_ISSUER', 'jwt']);
  });

  it('is reached by https, or on this machine', async () => {
    expect(await told(['url: "${ISSUER_URL}"', 'url: "http://id.example"'])).toEqual([['BLUEPRINT_INSECURE', '"http://id.example"']]);
    expect((await load(edited(['url: "${ISSUER_URL}"', 'url: "https://shop.eu.auth0.com/"']), { env })).issuer).toBe('https://shop.eu.auth0.com/');
  });

  it('has to be stated, or a realm: neither is a blueprint of nobody', async () => {
    const [issuer] = /issuer:\n([^]*?)(?=authentication:)/.exec(pool) ?? [''];
    const found = await told([issuer, '']);
    expect(found.filter(([code]) => code === 'BLUEPRINT_MISSING_KEY')).toHaveLength(3);
    expect(found).toContainEqual(['BLUEPRINT_ISSUER', '"${DORA_TOKEN}"']);
  });

  it('is told of in words: where the token comes from, and for whom it must be', async () => {
    const of = async (text: string) => {
      const blueprint = await load(text, { env: { ...env, KONG_ADMIN_URL: 'http://127.0.0.1:9', KONG_PROXY_URL: 'http://127.0.0.1:9' } });
      const [route] = blueprint.services['parcels']?.routes ?? [];
      return route ? `${explainBlueprint(blueprint, expand(blueprint), 'authctl explain')}\n${explainRoute(blueprint, expand(blueprint), route).text}` : '';
    };
    expect(await of(pool)).toContain(`It comes from ${env.ISSUER_URL}, which is not ours`);
    expect(await of(pool)).toContain(`issuer    ${env.ISSUER_URL}, which is not ours`);
    expect(await of(poolAtKong)).toContain('client_id is 4h57klweb or 6trackme, without any aud');
  });

  it('takes a given token for none that is not one', async () => {
    const blueprint = await load(pool, { env });
    const given = () => givenTokens(blueprint, 'dora', { authentication: blueprint.authentication, now: 0 });
    expect(given).toThrow(expect.objectContaining({ code: 'VERIFY_TOKEN_GIVEN', at: blueprint.at('personas.dora.token') }) as Error);
  });
});
