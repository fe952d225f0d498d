import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { selfSigned } from '../../../src/core/certificate.ts';
import { createFixtures, openJournal, sweep } from '../../../src/checks/kit/fixtures/index.ts';
import type { Fixture } from '../../../src/checks/kit/fixtures/index.ts';
import type { HttpAnswer, Send } from '../../../src/checks/kit/http.ts';
import type { OpenStore } from '../../../src/checks/kit/store.ts';
import { Secret } from '../../../src/core/secret.ts';
import { hasExpired, isFixtureKey, isFixtureName, newFixtureName } from '../../../src/core/fixture.ts';
import { loadExample } from './worlds/examples.ts';

const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'authctl-journal-'));
  onTestFinished(() => { rmSync(made, { recursive: true }); });
  return join(made, 'fixtures');
};
const answer = (status: number, body: unknown = {}): HttpAnswer => ({ status, headers: {}, setCookies: [], body: JSON.stringify(body), milliseconds: 1 });
const asked: string[] = [];
/** Servers that hold one user and one credential, and answer deletions as they are told. */
const servers = (names: readonly string[], deletion: (url: string) => HttpAnswer): Send => ({ url, method }) => {
  asked.push(`${method} ${new URL(url).pathname}`);
  if (method === 'DELETE') return Promise.resolve(deletion(url));
  if (url.includes('/token')) return Promise.resolve(answer(200, { access_token: 'x' }));
  if (url.includes('/users')) return Promise.resolve(answer(200, names.map((username) => ({ id: `id-of-${username}`, username }))));
  if (url.includes('/jwt')) return Promise.resolve(answer(200, { data: names.map((name) => ({ id: `id-of-${name}`, tags: ['authctl-verify', name] })) }));
  return Promise.resolve(answer(200, url.includes('/admin/realms') ? [] : { data: [] }));
};
const user = (name: string, blueprint: Blueprint): Omit<Fixture, 'address'> => ({ target: 'keycloak', sort: 'user', name, within: blueprint.realm.name });
const credential = (name: string): Omit<Fixture, 'address'> => ({ target: 'kong', sort: 'credential', name, within: 'shop.issuer' });

describe('the name of a fixture', () => {
  it('says what it is, and when its run cannot be under way any more', () => {
    const name = newFixtureName(Date.now());
    expect([isFixtureName(name), isFixtureName('authctl-verify'), isFixtureName('authctl-verified')]).toEqual([true, true, false]);
    expect([hasExpired(name, Date.now()), hasExpired(name, Date.now() + 3 * 3_600_000), hasExpired('authctl-verify', Date.now())]).toEqual([false, true, true]);
  });

  it('travels with a key that an issuer publishes', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const certificate = (name: string): X509Certificate => new X509Certificate(selfSigned(name, privateKey, new Date(0), new Date(4e12)));
    const made = certificate(newFixtureName(Date.now()));
    expect([made.verify(publicKey), made.checkPrivateKey(privateKey)]).toEqual([true, true]);
    const published = (of: X509Certificate): object => ({ kty: 'RSA', x5c: [of.raw.toString('base64')] });
    expect([isFixtureKey(published(made)), isFixtureKey(published(certificate('shop'))), isFixtureKey({ x5c: ['rubbish'] }), isFixtureKey({})]).toEqual([true, false, false, false]);
  });
});

describe('the journal', () => {
  it('notes before anything is made, for the owner alone and without what is made', async () => {
    const where = directory();
    const blueprint = await loadExample('sso');
    const fixtures = createFixtures({ blueprint, send: servers([], () => answer(204)), journal: openJournal(where) });
    const name = newFixtureName(Date.now());
    const noted = await fixtures.hold(user(name, blueprint), () => Promise.resolve(readdirSync(where)));
    expect(noted).toEqual([`keycloak-${name}.json`]);
    expect([statSync(where).mode & 0o777, statSync(join(where, noted[0]!)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(Object.keys(JSON.parse(readFileSync(join(where, noted[0]!), 'utf8')) as object).toSorted()).toEqual(['address', 'born', 'host', 'name', 'pid', 'sort', 'target', 'within']);
    expect([await fixtures.releaseAll(), readdirSync(where)]).toEqual([[], []]);
  });

  it('makes nothing where it cannot note', async () => {
    const where = directory();
    writeFileSync(where.replace(/fixtures$/, 'file'), '');
    const blueprint = await loadExample('sso');
    const fixtures = createFixtures({ blueprint, send: servers([], () => answer(204)), journal: openJournal(where.replace(/fixtures$/, 'file')) });
    let made = false;
    await expect(fixtures.hold(credential(newFixtureName(Date.now())), () => Promise.resolve((made = true)))).rejects.toMatchObject({ code: 'VERIFY_NO_JOURNAL' });
    expect(made).toBe(false);
  });

  it('goes on with the other undos when one fails, tells it, and keeps the note of it alone', async () => {
    const where = directory();
    const blueprint = await loadExample('sso');
    const [one, two] = [newFixtureName(Date.now()), newFixtureName(Date.now())];
    const send = servers([one, two], (url) => answer(url.includes('/jwt/') ? 500 : 204));
    const fixtures = createFixtures({ blueprint, send, journal: openJournal(where) });
    await fixtures.hold(user(one, blueprint), () => Promise.resolve());
    await fixtures.hold(credential(two), () => Promise.resolve());
    const left = await fixtures.releaseAll();
    expect(left.map(({ code, message }) => [code, message.includes(two)])).toEqual([['VERIFY_FIXTURE_LEFT', true]]);
    expect(readdirSync(where)).toEqual([`kong-${two}.json`]);
  });
});

describe('a look after other runs', () => {
  const dead = 2 ** 22 + 12345;
  const noted = async (where: string, entry: object): Promise<Blueprint> => {
    const blueprint = await loadExample('sso');
    const journal = openJournal(where);
    await journal.note({ ...credential('authctl-verify-zzzzzz-0a'), address: blueprint.targets.kong!.admin.url });
    const file = join(where, 'kong-authctl-verify-zzzzzz-0a.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...entry }));
    return blueprint;
  };
  const gone = async (where: string, blueprint: Blueprint): Promise<readonly number[]> => {
    const { removed, kept } = await sweep({ blueprint, send: servers(['authctl-verify-zzzzzz-0a'], () => answer(204)), journal: openJournal(where) });
    return [removed.length, kept.length, readdirSync(where).length];
  };

  it.each([
    ['a run that is dead', { pid: dead }, [1, 0, 0]],
    ['a run that is under way', {}, [0, 1, 1]],
    ['a run that is dead, and whose number another process has by now', { born: 'at another time' }, [1, 0, 0]],
    ['a run of another machine', { host: `not-${hostname()}` }, [1, 0, 0]],
    ['another server', { address: 'http://elsewhere.example' }, [0, 0, 1]],
    ['what no run can have made', { name: 'shop', pid: dead }, [0, 0, 1]],
  ] as const)('takes away or leaves the fixtures of %s', async (_of, entry, counts) => {
    const where = directory();
    expect(await gone(where, await noted(where, entry))).toEqual(counts);
  });

  it.each([
    ['goes, when its writer is dead', `${dead}.${encodeURIComponent(hostname())}`, false],
    ['stays, while its writer is at it', `${process.pid}.${encodeURIComponent(hostname())}`, true],
    ['stays, when another machine is at it', `${dead}.elsewhere`, true],
  ])('a note that was cut off %s', async (_what, writer, stays) => {
    const where = directory();
    await noted(where, { pid: dead });
    const part = `kong-authctl-verify-zzzzzz-0b.json.${writer}.part`;
    writeFileSync(join(where, part), '{"target":"kong"');
    await gone(where, await loadExample('sso'));
    expect(readdirSync(where)).toEqual(stays ? [part] : []);
  });

  it.each([
    ['once more, when its run was killed a moment ago and the server may be at it', 60_000, [1, ['there', 'there']]],
    ['once, when it can come no more', -60_000, [0, ['there']]],
  ] as const)('asks for what is not there %s', async (_how, age, expected) => {
    const where = directory();
    const name = newFixtureName(Date.now() + age);
    const blueprint = await noted(where, { name, pid: dead });
    const waits: number[] = [];
    const looks: string[] = [];
    const send = servers([], () => answer(204));
    const looked: Send = (request) => {
      if (request.url.includes('/jwt')) looks.push('there');
      return send(request);
    };
    await sweep({ blueprint, send: looked, journal: openJournal(where), wait: (milliseconds) => Promise.resolve(void waits.push(milliseconds)) });
    expect([waits.length, looks]).toEqual(expected);
    expect(waits.every((milliseconds) => milliseconds > 0 && milliseconds <= 10_000)).toBe(true);
  });

  it('puts a setting of a store of sessions back to what it was, by the store’s own login, which the note does not hold', async () => {
    const where = directory();
    const loaded = await loadExample('session');
    const storeUrl = new Secret('redis://verify:s3cret@store.localhost:6379/2');
    const { authentication } = loaded;
    const blueprint = { ...loaded, authentication: { ...authentication, ...(authentication.session && { session: { ...authentication.session, storeUrl } }) } };
    const commands: string[] = [];
    const openStore: OpenStore = (url) => Promise.resolve({ ask: (...command) => Promise.resolve(String(commands.push(`${url} ${command.join(' ')}`))), close: () => undefined });
    const scene = { blueprint, send: servers([], () => answer(204)), journal: openJournal(where), openStore };
    const setting = { target: 'store', sort: 'setting', name: 'authctl-verify-zzzzzz-0a', within: 'maxclients 4096', address: 'redis://store.localhost:6379/2' } as const;
    await openJournal(where).note(setting);
    const file = join(where, `store-${setting.name}.json`);
    const note = readFileSync(file, 'utf8');
    expect(note).not.toContain('s3cret');
    expect(await sweep(scene)).toMatchObject({ removed: [], kept: [setting] });
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(note) as object), pid: dead }));
    expect(await sweep(scene)).toMatchObject({ removed: [setting], kept: [], problems: [] });
    expect([commands, readdirSync(where)]).toEqual([[`${storeUrl.reveal()} CONFIG SET maxclients 4096`], []]);
    // A note that somebody else wrote sets nothing else, and of no such target is none.
    const forged = ['dir /etc/cron.d', 'maxclients 1;x', 'maxclients', ''].map((within) => ({ ...setting, within }));
    for (const over of [...forged, { ...setting, target: '__proto__' }, { ...setting, target: 'opa' }]) {
      writeFileSync(file, JSON.stringify({ ...(JSON.parse(note) as object), ...over, pid: dead }));
      expect((await sweep(scene)).problems).toEqual([]);
    }
    expect(commands).toHaveLength(1);
  });

  it('finds on the servers what nobody here has noted: all of it when asked to, else what has outlived its time', async () => {
    const blueprint = await loadExample('sso');
    const [fresh, old] = [newFixtureName(Date.now()), 'authctl-verify-s0rrow-0a'];
    const look = async (how: 'ended' | 'all'): Promise<readonly string[]> => {
      const { removed } = await sweep({ blueprint, send: servers([fresh, old, 'somebody'], () => answer(204)), journal: openJournal(directory()) }, how);
      return removed.map(({ sort, name }) => `${sort} ${name}`).toSorted();
    };
    expect(await look('ended')).toEqual([`credential ${old}`, `user ${old}`]);
    expect(await look('all')).toEqual([`credential ${fresh}`, `credential ${old}`, `user ${fresh}`, `user ${old}`].toSorted());
  });
});
