import { copyFileSync } from 'node:fs';
import { exitCodeOf } from 'authctl';
import { describe, expect, it } from 'vitest';
import { codes, done, noRoutes, startVersions } from './versions.ts';

/** What the file asks for by now, and nobody has applied. */
const LATER = [
  ['read: { match: "GET /events/{id}", scopes: [events:read] }', 'read: { match: "GET /events/{id}", scopes: [events:read] }\n      drop: { match: "DELETE /events/{id}", scopes: [events:write], roles: [organiser] }'],
  ['otto: { events: [list, read, plan]', 'otto: { events: [list, read, plan, drop]'],
  ['Buys tickets', 'Buys many tickets'],
] as const;
type Versions = Awaited<ReturnType<typeof startVersions>>;

/** What somebody does at Kong: a service leads to another port. */
const drifted = ({ kong }: Versions): Promise<unknown> => kong('PATCH', '/services/tickets.events', { port: 1 });
const port = async ({ kong }: Versions): Promise<unknown> => ((await kong('GET', '/services/tickets.events')) as { port: number }).port;

/** The Admin API of the realm, as somebody uses it by hand. */
const atKeycloak = async ({ KEYCLOAK_URL: keycloak = '', KEYCLOAK_CLIENT_SECRET: secret = '' }: Readonly<Record<string, string>>) => {
  const send = async (path: string, init: RequestInit): Promise<unknown> => {
    const answer = await fetch(`${keycloak}${path}`, init);
    const text = await answer.text();
    expect([path, answer.ok]).toEqual([path, true]);
    return text === '' ? undefined : JSON.parse(text);
  };
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: secret });
  const { access_token: token } = (await send('/realms/master/protocol/openid-connect/token', { method: 'POST', body: form })) as { access_token: string };
  return (method: string, path: string, body?: object): Promise<unknown> =>
    send(`/admin/realms/tickets${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
};
type AtKeycloak = Awaited<ReturnType<typeof atKeycloak>>;
const first = async (ask: AtKeycloak, path: string): Promise<Readonly<Record<string, unknown>> & { readonly id: string }> => ((await ask('GET', path)) as [Readonly<Record<string, unknown>> & { readonly id: string }])[0];

describe('drift --fix', () => {
  it('puts back what has moved since the last run, and nothing that the file asks for since', async () => {
    const versions = await startVersions();
    const { open, file, rewrite } = versions;
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    const before = await port(versions);
    await drifted(versions);
    rewrite(...LATER);
    const report = await open().fix(file, { approve: true });
    expect([exitCodeOf(report), report.problems, done(report)]).toEqual([0, [], ['update kong.service/tickets.events']]);
    expect([report.notes, await port(versions)]).toEqual([[expect.stringContaining('what has moved since the apply of') as string], before]);
    expect((await open().history()).data?.runs[0]).toMatchObject({ command: 'drift --fix', state: 'done' });
    rewrite();
    expect((await open().drift(file)).negative).toBe(false);
    // What is in force is the same state, so that a second time there is nothing to do, and a rollback goes to the one before it.
    expect(done(await open().fix(file, { approve: true }))).toEqual([]);
    expect(codes(await open().rollback(file, { approve: true }))).toEqual(['ROLLBACK_NOWHERE']);
  });

  it('lets nobody in: where people are shut out it writes nothing, and says whom and where', async () => {
    const versions = await startVersions();
    const { open, file, kong } = versions;
    await open().apply(file, { approve: true });
    const { data } = (await kong('GET', '/routes')) as { data: { id: string; name: string }[] };
    await kong('DELETE', `/routes/${data.find(({ name }) => name === 'tickets.events.list')?.id ?? ''}`);
    await drifted(versions);
    const asked: unknown[] = [];
    for (const approve of [true, () => { asked.push('asked'); return true; }] as const)
      expect(await open().fix(file, { approve })).toMatchObject({ problems: [{ code: 'FIX_OPENS', message: expect.stringContaining('kong events.list (GET /events) for') as string, at: { line: expect.any(Number) as number } }] });
    expect([asked, await port(versions)]).toEqual([[], 1]);
  });

  it('opens nothing unseen as no cell of the matrix shows it: a place that codes of a client are sent to, and somebody has taken away', async () => {
    const { open, file, env, rewrite } = await startVersions();
    rewrite(['["https://tickets.example/callback"]', '["https://tickets.example/callback", "https://old.example/callback"]']);
    await open().apply(file, { approve: true });
    const ask = await atKeycloak(env);
    const [client] = (await ask('GET', '/clients?clientId=box-office')) as { id: string; redirectUris: string[] }[];
    await ask('PUT', `/clients/${client?.id ?? ''}`, { ...client, redirectUris: ['https://tickets.example/callback'] });
    expect(await open().fix(file, { approve: true })).toMatchObject({ problems: [{ code: 'FIX_OPENS', message: expect.stringContaining('keycloak.client/tickets/box-office') as string }] });
    const [after] = (await ask('GET', '/clients?clientId=box-office')) as { redirectUris: string[] }[];
    expect(after?.redirectUris).toEqual(['https://tickets.example/callback']);
  });

  it('gives no key back that somebody has taken away', async () => {
    const { open, file, kong, rewrite } = await startVersions();
    rewrite(['\nrealm:\n', '\nraw: { kong: { entities: { consumers: { partner: { keyauth_credentials: { current: { key: "${LEDGER_SECRET}" } } } } } } }\n\nrealm:\n']);
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    const { data } = (await kong('GET', '/consumers/partner/key-auth')) as { data: { id: string }[] };
    await kong('DELETE', `/consumers/partner/key-auth/${data[0]?.id ?? ''}`);
    expect(await open().fix(file, { approve: true })).toMatchObject({ problems: [{ code: 'FIX_OPENS', message: expect.stringContaining('kong.keyauth_credential/partner/current') as string }] });
    expect(await kong('GET', '/consumers/partner/key-auth')).toMatchObject({ data: [] });
  });

  it.each([
    {
      what: 'the secret of a client', address: 'keycloak.client/tickets/ledger',
      change: async (ask: AtKeycloak) => {
        const client = await first(ask, '/clients?clientId=ledger');
        await ask('PUT', `/clients/${client.id}`, { ...client, secret: 'the one that took its place' });
      },
      now: async (ask: AtKeycloak) => (await first(ask, '/clients?clientId=ledger')).secret, is: 'the one that took its place',
    },
    {
      what: 'an account that has to set a new password first', address: 'keycloak.user/tickets/vera',
      change: async (ask: AtKeycloak) => {
        const user = await first(ask, '/users?exact=true&username=vera&briefRepresentation=false');
        await ask('PUT', `/users/${user.id}`, { requiredActions: ['UPDATE_PASSWORD'] });
      },
      now: async (ask: AtKeycloak) => (await first(ask, '/users?exact=true&username=vera&briefRepresentation=false')).requiredActions, is: ['UPDATE_PASSWORD'],
    },
  ])('lets nobody in again by what was good before: $what', async ({ address, change, now, is }) => {
    const { open, file, env } = await startVersions();
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    const ask = await atKeycloak(env);
    await change(ask);
    expect((await open().drift(file)).negative).toBe(true);
    expect(await open().fix(file, { approve: true })).toMatchObject({ problems: [{ code: 'FIX_OPENS', message: expect.stringContaining(address) as string }] });
    expect(await now(ask)).toEqual(is);
    // Who wants it as the blueprint says asks for that.
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    expect((await open().drift(file)).negative).toBe(false);
  });

  it.each([
    { what: 'a service', path: '/services/tickets.events', closed: { enabled: false }, told: 'cells of the access matrix, the first: kong events.list (GET /events) for' },
    { what: 'the service of public routes', path: '/services/tickets.events.public', closed: { enabled: false }, told: 'cells of the access matrix, the first: kong events.health (GET /events/health) for' },
    { what: 'a route, to whoever sends no header', path: '/routes/tickets.events.list', closed: { headers: { 'x-inside': ['yes'] } }, told: 'kong.route/tickets.events.list' },
    { what: 'a route, to whoever comes by another name', path: '/routes/tickets.events.health', closed: { hosts: ['inside.example'] }, told: 'kong.route/tickets.events.health' },
  ])('opens nothing that somebody has closed: $what', async ({ path, closed, told }) => {
    const { open, file, kong } = await startVersions();
    await open().apply(file, { approve: true });
    await kong('PATCH', path, closed);
    expect((await open().drift(file)).negative).toBe(true);
    expect(await open().fix(file, { approve: true })).toMatchObject({ problems: [{ code: 'FIX_OPENS', message: expect.stringContaining(told) as string }] });
    expect(await kong('GET', path)).toMatchObject(closed);
  });

  it('takes no state back that another file of the same blueprint has gone beyond, nor one of another blueprint under its path', async () => {
    const versions = await startVersions();
    const { open, file, rewrite } = versions;
    await open().apply(file, { approve: true });
    const copy = `${file}.copy.yaml`;
    rewrite(...LATER);
    copyFileSync(file, copy);
    rewrite();
    expect((await open().apply(copy, { approve: true })).problems).toEqual([]);
    await drifted(versions);
    expect(await open().fix(file, { approve: true })).toMatchObject({ problems: [{ code: 'FIX_NOWHERE', message: expect.stringMatching(/ of ".*\.copy\.yaml" has written for a blueprint of this name since$/) as string }] });
    rewrite(['name: tickets\n', 'name: another\n']);
    copyFileSync(file, copy);
    expect(await open().fix(copy, { approve: true })).toMatchObject({ problems: [{ code: 'FIX_NOWHERE', message: expect.stringMatching(/was of the blueprint tickets, and another stands there$/) as string }] });
    expect(await port(versions)).toBe(1);
  });

  it('leaves what is of others, and says no while it is there', async () => {
    const versions = await startVersions();
    const { open, file, kong } = versions;
    await open().apply(file, { approve: true });
    await kong('POST', '/plugins', { name: 'pre-function', instance_name: 'theirs', config: { access: ['return'] } });
    await drifted(versions);
    const report = await open().fix(file, { approve: true });
    expect([exitCodeOf(report), done(report)]).toEqual([2, ['update kong.service/tickets.events']]);
    const { data } = (await kong('GET', '/plugins')) as { data: { instance_name: string | null }[] };
    expect(data.map(({ instance_name: name }) => name)).toContain('theirs');
  });

  it('writes nothing that is not approved', async () => {
    const versions = await startVersions();
    const { open, file } = versions;
    await open().apply(file, { approve: true });
    await drifted(versions);
    expect(await open().fix(file, { approve: () => false })).toMatchObject({ negative: true, problems: [] });
    expect(await port(versions)).toBe(1);
  });

  it('knows of no drift where no run is noted, or the last one was broken off', async () => {
    const { open, file, spoil } = await startVersions();
    expect(codes(await open().fix(file, { approve: true }))).toEqual(['FIX_NOWHERE']);
    spoil(noRoutes);
    expect(codes(await open().apply(file, { approve: true }))).toEqual(['KONG_REFUSED']);
    expect(codes(await open().fix(file, { approve: true }))).toEqual(['FIX_NOWHERE']);
  });
});
