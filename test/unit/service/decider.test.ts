import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../eventually.ts';
import { createDecider } from '../../../src/service/index.ts';
import type { Decider, DeciderOptions } from '../../../src/service/index.ts';
import type { SDK_BUILTINS } from '../../../src/service/decision/builtins.ts';
import { packed, fixtureFiles, signed, SIGNER_PEM } from './support/bundles.ts';
import { FIXTURE, FIXTURE_KEY, buildBundle, inFolder, opa } from './support/fixture.ts';
import { ISSUER, mint } from './support/tokens.ts';

const open: Decider[] = [];
afterEach(() => {
  for (const decider of open.splice(0)) decider.close();
});
const aDecider = (options: Partial<DeciderOptions> = {}): Decider => {
  const decider = createDecider({ bundle: FIXTURE, entrypoint: 'demo/authz', ...options });
  open.push(decider);
  return decider;
};
const loaded = async (options: Partial<DeciderOptions> = {}): Promise<Decider> => {
  const decider = aDecider(options);
  await decider.refresh();
  return decider;
};
const input = (route: string, changes: object = {}): object => ({
  request: {},
  route: { service: 'orders', id: route, params: {} },
  token: { iss: ISSUER, sub: 'alice', scope: 'openid orders:read' },
  ...changes,
});
const TRUSTED = { keys: { default: { algorithm: 'RS256', key: readFileSync(FIXTURE_KEY, 'utf8') } } } as const;

/** A server of bundles without a socket: it answers as the test says, with entity tags. */
const aServer = (first: Buffer) => {
  const server = { body: first, status: 200, requests: [] as { readonly tag: string | null; readonly authorization: string | null }[] };
  const answer = (_url: unknown, options?: RequestInit): Promise<Response> => {
    const headers = new Headers(options?.headers);
    server.requests.push({ tag: headers.get('if-none-match'), authorization: headers.get('authorization') });
    const tag = `"${String(server.body.length)}"`;
    if (server.status !== 200) return Promise.resolve(new Response(null, { status: server.status }));
    if (headers.get('if-none-match') === tag) return Promise.resolve(new Response(null, { status: 304 }));
    return Promise.resolve(new Response(new Uint8Array(server.body), { headers: { etag: tag } }));
  };
  return { server, options: { bundle: 'https://bundles.example/shop.tar.gz', fetch: answer as typeof fetch } };
};

describe('a decision', () => {
  it('is what the policy says, with its revision and its whole result', async () => {
    const decider = await loaded();
    const result = expect.objectContaining({ allow: true, reasons: [] }) as object;
    expect(decider.decide(input('list'))).toEqual({ outcome: 'allow', revision: 'fixture-1', result });
    expect(decider.decide(JSON.stringify(input('health', { token: null })))).toMatchObject({ outcome: 'allow' });
  });
  it('carries the reasons of a no', async () => {
    const decider = await loaded();
    const another = { route: { service: 'orders', id: 'own', params: { owner: 'bob' } } };
    expect(decider.decide(input('own', another))).toMatchObject({
      outcome: 'deny',
      reason: 'the policy says no; bob belongs to somebody else',
    });
    expect(decider.decide(input('list', { token: null }))).toMatchObject({ outcome: 'deny' });
  });
  it('AZ-02 is a no when it is undefined, or no clear yes', async () => {
    expect((await loaded({ entrypoint: 'demo/authz/nothing' })).decide({})).toEqual({
      outcome: 'deny',
      reason: 'the decision is undefined',
      revision: 'fixture-1',
    });
    const nothing = await loaded({ entrypoint: 'demo/authz/nothing' });
    for (const value of [false, null, 1, 'true', {}, [], { allow: 1 }, { allow: 'true' }, [true]])
      expect(nothing.decide({ nothing: value }).outcome).toBe('deny');
    expect(nothing.decide({ nothing: true }).outcome).toBe('allow');
    expect(nothing.decide({ nothing: { allow: true } }).outcome).toBe('allow');
  });
  // An instance that is used on after a failure is beyond repair after 511 of them.
  it('is a no when the policy fails, however often, and the next one is right again', async () => {
    const decider = await loaded({ entrypoint: 'demo/authz/conflict' });
    for (let index = 0; index < 600; index += 1)
      expect(decider.decide({ clash: true })).toMatchObject({
        outcome: 'deny',
        reason: expect.stringContaining('the policy failed') as string,
      });
    expect(decider.decide({})).toMatchObject({ outcome: 'deny', reason: 'the decision is undefined' });
  });
  it('is a no for input that is no JSON', async () => {
    const decider = await loaded();
    expect(decider.decide('{')).toMatchObject({ outcome: 'deny' });
    expect(decider.decide(input('list'))).toMatchObject({ outcome: 'allow' });
  });
  it('sees one time during an evaluation, and takes a token apart', async () => {
    const clock = await loaded({ entrypoint: 'demo/authz/clock', clock: () => 1_800_000_000_000 });
    expect(clock.decide({})).toMatchObject({ result: 1_800_000_000_000_000_000 });
    const decoded = await loaded({ entrypoint: 'demo/authz/decoded' });
    expect(decoded.decide({ jwt: mint({ sub: 'a' }) })).toMatchObject({
      result: [{ alg: 'RS256' }, { sub: 'a' }, expect.stringMatching(/^[0-9a-f]{512}$/)],
    });
    for (const jwt of ['a.b', 7, mint({}, { alg: 'dir', enc: 'A256GCM' }), mint('[]')])
      expect(decoded.decide({ jwt })).toMatchObject({ reason: 'the decision is undefined' });
  });
});

describe('a bundle', () => {
  it('makes decisions unavailable until it is there', async () => {
    const decider = aDecider();
    expect(decider.decide(input('list'))).toEqual({ outcome: 'unavailable', reason: 'no bundle yet' });
    expect(decider.status()).toEqual({ ready: false });
    await decider.refresh();
    expect(decider.decide(input('list')).outcome).toBe('allow');
  });
  it('is looked at by its entity tag, and its successor becomes active', async () => {
    const first = readFileSync(FIXTURE);
    const { server, options } = aServer(first);
    const times = [1000, 2000, 3000, 4000];
    let now = 1000;
    const decider = await loaded({ ...options, clock: () => now, token: () => 'credential' });
    expect(decider.status()).toEqual({ ready: true, revision: 'fixture-1', activatedAt: times[0], checkedAt: times[0] });
    now = 2000;
    await decider.refresh();
    expect(decider.status()).toEqual({ ready: true, revision: 'fixture-1', activatedAt: 1000, checkedAt: 2000 });
    server.body = await packed(await fixtureFiles({ '.manifest': JSON.stringify({ revision: 'second', roots: [''] }) }));
    now = 3000;
    await decider.refresh();
    expect(decider.status()).toEqual({ ready: true, revision: 'second', activatedAt: 3000, checkedAt: 3000 });
    server.status = 503;
    now = 4000;
    await expect(decider.refresh()).rejects.toMatchObject({ code: 'BUNDLE_UNREACHABLE' });
    expect(decider.status()).toEqual({
      ready: true,
      revision: 'second',
      activatedAt: 3000,
      checkedAt: 3000,
      error: { code: 'BUNDLE_UNREACHABLE', message: 'the bundle cannot be had: status 503' },
    });
    expect(decider.decide(input('list'))).toMatchObject({ outcome: 'allow', revision: 'second' });
    expect(server.requests).toEqual(
      [null, `"${String(first.length)}"`, `"${String(first.length)}"`, `"${String(server.body.length)}"`].map((tag) => ({
        tag,
        authorization: 'Bearer credential',
      })),
    );
  });
  it('is no longer asked when it is older than declared', async () => {
    let now = 0;
    const { server, options } = aServer(readFileSync(FIXTURE));
    const decider = await loaded({ ...options, maxAge: 60, clock: () => now });
    now = 60_001;
    expect(decider.decide(input('list'))).toEqual({ outcome: 'unavailable', reason: 'the bundle is too old', revision: 'fixture-1' });
    expect(decider.status().ready).toBe(false);
    expect(server.requests).toHaveLength(1);
    await decider.refresh();
    expect(decider.decide(input('list')).outcome).toBe('allow');
  });
  it('is looked at again and again by itself, until it is closed', async () => {
    const { server, options } = aServer(readFileSync(FIXTURE));
    const decider = await loaded({ ...options, interval: 0.05 });
    await eventually('a fourth look', () => Promise.resolve(server.requests.length > 3));
    decider.close();
    // Whichever was under way.
    await decider.refresh();
    const seen = server.requests.length;
    await decider.refresh();
    expect(server.requests).toHaveLength(seen + 1);
  });
  it('tells its status after every look', async () => {
    const { server, options } = aServer(readFileSync(FIXTURE));
    const told: unknown[] = [];
    const decider = await loaded({ ...options, clock: () => 1, onStatus: (status) => told.push(status) });
    server.status = 404;
    await decider.refresh().catch(() => undefined);
    const active = { ready: true, revision: 'fixture-1', activatedAt: 1, checkedAt: 1 };
    expect(told).toEqual([active, { ...active, error: { code: 'BUNDLE_UNREACHABLE', message: 'the bundle cannot be had: status 404' } }]);
  });
  it('is read again from a file when it changed', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'bundle.tar.gz');
      writeFileSync(path, readFileSync(FIXTURE));
      const decider = await loaded({ bundle: path });
      writeFileSync(path, await packed(await fixtureFiles({ '.manifest': '{"revision":"second"}' })));
      await decider.refresh();
      expect(decider.status().revision).toBe('second');
      writeFileSync(path, 'not a bundle');
      await expect(decider.refresh()).rejects.toMatchObject({ code: 'BUNDLE_MALFORMED' });
      expect(decider.decide(input('list'))).toMatchObject({ outcome: 'allow', revision: 'second' });
    });
  });
  it.each([
    ['without a module', async () => packed({ '.manifest': '{}' }), 'BUNDLE_MALFORMED'],
    ['with a module that is none', async () => packed({ 'policy.wasm': 'x' }), 'BUNDLE_MALFORMED'],
    ['with data in YAML', async () => packed(await fixtureFiles({ 'x/data.yaml': 'a: 1' })), 'BUNDLE_MALFORMED'],
    ['with data said twice', async () => packed(await fixtureFiles({ 'demo/data.json': '{"issuer":"other"}' })), 'BUNDLE_MALFORMED'],
    ['with a duplicate member in its data', async () => packed(await fixtureFiles({ 'data.json': '{"a":1,"a":2}' })), 'BUNDLE_MALFORMED'],
    [
      'with a file that comes twice',
      async () => packed([...Object.entries(await fixtureFiles()), ['/data.json', '{"demo":{}}']]),
      'BUNDLE_MALFORMED',
    ],
    ['with a path that leads out', async () => packed({ 'a/../../x': 'x' }), 'BUNDLE_MALFORMED'],
  ])('is refused %s', async (_name, make, code) => {
    const { options } = aServer(await make());
    await expect(aDecider(options).refresh()).rejects.toMatchObject({ code });
  });
  it('is refused when it lacks the entrypoint', async () => {
    await expect(aDecider({ entrypoint: 'demo/other' }).refresh()).rejects.toMatchObject({ code: 'BUNDLE_ENTRYPOINT_MISSING' });
  });
  it('merges data files by where they stand', async () => {
    const data = { demo: { issuer: ISSUER, routes: {} } };
    const { options } = aServer(
      await packed(await fixtureFiles({ 'data.json': JSON.stringify(data), 'demo/routes/list/data.json': '{"public":true}' })),
    );
    expect((await loaded(options)).decide({ route: { id: 'list' } })).toMatchObject({ outcome: 'allow' });
  });
  it.each([
    [{ bundle: 'http://bundles.example/x.tar.gz' }],
    [{ bundle: 'ftp://bundles.example/x.tar.gz' }],
    [{ bundle: 'https://user:secret@bundles.example/x.tar.gz' }],
    [{ entrypoint: '' }],
    [{ interval: 0 }],
    [{ verification: { keys: {} } }],
    [{ verification: { keys: TRUSTED.keys, keyId: 'other' } }],
    [{ verification: { keys: { a: { algorithm: 'HS256', key: 'secret' } } } }],
  ])('cannot be asked for with options that open a door: %j', (options) => {
    expect(() => aDecider(options as never)).toThrow(expect.objectContaining({ code: 'SERVICE_OPTION_INVALID' }));
  });
});

describe('a signed bundle', () => {
  const next = { keys: { ...TRUSTED.keys, next: { algorithm: 'ES256', key: SIGNER_PEM } } } as const;
  const refreshed = async (make: () => Promise<Buffer>, verification: DeciderOptions['verification'] = next): Promise<unknown> => {
    const decider = aDecider({ ...aServer(await make()).options, ...(verification && { verification }) });
    return decider.refresh().then(
      () => decider.status().revision,
      ({ code, message }: { readonly code: string; readonly message: string }) => `${code}: ${message}`,
    );
  };
  it('that the real OPA signed becomes active', async () => {
    expect(await refreshed(() => Promise.resolve(readFileSync(FIXTURE)), TRUSTED)).toBe('fixture-1');
  });
  it('AZ-14 by the next key becomes active when that key is declared, and only then', async () => {
    const make = async (): Promise<Buffer> => packed(await signed(await fixtureFiles()));
    expect(await refreshed(make)).toBe('fixture-1');
    expect(await refreshed(make, TRUSTED)).toBe('BUNDLE_SIGNATURE_INVALID: the signature does not hold: no key of that id is trusted');
    const byClaim = async (): Promise<Buffer> => packed(await signed(await fixtureFiles(), { keyid: 'next' }, {}));
    expect(await refreshed(byClaim)).toBe('fixture-1');
    expect(await refreshed(make, { ...next, keyId: 'default' })).toBe(
      'BUNDLE_SIGNATURE_INVALID: the signature does not hold: the algorithm is not that of the key',
    );
  });
  it('is for its scope only', async () => {
    const make = async (): Promise<Buffer> => packed(await signed(await fixtureFiles(), { scope: 'read' }));
    expect(await refreshed(make)).toBe('BUNDLE_SIGNATURE_INVALID: the signature is for another scope');
    expect(await refreshed(make, { ...next, scope: 'read' })).toBe('fixture-1');
  });
  it.each([
    ['AZ-12 it is not signed at all', async () => fixtureFiles(), 'the bundle has no .signatures.json'],
    [
      'AZ-13 its data was changed',
      async () => ({ ...(await signed(await fixtureFiles())), 'data.json': '{}' }),
      'data.json is not what was signed',
    ],
    [
      'its manifest was changed',
      async () => ({ ...(await signed(await fixtureFiles())), '.manifest': '{"revision":"x"}' }),
      '.manifest is not what was signed',
    ],
    [
      'a file was added',
      async () => ({ ...(await signed(await fixtureFiles())), 'x/data.json': '{}' }),
      'x/data.json is not in the signature',
    ],
    [
      'a file was taken out',
      async () =>
        signed(await fixtureFiles(), { files: [{ name: 'gone', hash: '', algorithm: 'SHA-256' }] }).then(
          ({ '.signatures.json': only = '' }) => ({ '.signatures.json': only }),
        ),
      'gone was signed and is not there',
    ],
    [
      'it is hashed by MD5',
      async () =>
        signed(await fixtureFiles(), {
          files: [
            { name: 'policy.wasm', hash: '', algorithm: 'MD5' },
            { name: '.manifest', hash: '', algorithm: 'MD5' },
            { name: 'data.json', hash: '', algorithm: 'MD5' },
            { name: 'authz.rego', hash: '', algorithm: 'MD5' },
          ],
        }),
      /is hashed by MD5, which is not accepted$/,
    ],
    [
      'it holds two signatures',
      async () => ({ ...(await fixtureFiles()), '.signatures.json': '{"signatures":["a","b"]}' }),
      '.signatures.json does not hold one signature',
    ],
    [
      'its signature is of no algorithm',
      async () => ({
        ...(await fixtureFiles()),
        '.signatures.json': `{"signatures":["${Buffer.from('{"alg":"none","kid":"next"}').toString('base64url')}.e30."]}`,
      }),
      /^BUNDLE_SIGNATURE_INVALID: the signature does not hold/,
    ],
  ] as const)('is refused when %s', async (_name, make, message) => {
    const answer = await refreshed(async () => packed(await make()));
    expect(answer).toMatch(typeof message === 'string' ? `BUNDLE_SIGNATURE_INVALID: ${message}` : message);
  });
});

describe.skipIf(opa === undefined)('with the real OPA', () => {
  const built = (rego: string, entrypoint: string): Promise<Buffer> =>
    inFolder((folder) => {
      writeFileSync(join(folder, 'p.rego'), rego);
      buildBundle(opa ?? '', folder, join(folder, 'out.tar.gz'), [entrypoint]);
      return readFileSync(join(folder, 'out.tar.gz'));
    });
  it('AZ-05 refuses a policy whose builtin is missing, before anybody asks', async () => {
    const bundle = await built(
      'package p\nallow if http.send({"method": "get", "url": input.url}).status_code == 200\nallow if crypto.sha256(input.x) == "y"',
      'p/allow',
    );
    await expect(aDecider({ ...aServer(bundle).options, entrypoint: 'p/allow' }).refresh()).rejects.toMatchObject({
      code: 'BUNDLE_BUILTIN_MISSING',
      message: 'the policy calls crypto.sha256, http.send, which cannot run in this process',
    });
  });
  it('takes builtins from the caller', async () => {
    const bundle = await built('package p\nallow if crypto.sha256(input.x) == "y"', 'p/allow');
    const decider = await loaded({ ...aServer(bundle).options, entrypoint: 'p/allow', builtins: { 'crypto.sha256': () => 'y' } });
    expect(decider.decide({ x: 'a' }).outcome).toBe('allow');
  });
  it('is right about what the SDK serves', async () => {
    const calls: Readonly<Record<(typeof SDK_BUILTINS)[number], string>> = {
      sprintf: 'sprintf("%d", [input.n]) == "1"',
      'json.is_valid': 'json.is_valid(input.s)',
      'regex.split': 'count(regex.split("[a-z]", input.t)) == 2',
      'yaml.is_valid': 'yaml.is_valid(input.s)',
      'yaml.marshal': 'yaml.marshal({"a": input.n}) == "a: 1\\n"',
      'yaml.unmarshal': 'yaml.unmarshal(input.s) == 1',
    };
    const bundle = await built(`package p\nallow if {\n${Object.values(calls).join('\n')}\n}`, 'p/allow');
    const decider = await loaded({ ...aServer(bundle).options, entrypoint: 'p/allow' });
    expect(decider.decide({ s: '1', n: 1, t: '1a1' })).toMatchObject({ outcome: 'allow' });
  });
});
