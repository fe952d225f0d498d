import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseOpening } from '../../../src/app/rollback.ts';
import { digestOf } from '../../../src/core/saved-plan.ts';
import { codes, done, noRoutes, startVersions } from './versions.ts';

const SECOND = [
  ['read: { match: "GET /events/{id}", scopes: [events:read] }', 'read: { match: "GET /events/{id}", scopes: [events:read] }\n      drop: { match: "DELETE /events/{id}", scopes: [events:write], roles: [organiser] }'],
  ['otto: { events: [list, read, plan]', 'otto: { events: [list, read, plan, drop]'],
  ['Buys tickets', 'Buys many tickets'],
] as const;
/** Nobody lists events any more. */
const CLOSED = [
  ['list: { match: GET /events, scopes: [events:read] }\n', '\n'],
  ['vera: { events: [list, read]', 'vera: { events: [read]'], ['otto: { events: [list, read, plan]', 'otto: { events: [read, plan]'], ['ledger: { events: [list, read]', 'ledger: { events: [read]'],
] as const;

describe('rollback', () => {
  it('goes back to the last good state over all targets, whatever the file says by then, and back to it again from there is the one before', async () => {
    const { open, file, rewrite, kong } = await startVersions();
    await open().apply(file, { approve: true });
    const first = (await open().history()).data?.runs[0];
    rewrite(...SECOND);
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    writeFileSync(file, 'not: [a blueprint');
    const report = await open().rollback(file, { approve: true });
    expect(report).toMatchObject({ command: 'rollback', problems: [], notes: [expect.stringContaining(`back to the end of the apply of`) as string] });
    expect(done(report)).toEqual(expect.arrayContaining(['delete kong.route/tickets.events.drop', 'update keycloak.role/tickets/visitor']));
    rewrite();
    expect((await open().drift(file)).negative).toBe(false);
    const { data } = (await kong('GET', '/routes')) as { data: { name: string }[] };
    expect(data.map(({ name }) => name)).not.toContain('tickets.events.drop');
    expect((await open().history()).data?.runs[0]).toMatchObject({ command: 'rollback', state: 'done', to: first?.run });
    // The run before the first one is none, and forward again is a run that has a name.
    expect(await open().rollback(file, { approve: true })).toMatchObject({ problems: [{ code: 'ROLLBACK_NOWHERE', hint: expect.stringMatching(/^say which run it goes to: authctl rollback --to <run>/) as string }] });
  });

  it('from an apply that was broken off is to the one before it; one that is broken off itself goes on to where it went', async () => {
    const { open, file, rewrite, spoil, heal } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...SECOND);
    spoil(noRoutes);
    expect(codes(await open().apply(file, { approve: true }))).toEqual(['KONG_REFUSED']);
    heal();
    expect((await open().rollback(file, { approve: true })).problems).toEqual([]);
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    spoil((method, path) => (method === 'DELETE' && path.includes('/routes') ? 500 : 'pass'));
    expect(codes(await open().rollback(file, { approve: true }))).toEqual(['KONG_REFUSED']);
    heal();
    expect((await open().rollback(file, { approve: true })).problems).toEqual([]);
    rewrite();
    expect((await open().drift(file)).negative).toBe(false);
  });

  it('restores secrets by the references of then: what the environment has now', async () => {
    const { open, file, rewrite, env, kept, runs } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...SECOND);
    const rotated = { ...env, LEDGER_SECRET: 'another-secret-of-the-ledger' };
    await open({ env: rotated }).apply(file, { approve: true });
    expect((await open({ env: rotated }).rollback(file, { approve: true })).problems).toEqual([]);
    rewrite();
    expect((await open({ env: rotated }).drift(file)).negative).toBe(false);
    expect((await open().drift(file)).negative).toBe(true);
    const texts = kept('.state').map((name) => readFileSync(join(runs, name), 'utf8')).join('\n');
    for (const [name, value] of Object.entries(rotated)) if (/SECRET|PASSWORD/.test(name)) expect([name, texts.includes(value)]).toEqual([name, false]);
  });

  it('is shown and asked for, and lets nobody in again that nobody has seen', async () => {
    const { open, file, rewrite } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...CLOSED);
    expect((await open().apply(file, { approve: true, prune: true })).problems).toEqual([]);
    expect(await open().rollback(file, { approve: true })).toMatchObject({ problems: [{ code: 'ROLLBACK_OPENS', message: expect.stringContaining('kong events.list (GET /events) for') as string }] });
    const shown: unknown[] = [];
    expect(await open().rollback(file, { approve: ({ access }) => { shown.push(access?.changes.map(({ change, route }) => `${change} ${route}`)); return false; } })).toMatchObject({ negative: true });
    expect(shown).toEqual([['opens events.list', 'opens events.list', 'opens events.list']]);
    expect((await open().rollback(file, { approve: true, allowOpening: true })).problems).toEqual([]);
    rewrite();
    expect((await open().drift(file)).negative).toBe(false);
  });

  it('makes nothing as open again unseen as no cell of the matrix shows it: where codes of a client are sent to', async () => {
    const { open, file, rewrite } = await startVersions();
    const callback = '["https://tickets.example/callback"]';
    rewrite([callback, '["https://tickets.example/callback", "https://old.example/callback"]']);
    await open().apply(file, { approve: true });
    rewrite();
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    expect(await open().rollback(file, { approve: true })).toMatchObject({ problems: [{ code: 'ROLLBACK_OPENS', message: expect.stringContaining('keycloak.client/tickets/box-office') as string }] });
    expect((await open().drift(file)).negative).toBe(false);
    expect((await open().rollback(file, { approve: true, allowOpening: true })).problems).toEqual([]);
    // The way on from there closes it, and needs no leave.
    rewrite();
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
  });

  it.each([
    ['a plugin goes that turned people away', 'plugins: { tickets.events.ips: { name: ip-restriction, service: tickets.events, config: { allow: [10.0.0.0/8] } } }', 'kong.plugin/tickets.events.ips'],
    ['a plugin goes that closed the house', 'plugins: { tickets.events.shut: { name: request-termination, service: tickets.events, config: { status_code: 503 } } }', 'kong.plugin/tickets.events.shut'],
  ])('is seen by somebody where %s', async (_why, entities, address) => {
    const { open, file, rewrite } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(['\nrealm:\n', `\nraw: { kong: { entities: { ${entities} } } }\n\nrealm:\n`]);
    expect(done(await open().apply(file, { approve: true }))).toEqual([`create ${address}`]);
    expect(await open().rollback(file, { approve: true })).toMatchObject({ problems: [{ code: 'ROLLBACK_OPENS', message: expect.stringContaining(address) as string }] });
    expect(done(await open().rollback(file, { approve: true, allowOpening: true }))).toEqual([`delete ${address}`]);
  });

  it('is seen by somebody where a plugin that turns people away demands something else', async () => {
    const { open, file, rewrite } = await startVersions();
    const from = (range: string) => ['\nrealm:\n', `\nraw: { kong: { entities: { plugins: { tickets.events.ips: { name: ip-restriction, service: tickets.events, config: { allow: [${range}] } } } } } }\n\nrealm:\n`] as const;
    rewrite(from('0.0.0.0/0'));
    await open().apply(file, { approve: true });
    rewrite(from('10.0.0.0/8'));
    expect(done(await open().apply(file, { approve: true }))).toEqual(['update kong.plugin/tickets.events.ips']);
    expect(await open().rollback(file, { approve: true })).toMatchObject({ problems: [{ code: 'ROLLBACK_OPENS', message: expect.stringContaining('kong.plugin/tickets.events.ips') as string }] });
    expect(done(await open().rollback(file, { approve: true, allowOpening: true }))).toEqual(['update kong.plugin/tickets.events.ips']);
  });

  it('needs no leave for what goes with all that it guarded, and for a limit', async () => {
    const { open, file, rewrite } = await startVersions();
    await open().apply(file, { approve: true });
    const own = 'services: { old: { host: 127.0.0.1, port: 9 } }, routes: { old: { service: old, paths: [/old] } }, plugins: { old.ips: { name: ip-restriction, service: old, config: { allow: [10.0.0.0/8] } }, tickets.rate: { name: rate-limiting, service: tickets.events, config: { minute: 9, policy: local } } }';
    rewrite(['\nrealm:\n', `\nraw: { kong: { entities: { ${own} } } }\n\nrealm:\n`]);
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    expect((await open().rollback(file, { approve: true })).problems).toEqual([]);
  });

  it('after everything was taken away opens nothing unseen either', async () => {
    const { open, file } = await startVersions();
    await open().apply(file, { approve: true });
    expect((await open().destroy(file, { approve: true })).problems).toEqual([]);
    expect(codes(await open().rollback(file, { approve: true }))).toEqual(['ROLLBACK_OPENS']);
    expect((await open().rollback(file, { approve: true, allowOpening: true })).problems).toEqual([]);
    expect((await open().drift(file)).negative).toBe(false);
  });

  it('does not take the state of another blueprint that is noted under the same path', async () => {
    const { open, file, rewrite, kept, runs } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...SECOND);
    await open().apply(file, { approve: true });
    const [first = '', second = ''] = kept('.jsonl').map((name) => readFileSync(join(runs, name), 'utf8'));
    const [name = ''] = kept('.jsonl');
    writeFileSync(join(runs, name), first.replaceAll('"blueprint":"tickets"', '"blueprint":"another"'));
    expect(second).toContain('"blueprint":"tickets"');
    expect(await open().rollback(file, { approve: true })).toMatchObject({ problems: [{ code: 'ROLLBACK_NOWHERE', message: expect.stringContaining('another') as string }] });
  });

  it('lets nobody in again unseen where the policy of then could not be asked', () => {
    const access = { changes: [], first: false };
    expect(() => refuseOpening({ ...access, note: 'no opa was found, so a changed policy is not in this' })).toThrow(expect.objectContaining({ code: 'ROLLBACK_OPENS' }));
    expect(() => refuseOpening(access)).not.toThrow();
    expect(() => refuseOpening(undefined)).not.toThrow();
  });

  it('closes what it takes away before what guards it, and makes what guards a route before the route', async () => {
    const { open, file, rewrite } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...SECOND, ...CLOSED.slice(0, 1), ['vera: { events: [list, read]', 'vera: { events: [read]'], ['otto: { events: [list, read, plan, drop]', 'otto: { events: [read, plan, drop]'], ['ledger: { events: [list, read]', 'ledger: { events: [read]']);
    expect((await open().apply(file, { approve: true, prune: true })).problems).toEqual([]);
    const order = done(await open().rollback(file, { approve: true, allowOpening: true }));
    const at = (what: RegExp): number => order.findIndex((one) => what.test(one));
    expect(at(/^delete kong\.route\/tickets\.events\.drop$/)).toBeGreaterThanOrEqual(0);
    expect(at(/^delete kong\.route\/tickets\.events\.drop$/)).toBeLessThan(at(/^delete kong\.plugin\/tickets\.events\.drop/));
    expect(at(/^create kong\.route\/tickets\.events\.list$/)).toBeGreaterThanOrEqual(0);
    expect(at(/^create kong\.route\/tickets\.events\.list$/)).toBeLessThan(at(/^delete kong\./));
  });

  it('leaves what was left out and stayed then, and is refused where the environment would make something else of it', async () => {
    const { open, file, rewrite, kong, env } = await startVersions();
    await kong('POST', '/services', { name: 'tickets.left-over', host: '127.0.0.1', tags: ['authctl:tickets'] });
    await open().apply(file, { approve: true });
    rewrite(...SECOND);
    await open().apply(file, { approve: true });
    const [first] = (await open().history()).data?.runs.toReversed() ?? [];
    const changed = await open({ env: { ...env, EVENTS_URL: 'http://elsewhere:1' } }).rollback(file, { approve: true });
    expect(codes(changed)).toEqual(['ROLLBACK_CHANGED']);
    expect(changed.problems[0]?.message).toContain('kong.service/tickets.events differs in host, port');
    expect(codes(await open({ env: { ...env, KONG_PROXY_URL: 'http://127.0.0.1:9' } }).rollback(file, { approve: true }))).toEqual(['ROLLBACK_CHANGED']);
    const report = await open().rollback(file, { approve: true, to: first?.run ?? '' });
    expect([report.problems, done(report).filter((one) => one.includes('left-over'))]).toEqual([[], []]);
    expect(await kong('GET', '/services/tickets.left-over')).toMatchObject({ name: 'tickets.left-over' });
  });

  it.runIf(process.getuid)('goes to nothing that others may have written: its fingerprint is one that anybody can work out', async () => {
    const { open, file, rewrite, kept, runs } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...SECOND);
    await open().apply(file, { approve: true });
    const state = join(runs, kept('.state')[0] ?? '');
    for (const [place, loose, shut] of [[state, 0o622, 0o600], [runs, 0o777, 0o700]] as const) {
      chmodSync(place, loose);
      expect([place, codes(await open().rollback(file, { approve: true }))]).toEqual([place, ['ROLLBACK_UNREADABLE']]);
      chmodSync(place, shut);
    }
    expect((await open().rollback(file, { approve: true })).problems).toEqual([]);
  });

  it('goes to nothing that was changed by hand, and keeps nothing that holds a secret', async () => {
    const { open, file, rewrite, env, kept, runs } = await startVersions();
    const { LEDGER_SECRET: secret }: Readonly<Record<string, string>> = env;
    await open().apply(file, { approve: true });
    const [state = ''] = kept('.state');
    rewrite(...SECOND, ['name: tickets', `name: tickets # ${secret}`]);
    const unkept = await open().apply(file, { approve: true });
    expect([unkept.problems, unkept.notes]).toEqual([[], [expect.stringContaining('no rollback can come back to this run: a secret stands in the text')]]);
    writeFileSync(join(runs, state), readFileSync(join(runs, state), 'utf8').replace('Buys tickets', 'Buys nothing'));
    expect(codes(await open().rollback(file, { approve: true }))).toEqual(['ROLLBACK_UNREADABLE']);
  });

  it.each([['files', null], ['files', { a: 1 }], ['policyFiles', []], ['targets', 'x'], ['asked', { a: { b: 1 } }], ['orphans', {}]])('goes to nothing that has the right fingerprint and is no state: %s is %j', async (field, value) => {
    const { open, file, rewrite, kept, runs } = await startVersions();
    await open().apply(file, { approve: true });
    rewrite(...SECOND);
    await open().apply(file, { approve: true });
    const state = join(runs, kept('.state')[0] ?? '');
    const { fingerprint: _of, ...content } = JSON.parse(readFileSync(state, 'utf8')) as Record<string, unknown>;
    const other = { ...content, [field]: value };
    writeFileSync(state, JSON.stringify({ ...other, fingerprint: digestOf(other) }));
    expect(codes(await open().rollback(file, { approve: true }))).toEqual(['ROLLBACK_UNREADABLE']);
  });
});
