import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../infra/services/session/config.js';
import { createRenewal } from '../../../infra/services/session/renew.js';
import { fromOwnPage, safeReturn } from '../../../infra/services/session/requests.js';
import { createSeal } from '../../../infra/services/session/seal.js';
import { createStore } from '../../../infra/services/session/store.js';

const origin = 'https://clinic.example';

describe('the way back after a sign-in', () => {
  it('is the path that was asked for, as a URL of this site', () => {
    expect(safeReturn('/appointments/7?week=2#top', origin)).toBe(`${origin}/appointments/7?week=2#top`);
  });

  it.each([undefined, '', 'appointments', 'https://evil.example/', '//evil.example/', '/\\evil.example/', '/\t/evil.example/', `${origin}/`, ['/a', '/b'], 7])(
    'is the start page for %j',
    (wanted) => {
      expect(safeReturn(wanted, origin)).toBe(`${origin}/`);
    },
  );

  it('never leaves the site, whatever is asked', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^\/[\\/.@:\t]{0,6}evil\.example/)), (wanted) => {
        expect(new URL(safeReturn(wanted, origin), origin).origin).toBe(origin);
        expect(safeReturn(wanted, origin).startsWith(`${origin}/`)).toBe(true);
      }),
    );
  });
});

describe('a logout', () => {
  it.each([
    [{ origin }, true],
    [{ origin, 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{}, false],
    [{ origin: 'null' }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: `${origin}:8443` }, false],
    [{ origin, 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
  ])('with %j is of a page of this site: %s', (headers, own) => {
    expect(fromOwnPage(headers, origin)).toBe(own);
  });
});

describe('a sealed session', () => {
  const secrets = ['a'.repeat(32), 'b'.repeat(32)];
  const session = { data: { version: 7, access_token: 'secret-token' } };
  const seal = createSeal(secrets);

  it('opens again, under an older secret too, and tells nothing but its version', () => {
    const sealed = createSeal(secrets.slice(1)).stringify(session, 'one');
    expect(seal.parse(sealed, 'one')).toEqual(session);
    expect(sealed).toMatch(/^v7\.[\w-]+$/);
    expect(Buffer.from(sealed.slice(3), 'base64url').includes('secret-token')).toBe(false);
    expect(seal.stringify(session, 'one')).not.toBe(seal.stringify(session, 'one'));
  });

  it('does not open when anything of it was changed, under another secret, or for another id', () => {
    const sealed = seal.stringify(session, 'one');
    const flipped = `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`;
    for (const other of [flipped, sealed.replace('v7', 'v8'), sealed.slice(0, -4), '', '{}', 'v7.'])
      expect(() => seal.parse(other, 'one')).toThrow();
    expect(() => createSeal(['c'.repeat(32)]).parse(sealed, 'one')).toThrow('no key opens this session');
    for (const id of ['two', 'one.', '', 'On']) expect(() => seal.parse(sealed, id)).toThrow('no key opens this session');
    // The version and the id are told apart: digits of one are none of the other.
    expect(() => seal.parse(seal.stringify({ data: { version: 1 } }, '2.x').replace('v1', 'v12'), 'x')).toThrow();
  });
});

describe('the store', () => {
  const sessionOf = (who: string) => ({ data: { version: 1, access_token: who }, cookie: { expires: Date.now() + 60_000 } });
  const held = () => {
    const rows = new Map<string, string>();
    const lines: string[] = [];
    const redis = {
      get: (key: string) => Promise.resolve(rows.get(key) ?? null),
      del: (key: string) => Promise.resolve(Number(rows.delete(key))),
      eval: (_script: string, { keys, arguments: [value] }: { keys: string[]; arguments: string[] }) => Promise.resolve(void rows.set(keys[0]!, value!)),
    };
    return { rows, lines, store: createStore({ redis, prefix: 'p:', seal: createSeal(['a'.repeat(32)]), log: (line) => void lines.push(line) }) };
  };

  it('gives a session back under its own id, and forgets it', async () => {
    const { store, rows } = held();
    await store.set('alice', sessionOf('a'));
    expect((await store.get('alice'))?.data.access_token).toBe('a');
    await store.destroy('alice');
    expect([await store.get('alice'), rows.size]).toEqual([undefined, 0]);
  });

  it('gives nobody the session of another that was copied to where theirs is kept', async () => {
    const { store, rows, lines } = held();
    await store.set('alice', sessionOf('a'));
    await store.set('mallory', sessionOf('m'));
    rows.set('p:mallory', rows.get('p:alice')!);
    expect(await store.get('mallory')).toBeUndefined();
    expect((await store.get('alice'))?.data.access_token).toBe('a');
    expect(lines).toEqual(['store: what is kept for a session is not what was put there: no key opens this session']);
  });

  it.each(['', '{}', 'v1.', 'what somebody else keeps', '\u0000'])('takes %j, which is none of its own, for no session: its owner signs in again', async (value) => {
    const { store, rows } = held();
    rows.set('p:alice', value);
    expect(await store.get('alice')).toBeUndefined();
    await store.set('alice', sessionOf('again'));
    expect((await store.get('alice'))?.data.access_token).toBe('again');
  });

  it('does not take a store that fails for one that has no session', async () => {
    const redis = { get: () => Promise.reject(new Error('away')), del: () => Promise.reject(new Error('away')), eval: () => Promise.reject(new Error('away')) };
    const store = createStore({ redis, prefix: 'p:', seal: createSeal(['a'.repeat(32)]), log: () => undefined });
    await expect(store.get('alice')).rejects.toThrow('away');
    await expect(store.destroy('alice')).rejects.toThrow('away');
    await expect(store.set('alice', sessionOf('a'))).rejects.toThrow('away');
  });
});

describe('the configuration', () => {
  const env = {
    ISSUER_URL: 'https://id.example/realms/clinic', CLIENT_ID: 'web', CLIENT_SECRET: 'web-secret', PUBLIC_URL: `${origin}/`,
    SECRETS: 'a'.repeat(32), STORE_URL: 'redis://:store-secret@redis:6379/0',
  };

  it('is complete with six variables', () => {
    expect(readConfig(env)).toMatchObject({ origin, basePath: '/session', cookie: '__Host-session', idle: 900, absolute: 28_800, renew: 60, port: 9300 });
  });

  it('names everything that is wrong at once, and no secret', () => {
    const wrong = { ...env, PUBLIC_URL: 'http://clinic.example', SECRETS: 'too-short', IDLE_SECONDS: '0', COOKIE: 'sid', STORE_URL: 'http://x', CLIENT_ID: '' };
    const said = ['PUBLIC_URL must be https', 'SECRETS needs', 'IDLE_SECONDS is no', 'COOKIE must begin', 'STORE_URL is no URL', 'CLIENT_ID is not set'];
    for (const part of said) expect(() => readConfig(wrong)).toThrow(part);
    expect(() => readConfig(wrong)).not.toThrow('too-short');
  });
});

/** A store and a lock in memory, and an issuer that gives a new token each time. */
const world = ({ error }: { readonly error?: string } = {}) => {
  const kept = new Map<string, { data: Record<string, unknown> }>();
  const locks = new Map<string, string>();
  const ids = new WeakMap<object, string>();
  let refreshes = 0;
  const store = {
    get: (id: string) => {
      const held = kept.get(id);
      const copy = held && structuredClone(held);
      if (copy) ids.set(copy.data, id);
      return Promise.resolve(copy);
    },
    set: (id: string, session: { data: Record<string, unknown> }) => Promise.resolve(void kept.set(id, structuredClone(session))),
    destroy: (id: string) => Promise.resolve(void kept.delete(id)),
    idOf: (data: object) => ids.get(data),
  };
  const redis = {
    set: (key: string, value: string) => Promise.resolve(locks.has(key) ? null : (locks.set(key, value), 'OK')),
    eval: (_script: string, { keys }: { keys: string[] }) => Promise.resolve(Number(locks.delete(keys[0]!))),
  };
  const request = (data: Record<string, unknown>) => ({
    oidc: {
      accessToken: {
        refresh: async () => {
          refreshes += 1;
          const mine = refreshes;
          await new Promise((resolve) => setTimeout(resolve, 30));
          if (error !== undefined) throw Object.assign(new Error(error), { error });
          Object.assign(data, { access_token: `token-${mine}`, expires_at: Date.now() / 1000 + 300 });
        },
      },
    },
  });
  const tokenOf = createRenewal({ redis, store: store as never, prefix: 'lock:', renew: 60 });
  const show = async (): Promise<string | undefined> => {
    const session = await store.get('one');
    return session ? (tokenOf(request(session.data), session.data) as Promise<string | undefined>) : undefined;
  };
  const begin = (age: number, left: number): void => {
    kept.set('one', { data: { access_token: 'token-0', version: Date.now() - age * 1000, expires_at: Date.now() / 1000 + left } });
  };
  return { begin, show, refreshes: () => refreshes, kept, locks };
};

describe('a renewal', () => {
  it('is not made while the token is young', async () => {
    const { begin, show, refreshes } = world();
    begin(10, 290);
    expect([await show(), refreshes()]).toEqual(['token-0', 0]);
  });

  it('is made once for twenty requests, and all of them get the new token', async () => {
    const { begin, show, refreshes, locks } = world();
    begin(61, 239);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, show)))).toEqual(new Set(['token-1']));
    expect([refreshes(), locks.size]).toEqual([1, 0]);
  });

  it('that Keycloak refuses ends the session', async () => {
    const { begin, show, kept } = world({ error: 'invalid_grant' });
    begin(61, 239);
    expect([await show(), kept.size]).toEqual([undefined, 0]);
  });

  it('that cannot be made leaves a token that is still good, and fails without one', async () => {
    const { begin, show, kept } = world({ error: 'temporarily_unavailable' });
    begin(61, 239);
    expect(await show()).toBe('token-0');
    begin(400, -100);
    await expect(show()).rejects.toThrow('temporarily_unavailable');
    expect(kept.size).toBe(1);
  });
});
