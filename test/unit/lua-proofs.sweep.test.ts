import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dpop, verdictOf } from '../dpop-vectors.ts';
import { startGateway } from '../lua/gateway.ts';
import type { Gateway } from '../lua/gateway.ts';

const { now, window, leeway, origins, jwks, vectors, nonces } = dpop;
let moment = now;
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ clock: () => moment });
  gateway.provider.behave = () => ({ body: JSON.stringify(jwks) });
});
afterAll(() => gateway.close());

const bound = { bound: 'dpop', token_types: ['DPoP'], dpop_origins: origins, dpop_window: window, leeway, relay: 'header' };
const send = ({ method, path, authorization, dpop: proofs }: Omit<(typeof vectors)[number], 'name' | 'expect'>) =>
  gateway.send(path, { method, headers: { ...(authorization.length > 0 && { authorization: [...authorization] }), ...(proofs.length > 0 && { dpop: [...proofs] }) } });

describe('bound tokens at the gateway', () => {
  it('are judged as the vectors say, by real signatures, each refusal with the scheme and the algorithms of proofs', async () => {
    expect((await gateway.configure({ orders: { followed: bound, scope: { scopes: ['orders:read'] } } })).status).toBe(201);
    const judged: unknown[] = [];
    for (const vector of vectors) {
      const { status, headers, received } = await send(vector);
      const challenge = headers['www-authenticate'] ?? '';
      judged.push([vector.name, verdictOf(status, challenge), received !== undefined]);
      if (status !== 200) expect([vector.name, challenge]).toEqual([vector.name, expect.stringMatching(/^DPoP (error=.*, )?algs="ES256 ES384 ES512 EdDSA PS256 PS384 PS512 RS256"$/)]);
    }
    expect(judged).toEqual(vectors.map(({ name, expect: wanted }) => [name, wanted, wanted === 'passes']));
  });

  it('need a nonce where one is asked for: of the secret and of now or lately, told with each answer that needs it', async () => {
    const { secret, lifetime } = nonces;
    // A memory of its own: each vector is of a moment, and what was noted at another may have ended.
    const asking = { ...bound, dpop_dict: 'kong_db_cache', dpop_nonce_secret: secret, dpop_nonce_lifetime: lifetime };
    expect((await gateway.configure({ orders: { followed: asking, scope: { scopes: ['orders:read'] } } })).status).toBe(201);
    const judged: unknown[] = [];
    for (const vector of nonces.vectors) {
      moment = vector.at;
      const { status, headers, received } = await send(vector);
      judged.push([vector.name, verdictOf(status, headers['www-authenticate']), headers['dpop-nonce'], received !== undefined]);
    }
    moment = now;
    expect(judged).toEqual(nonces.vectors.map(({ name, expect: wanted, tells, next }) => [name, wanted, tells ? next : undefined, wanted === 'passes']));
  });

  it('are told the next nonce with what a later plugin refuses as well', async () => {
    const { secret, lifetime, vectors: [, , , , last] } = nonces;
    if (!last) throw new Error('no vectors');
    const asking = { ...bound, dpop_dict: 'kong_cluster_events', dpop_nonce_secret: secret, dpop_nonce_lifetime: lifetime };
    expect((await gateway.configure({ orders: { followed: asking, scope: { scopes: ['orders:write'] } } })).status).toBe(201);
    const { status, headers } = await send(last);
    expect([status, headers['dpop-nonce']]).toEqual([403, last.next]);
  });

  it('are known for as long as they could be taken: of a clock that is ahead, at a node whose clock is behind', async () => {
    const [ahead] = vectors.filter(({ name }) => name === 'a proof of a clock that is a little ahead');
    if (!ahead) throw new Error('no vectors');
    const remembering = async (dict: string) => expect((await gateway.configure({ orders: { followed: { ...bound, dpop_dict: dict }, scope: {} } })).status).toBe(201);
    await remembering('kong_core_db_cache');
    // Noted by a node whose clock is a leeway ahead of this one.
    moment = now + leeway;
    expect((await send(ahead)).status).toBe(200);
    moment = now + window + 2 * leeway;
    expect((await send(ahead)).status).toBe(401);
    // It is the memory that refuses it: where nobody has seen it, it is taken at that moment.
    await remembering('kong_core_db_cache_miss');
    expect((await send(ahead)).status).toBe(200);
    moment = now;
  });

  it('reach the upstream as they came, and lack a scope by their own scheme', async () => {
    const [first] = vectors.filter(({ expect: wanted }) => wanted === 'passes').slice(3);
    if (!first) throw new Error('no vectors');
    expect((await gateway.configure({ orders: { followed: { ...bound, dpop_dict: 'kong' }, scope: { scopes: ['orders:write'] } } })).status).toBe(201);
    expect((await send(first)).headers['www-authenticate']).toMatch(/^DPoP error="insufficient_scope", scope="orders:write", algs="ES256/);
    expect((await gateway.configure({ orders: { followed: { ...bound, dpop_dict: 'kong_locks' }, scope: {} } })).status).toBe(201);
    const { received } = await send(first);
    expect([received?.headers.authorization, received?.headers['dpop']]).toEqual([first.authorization[0], first.dpop[0]]);
  });

  it('are not taken where proofs cannot be noted, and again when the window is over as proofs of then', async () => {
    const [first] = vectors;
    if (!first) throw new Error('no vectors');
    expect((await gateway.configure({ orders: { followed: { ...bound, dpop_dict: 'nowhere' }, scope: {} } })).status).toBe(201);
    expect((await send(first)).status).toBe(503);
    expect((await gateway.configure({ orders: { followed: { ...bound, dpop_dict: 'kong_secrets' }, scope: {} } })).status).toBe(201);
    expect((await send(first)).status).toBe(200);
    // For as long as a proof is fresh it is known: at its last moment it is the memory that refuses it, and afterwards its age.
    for (const later of [window, window + leeway, window + leeway + 1]) {
      moment = now + later;
      expect([later, (await send(first)).status]).toEqual([later, 401]);
    }
    moment = now;
  });

  it('need keys that are followed: nothing is noted for a token that nobody has signed', async () => {
    const answer = await gateway.configure({ orders: { guard: { ...bound }, jwt: {}, scope: {} } });
    expect([answer.status, answer.body.includes('keys')]).toEqual([400, true]);
    const without = await gateway.configure({ orders: { followed: { ...bound, dpop_origins: [] }, scope: {} } });
    expect(without.status).toBe(400);
  });
});
