import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const example = await readFile(join(repository, 'blueprints/bound.yaml'), 'utf8');
const env = { KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', CLOSING_SECRET: 'closing-secret', ANNA_PASSWORD: 'anna-password', ALDO_PASSWORD: 'aldo-password', PROOF_STORE_URL: 'redis://gateway:p%40ss-of-proofs@store.example:6380/3', PROOF_NONCE_SECRET: 'what-nonces-are-made-of-here' };
/** The example's line about proofs. */
const PROOFS = '{ store: redis, url: "${PROOF_STORE_URL}", nonce: { secret: "${PROOF_NONCE_SECRET}", lifetime: 5m } }';
const edited = (from: string, to: string): string => {
  if (!example.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
  return example.replace(from, to);
};
/** Each service verifies for itself, proofs, too. */
const inServices = edited(`    proofs: ${PROOFS}\n    relay: header\n`, '').replace('pattern: sso', 'pattern: jwt');
const expanded = async (text = example) => expand(await load(text, { env }));
const specs = async (kind: string, text?: string): Promise<Readonly<Record<string, Spec>>> =>
  Object.fromEntries((await expanded(text)).desired.filter((one) => one.kind === kind).map(({ id, spec }) => [id, spec]));

describe('tokens that are bound to a key', () => {
  it('are made by every client with a scope of such an API, and taken by the guard of each', async () => {
    const clients = await specs('keycloak.client');
    expect(Object.entries(clients).map(([id, { attributes }]) => [id, (attributes as Spec)['dpop.bound.access.tokens']])).toEqual([['ledgers/desk', 'true'], ['ledgers/closing', 'true']]);
    const plugins = await specs('kong.plugin');
    for (const service of ['entries', 'reports'])
      expect(plugins[`ledgers.${service}.guard`]?.config).toMatchObject({ bound: 'dpop', keys: 'followed', token_types: ['DPoP'], dpop_origins: ['http://localhost:8000'], dpop_window: 60 });
  });

  it('may be proven at the addresses that clients ask', async () => {
    const plugins = await specs('kong.plugin', edited('proxy: { url:', 'proxy: { origins: ["https://api.example"], url:'));
    expect(plugins['ledgers.entries.guard']?.config).toMatchObject({ dpop_origins: ['http://localhost:8000', 'https://api.example'] });
  });

  it('have their proofs remembered in one Redis, whose password is a secret, or by each node for itself', async () => {
    const stored = async (text: string): Promise<Spec> => (await specs('kong.plugin', text))['ledgers.entries.guard']?.config as Spec;
    const { redis_password: password, ...together } = await stored(example);
    expect(together).toMatchObject({ dpop_store: 'redis', redis_host: 'store.example', redis_port: 6380, redis_username: 'gateway', redis_database: 3, redis_ssl: false, redis_ssl_verify: true });
    expect([password instanceof Secret && password.reveal(), JSON.stringify(await specs('kong.plugin')).includes('ss-of-proofs')]).toEqual(['p@ss-of-proofs', false]);
    expect(await stored(edited(PROOFS, '{ store: memory }'))).toMatchObject({ dpop_store: 'memory', redis_host: null, redis_password: null });
    expect(await stored(edited(`    proofs: ${PROOFS}\n`, ''))).toMatchObject({ dpop_store: 'memory', redis_host: null });
  });

  it('have a nonce in their proofs where it is asked for, whose secret is one, and else none', async () => {
    const { dpop_nonce_secret: secret, dpop_nonce_lifetime: lifetime } = (await specs('kong.plugin'))['ledgers.entries.guard']?.config as Spec;
    expect([secret instanceof Secret && secret.reveal(), lifetime, JSON.stringify(await specs('kong.plugin')).includes(env.PROOF_NONCE_SECRET)]).toEqual([env.PROOF_NONCE_SECRET, 300, false]);
    expect((await specs('kong.plugin', edited(PROOFS, '{ store: memory }')))['ledgers.entries.guard']?.config).toMatchObject({ dpop_nonce_secret: null, dpop_nonce_lifetime: 300 });
  });

  it('have no nonce of a secret that can be guessed', async () => {
    const failure = await load(example, { env: { ...env, PROOF_NONCE_SECRET: 'guess-what-it-is' } }).then(expand).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'PATTERN_INCOMPLETE', at: expect.objectContaining({ line: expect.any(Number) as number }) as object });
    expect(JSON.stringify(failure)).not.toContain('guess-what-it-is');
  });

  it.each(['http://store.example', 'redis:///7', 'redis://store.example/one', 'redis://store.example/?ssl=1', 'redis://:%zz@store.example', 'store.example:6379'])('have no store at %s', async (url) => {
    const failure = await load(example, { env: { ...env, PROOF_STORE_URL: url } }).then(expand).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'PATTERN_INCOMPLETE', at: expect.objectContaining({ line: expect.any(Number) as number }) as object });
    expect(JSON.stringify(failure)).not.toContain(url);
  });

  it('connect to the store by TLS where its address says so', async () => {
    const guard = expand(await load(example, { env: { ...env, PROOF_STORE_URL: 'rediss://store.example' } })).desired.find(({ id }) => id === 'ledgers.entries.guard');
    expect(guard?.spec.config).toMatchObject({ redis_host: 'store.example', redis_port: 6379, redis_ssl: true, redis_ssl_verify: true, redis_database: 0, redis_username: null, redis_password: null });
  });

  it('are no matter of a blueprint that does not say so: its guards state that, and its clients nothing', async () => {
    const text = edited('    bound: dpop\n', '').replace(`    proofs: ${PROOFS}\n`, '');
    expect((await specs('kong.plugin', text))['ledgers.entries.guard']?.config).toMatchObject({ bound: 'none', token_types: ['Bearer'] });
    expect(Object.values(await specs('keycloak.client', text)).every(({ attributes }) => !('dpop.bound.access.tokens' in (attributes as Spec)))).toBe(true);
  });

  it('are judged by the services themselves, to which the gateway passes a proof on, and each but once', async () => {
    const { desired } = await expanded(inServices);
    const guards = desired.filter(({ kind, id }) => kind === 'kong.plugin' && id.endsWith('.guard'));
    expect(guards.map(({ spec }) => spec.config)).toEqual(guards.map(() => ({ public: true, cookie: null, relay: 'header' })));
    expect([guards.length, desired.filter(({ kind }) => kind === 'kong.service').map(({ spec }) => spec.retries)]).toEqual([2, [0, 0]]);
    expect(desired.filter(({ kind }) => kind === 'keycloak.client').map(({ spec }) => (spec.attributes as Spec)['dpop.bound.access.tokens'])).toEqual(['true', 'true']);
    // Kong's own default is five, and a service behind a gateway that verifies has it.
    expect((await expanded()).desired.filter(({ kind }) => kind === 'kong.service').every(({ spec }) => spec.retries === undefined)).toBe(true);
  });

  it.each([
    ['pattern: opaque', 'the gateway changes the token'],
    ['pattern: session', 'the browser shows a cookie'],
  ])('cannot be had with %s, and why is said', async (pattern, why) => {
    await expect(expanded(inServices.replace('pattern: jwt', pattern).replace('      type: public\n', '      type: confidential\n      secret: "${CLOSING_SECRET}"\n'))).rejects.toMatchObject({ code: 'PATTERN_INCOMPLETE', message: expect.stringContaining(why) as string });
  });

  it.each([
    ['keys that are pinned', edited('keys: followed\n    followed: { refresh: 5m, coolDown: 2s, stale: 1h }', 'keys: pinned')],
    ['a cookie', edited('in: [header]\n', 'in: [header, cookie]\n    cookie: __Host-ledgers\n')],
    ['a memory of proofs where none are shown', edited('    bound: dpop\n', '')],
    ['a Redis that is not named', edited(PROOFS, '{ store: redis }')],
    ['nonces of a day', edited('lifetime: 5m', 'lifetime: 1d')],
    ['nonces of a moment', edited('lifetime: 5m', 'lifetime: 9s')],
    ['proofs that a gateway remembers which looks at none', edited('pattern: sso', 'pattern: jwt')],
    ['another try of the same proof', inServices.replace('    routes:\n', '    retries: 2\n    routes:\n')],
    ['a path that is put before what the client asked for', inServices.replace('http://entries:9101', 'http://entries:9101/v1')],
    ['a service behind AWS', edited('\nrealm:', '  aws: { region: ap-northeast-1, endpoint: "http://127.0.0.1:1" }\n\nrealm:').replace('    routes:\n      list: { match: GET /entries', '    gateways: [kong, aws]\n    routes:\n      list: { match: GET /entries')],
    ['a client that has scopes of both sorts of API', edited('  reports:\n    upstream', '  reports:\n    authentication: { pattern: sso, token: { in: [header] } }\n    upstream')],
  ])('cannot be had with %s', async (_, text) => {
    await expect(expanded(text)).rejects.toMatchObject({ code: 'PATTERN_INCOMPLETE', at: expect.objectContaining({ line: expect.any(Number) as number }) as object });
  });
});
