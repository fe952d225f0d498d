import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { problemsOf } from '../../../../src/core/problem.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { packBundle } from '../../../../src/providers/opa/archive.ts';
import { refuseMoved, withExisting } from '../../../../src/providers/opa/existing.ts';
import { createSigner } from '../../../../src/providers/opa/sign.ts';
import { shopEnv } from '../../../cli/run.ts';
import { companyArchive, companyFiles, withExistingBundle } from '../../../existing-bundle.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signer = createSigner(
  { key: new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), algorithm: 'ES256', keyId: 'company' },
  { file: 'blueprint.yaml', line: 1, column: 1 },
);

let server: Server;
let answer: RequestListener;
let address: string;
let dir: string;
const asked: { readonly url: string | undefined; readonly authorization: string | undefined }[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'authctl-existing-'));
  writeFileSync(join(dir, 'company.pem'), publicKey.export({ type: 'spki', format: 'pem' }).toString());
  server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => asked.splice(0));
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const gives = (bytes: Buffer, status = 200): RequestListener => (_request, response) => void response.writeHead(status, { 'content-type': 'application/gzip' }).end(bytes);

const load = (bundle: string, pattern?: string): Promise<Blueprint> => {
  const file = join(dir, 'shop.yaml');
  writeFileSync(file, withExistingBundle(bundle.replaceAll('STORE', address), pattern).replaceAll(/\n( +)audience: (orders|invoices)\n/g, pattern === 'hybrid' ? `\n$1audience: $2\n$1status: http://127.0.0.1:9/$2\n` : '$&'));
  return loadBlueprint(file, { env: { ...shopEnv, AWS_ENDPOINT: 'http://127.0.0.1:9', READ_TOKEN: 'token-of-the-reader' } });
};
const read = async (bundle = 'name: company, url: STORE/company.tar.gz', limitMs?: number) => (await withExisting(await load(bundle), limitMs)).authorization.read;
const problem = async (reading: Promise<unknown>) => {
  const [first] = problemsOf(await reading.then(() => undefined, (thrown: unknown) => thrown)) ?? [];
  return first && { code: first.code, message: first.message.replaceAll(address, 'STORE'), line: first.at?.line };
};
const SIGNED = 'name: company, url: STORE/company.tar.gz, keys: { company: { file: company.pem } }';

describe('a bundle that somebody else publishes', () => {
  it('is read with its revision, its roots, and what it really holds', async () => {
    answer = gives(await companyArchive('2026-11-30'));
    expect(await read()).toEqual({
      revision: '2026-11-30',
      roots: ['company/http', 'company/people'],
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      files: expect.objectContaining({ 'authz.rego': expect.stringContaining('package company.http.authz') as string, '.manifest': '{"rego_version":1,"revision":"2026-11-30","roots":["company/http","company/people"]}' }) as object,
    });
    expect(asked).toEqual([{ url: '/company.tar.gz', authorization: undefined }]);
  });

  it('is asked for with its own token, and with no other', async () => {
    answer = gives(await companyArchive('1'));
    await read('name: company, url: STORE/teams/company.tar.gz, token: "${READ_TOKEN}"');
    expect(asked).toEqual([{ url: '/teams/company.tar.gz', authorization: 'Bearer token-of-the-reader' }]);
  });

  it('may be a file, and may have no manifest: then it owns what its packages and data begin with', async () => {
    const { '.manifest': _none, ...bare } = companyFiles('');
    writeFileSync(join(dir, 'company.tar.gz'), await packBundle(bare));
    expect(await read('name: company, file: company.tar.gz')).toMatchObject({ revision: '', roots: ['company'] });
    expect(asked).toEqual([]);
  });

  it('may hold a module beside its Rego, which is not what is evaluated here', async () => {
    const manifest = { revision: 'm', roots: ['company'], wasm: [{ entrypoint: 'company/http/authz/allow', module: '/policy.wasm' }] };
    answer = gives(await companyArchive('m', { '.manifest': JSON.stringify(manifest), 'policy.wasm': Buffer.from([0, 255, 254]) }));
    const found = await read();
    expect(Object.keys(found?.files ?? {})).not.toContain('policy.wasm');
    expect(found?.files['.manifest']).toBe('{"revision":"m","roots":["company"]}');
  });

  it('is taken with a good signature of a key that is stated', async () => {
    answer = gives(await packBundle(await signer.sign(companyFiles('signed'))));
    expect(await read(SIGNED)).toMatchObject({ revision: 'signed' });
  });
});

const tar = async (...entries: Parameters<typeof packTar>[0]): Promise<Buffer> => gzipSync(await packTar(entries));
const rego = 'package company.http.authz\n\nallow := true\n';

describe('nobody is judged by', () => {
  it.each([
    ['a bundle that nobody signed', () => companyArchive('1'), SIGNED, /has no \.signatures\.json/],
    ['one that was changed after it was signed', async () => packBundle({ ...(await signer.sign(companyFiles('1'))), 'authz.rego': rego }), SIGNED, /authz\.rego is not what was signed/],
    ['one with a file more than was signed', async () => packBundle({ ...(await signer.sign(companyFiles('1'))), 'more.rego': 'package company.http.more\n' }), SIGNED, /more\.rego is not in the signature/],
    ['one of another scope', async () => packBundle(await signer.sign(companyFiles('1'))), SIGNED.replace('keys:', 'scope: write, keys:'), /another scope/],
    ['what is no archive', () => Promise.resolve(Buffer.from('<html>')), undefined, /cannot be unpacked/],
    ['one that leads out of the archive', () => tar({ header: { name: '../authz.rego', size: rego.length }, body: rego }), undefined, /outside the bundle/],
    ['one with a link in it', () => tar({ header: { name: 'authz.rego', size: 0, type: 'symlink', linkname: '/etc/passwd' } }), undefined, /special file/],
    ['one that says a path twice', () => tar({ header: { name: 'authz.rego', size: rego.length }, body: rego }, { header: { name: './authz.rego', size: rego.length }, body: rego }), undefined, /twice/],
    ['one in which a path is a file and a directory', () => tar({ header: { name: 'authz.rego', size: rego.length }, body: rego }, { header: { name: 'authz.rego/more/x.rego', size: rego.length }, body: rego }), undefined, /authz\.rego is a file and a directory/],
    ['one with a name that no file can have', () => tar({ header: { name: `${'x'.repeat(300)}.rego`, size: rego.length }, body: rego }), undefined, /a path in it is none/],
    ['one whose revision is longer than anybody states', () => companyArchive('x'.repeat(257)), undefined, /its revision has 257 characters/],
    ['one that unpacks to more than 64 MiB', () => Promise.resolve(gzipSync(Buffer.alloc(65 * 1024 * 1024))), undefined, /cannot be unpacked/],
    ['a delta', () => packBundle({ 'patch.json': '{"data":[]}', '.manifest': '{"revision":"2"}' }), undefined, /delta/],
    ['one without Rego', () => packBundle({ 'data.json': '{}', '.manifest': '{"revision":"2"}' }), undefined, /holds no Rego/],
    ['one that does not make the decision', () => packBundle({ 'a.rego': 'package company.http.other\n', '.manifest': '{"revision":"2","roots":["company/http"]}' }), undefined, /makes no decision company\/http\/authz\/allow: its packages are company\.http\.other/],
    ['one whose roots are elsewhere', () => packBundle({ 'a.rego': rego, '.manifest': '{"revision":"2","roots":["other"]}' }), undefined, /outside its roots \(other\)/],
    ['one whose manifest is none', () => packBundle({ 'a.rego': rego, '.manifest': '[]' }), undefined, /\.manifest/],
    ['one whose data says a thing twice', () => packBundle({ 'a.rego': rego, 'data.json': '{"company":{"x":1}}', 'company/data.json': '{"x":2}' }), undefined, /a second time/],
  ] as const)('%s', async (_what, archive, bundle, why) => {
    answer = gives(await archive());
    expect(await problem(read(bundle))).toEqual({ code: 'OPA_BUNDLE_FOREIGN', message: expect.stringMatching(why) as string, line: expect.any(Number) as number });
  });

  it.each([
    ['a redirect to another host', (_, response) => void response.writeHead(302, { location: 'http://evil.example/company.tar.gz' }).end(), { code: 'OPA_BUNDLE_FOREIGN', message: expect.stringContaining('leads elsewhere (302, to http://evil.example/company.tar.gz)') as string }],
    ['a redirect to what is no address', (_, response) => void response.writeHead(302, { location: 'http://[' }).end(), { code: 'OPA_BUNDLE_FOREIGN', message: expect.stringContaining('leads elsewhere (302), and') as string }],
    ['an answer that is not there', (_, response) => void response.writeHead(404).end(), { code: 'OPA_BUNDLE_FOREIGN', message: 'STORE/company.tar.gz gives no bundle: HTTP 404' }],
    ['a login that may not', (_, response) => void response.writeHead(403).end(), { code: 'OPA_FORBIDDEN' }],
    ['a server that is broken', (_, response) => void response.writeHead(503, { 'retry-after': '0' }).end(), { code: 'TARGET_UNREACHABLE', message: expect.stringContaining('HTTP 503') as string }],
    ['an answer that breaks off in the middle', (_, response) => void response.writeHead(200, { 'content-length': '5000' }).write(Buffer.alloc(20), () => response.destroy()), { code: 'TARGET_UNREACHABLE' }],
  ] as const satisfies readonly (readonly [string, RequestListener, object])[])('%s', async (_what, how, expected) => {
    answer = how;
    expect(await problem(read())).toMatchObject(expected);
    expect(asked.every(({ url }) => url === '/company.tar.gz')).toBe(true);
  });

  it('a server that never ends its answer', async () => {
    answer = (_, response) => void response.writeHead(200).write('x');
    expect(await problem(read(undefined, 50))).toMatchObject({ code: 'TARGET_UNREACHABLE', message: expect.stringContaining('bundle did not answer at STORE') as string });
  });

  it('one that cannot be read on this machine, or a key that cannot', async () => {
    expect(await problem(read('name: company, file: nowhere.tar.gz'))).toMatchObject({ code: 'OPA_BUNDLE_FOREIGN' });
    answer = gives(await companyArchive('1'));
    expect(await problem(read('name: company, url: STORE/company.tar.gz, keys: { company: { file: nowhere.pem } }'))).toMatchObject({ code: 'OPA_BUNDLE_FOREIGN', message: expect.stringContaining('the key "company"') as string });
  });
});

describe('the module for services', () => {
  const url = 'name: company, url: STORE/company.tar.gz, module: STORE/company-service.tar.gz';
  const module = (revision: string, entrypoint = 'company/http/authz/allow') =>
    packBundle({ 'policy.wasm': 'module', 'data.json': '{}', '.manifest': JSON.stringify({ revision, roots: ['company'], wasm: [{ entrypoint, module: '/policy.wasm' }] }) });
  const publishing = async (bytes: Promise<Buffer>): Promise<void> => {
    const [policy, service] = [await companyArchive('7'), await bytes];
    answer = (request, response) => gives(request.url === '/company.tar.gz' ? policy : service)(request, response);
  };
  const readBoth = async (bundle = url) => withExisting(await load(bundle, 'hybrid'));

  it('is read by its revision, which a pinned one holds as well', async () => {
    await publishing(module('7'));
    expect((await readBoth()).authorization.read).toMatchObject({ revision: '7', module: '7' });
    await publishing(module('8'));
    const pinned = await readBoth(`${url}, revision: "7"`);
    expect(() => refuseMoved(pinned)).toThrow(expect.objectContaining({ code: 'OPA_BUNDLE_MOVED' }));
    expect(expand(pinned).desired.find(({ kind }) => kind === 'opa.bundle')?.spec).toMatchObject({ revision: '7', module: '7', services: { orders: '7', invoices: '7' } });
  });

  it('is refused when it does not make the decision, or is none', async () => {
    await publishing(module('7', 'company/other'));
    expect(await problem(readBoth())).toMatchObject({ code: 'OPA_BUNDLE_FOREIGN', message: expect.stringContaining('no entrypoint company/http/authz/allow; it has company/other') as string });
    await publishing(companyArchive('7'));
    expect(await problem(readBoth())).toMatchObject({ message: expect.stringContaining('it has none') as string });
  });
});

describe('validate refuses', () => {
  const codes = async (bundle: string, pattern?: string, change = (text: string): string => text): Promise<unknown> => {
    const file = join(dir, 'wrong.yaml');
    writeFileSync(file, change(withExistingBundle(bundle, pattern)));
    const thrown: unknown = await loadBlueprint(file, { env: { ...shopEnv, READ_TOKEN: 'token-of-the-reader' } }).catch((caught: unknown) => caught);
    return problemsOf(thrown)?.map(({ code, message }) => `${code} ${message}`);
  };
  const here = 'name: company, url: https://bundles.example/company.tar.gz';

  it.each([
    ['two places', `${here}, file: company.tar.gz`, undefined, /BLUEPRINT_BUNDLE it cannot be in two places/],
    ['none', 'name: company', undefined, /BLUEPRINT_BUNDLE nothing says where the bundle is/],
    ['what nobody signed, over plain http', 'name: company, url: http://bundles.example/company.tar.gz', undefined, /BLUEPRINT_INSECURE authorization\.bundle\.url is plain http to another machine: whoever/],
    ['a login over plain http', 'name: company, url: http://bundles.example/company.tar.gz, token: "${READ_TOKEN}"', undefined, /BLUEPRINT_INSECURE authorization\.bundle\.url .*the login/],
    ['services without a module', here, 'decentralised', /BLUEPRINT_BUNDLE with the pattern decentralised services decide by a module/],
    ['a module for nobody', `${here}, module: https://bundles.example/m.tar.gz`, undefined, /BLUEPRINT_BUNDLE this is not used: no service decides itself/],
    ['a scope without keys', `${here}, scope: write`, undefined, /BLUEPRINT_BUNDLE this is not used: no key/],
    ['a bundle when nobody asks', here, 'none', /BLUEPRINT_POLICY this is not used: the pattern is none/],
  ] as const)('%s', async (_what, bundle, pattern, expected) => {
    expect(await codes(bundle, pattern)).toContainEqual(expect.stringMatching(expected));
  });

  it('a policy, roots or a store of its own beside it', async () => {
    const own = (text: string): string => text.replace('bundle: { name', `policy: ${process.cwd()}/policies/shop, roots: [company], bundle: { name`).replace('servers: [', 'bundle: { publish: "file:here" }\n    servers: [');
    expect(await codes(here, undefined, own)).toEqual(expect.arrayContaining([
      expect.stringMatching(/^BLUEPRINT_BUNDLE this is not used: the policy is in the bundle/),
      expect.stringMatching(/^BLUEPRINT_BUNDLE this is not used: the bundle says itself what it owns/),
      expect.stringMatching(/^BLUEPRINT_BUNDLE nothing is published/),
    ]));
    expect(await codes(here, 'centralised', (text) => text.replace(/bundle: \{ name.*\} \}/, `policy: ${process.cwd()}/policies/shop }`))).toContainEqual('BLUEPRINT_MISSING_KEY targets.opa must state "bundle"');
  });
});

describe('a revision that is pinned', () => {
  it('is what must be there before anything is written', async () => {
    answer = gives(await companyArchive('r2'));
    const pinned = await withExisting(await load('name: company, url: STORE/company.tar.gz, revision: r1'));
    expect(() => refuseMoved(pinned)).toThrow(expect.objectContaining({ code: 'OPA_BUNDLE_MOVED', message: 'the bundle company has the revision "r2", the blueprint pins "r1"' }));
    refuseMoved(await withExisting(await load('name: company, url: STORE/company.tar.gz, revision: r2')));
    refuseMoved(await withExisting(await load('name: company, url: STORE/company.tar.gz')));
  });
});
