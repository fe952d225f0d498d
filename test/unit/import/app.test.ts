import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const authctl = () => createAuthctl({ env: {}, cwd, localStack: false });
const given = async (name: string, text: string | Uint8Array): Promise<string> => {
  await writeFile(join(cwd, name), text);
  return name;
};
const codes = async (name: string, text: string | Uint8Array): Promise<readonly string[]> => {
  const report = await authctl().import({ files: [await given(name, text)] });
  return report.problems.map(({ code, at }) => `${code} ${at === undefined ? '' : `${at.line}:${at.column}`}`.trim());
};

describe('import', () => {
  // As a genuine Keycloak makes it of the file: RepresentationToModel.createResourceServer.
  it.each(['', '"serviceAccountsEnabled": false,'])('says the service account that authorization services bring along: %s', async (said) => {
    await given('realm.json', `{ "realm": "kiln", "clients": [{ "clientId": "firings", ${said} "secret": "planted-secret", "redirectUris": ["https://kiln.example/*"], "authorizationServicesEnabled": true }] }`);
    const report = await authctl().import({ files: ['realm.json'], out: 'kiln.yaml' });
    expect(report.data?.blueprint).toContain('serviceAccountsEnabled: true');
    const env = Object.fromEntries((report.data?.secrets ?? []).map(({ variable }) => [variable, 'set-by-somebody']));
    expect((await createAuthctl({ env, cwd, localStack: false }).validate('kiln.yaml')).problems).toEqual([]);
  });

  it('never writes over a file, unless it is told to', async () => {
    await given('realm.json', '{ "realm": "shop" }');
    await given('blueprint.yaml', 'mine');
    const refused = await authctl().import({ files: ['realm.json'], out: 'blueprint.yaml' });
    expect(refused.problems.map(({ code }) => code)).toEqual(['IMPORT_EXISTS']);
    expect(await readFile(join(cwd, 'blueprint.yaml'), 'utf8')).toBe('mine');
    const forced = await authctl().import({ files: ['realm.json'], out: 'blueprint.yaml', force: true });
    expect(forced.problems).toEqual([]);
    expect(await readFile(join(cwd, 'blueprint.yaml'), 'utf8')).toContain('name: shop');
  });

  it('never writes over what it imports, by whatever name', async () => {
    const source = '{ "realm": "shop" }';
    await given('realm.json', source);
    await symlink(join(cwd, 'realm.json'), join(cwd, 'link.json'));
    for (const [from, out] of [['realm.json', 'realm.json'], ['realm.json', './link.json'], ['link.json', 'realm.json']] as const) {
      const report = await authctl().import({ files: [from], out, force: true });
      expect(report.problems.map(({ code }) => code)).toEqual(['IMPORT_EXISTS']);
    }
    expect(await readFile(join(cwd, 'realm.json'), 'utf8')).toBe(source);
  });

  it('prints twenty of a kind and counts the others, which the file has whole', async () => {
    const odd = Array.from({ length: 23 }, (_, index) => ({ clientId: `odd ${index}`, publicClient: true, redirectUris: [`https://odd-${index}.example/*`], fullScopeAllowed: false, directAccessGrantsEnabled: index === 0, authenticationFlowBindingOverrides: { browser: 'unknown' } }));
    await given('realm.json', JSON.stringify({ realm: 'shop', clients: odd }));
    const { text = '', data } = await authctl().import({ files: ['realm.json'], out: 'blueprint.yaml' });
    const lines = text.split('\n');
    const unsafe = data!.unsafe.filter(({ what }) => what.startsWith('codes are sent'));
    expect([unsafe.length, data!.unsaid.length]).toEqual([23, 23]);
    expect(lines.filter((line) => line.includes('codes are sent'))).toEqual(unsafe.slice(0, 20).map(({ at, what, instead }) => `  ${at}: ${what}. ${instead}`));
    expect(lines.filter((line) => line.startsWith('  … '))).toEqual([
      '  … and 3 more like raw.keycloak.entities.clients.odd 0.redirectUris, each above its line in the file',
      '  … and 3 more like raw.keycloak.entities.clients.odd 0.publicClient, each above its line in the file',
      '  … and 3 more like client odd 0, authenticationFlowBindingOverrides, in the head of the file',
    ]);
    expect(lines.filter((line) => line.includes('takes passwords'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('flows of its own'))).toHaveLength(20);
    expect(text).toContain(`${data!.unsafe.length} unsafe, 23 not said, 1 secrets`);
    expect(data!.blueprint.match(/unsafe: codes are sent/g)).toHaveLength(23);
    expect(data!.blueprint.match(/flows of its own/g)).toHaveLength(23);
  });

  it('warns of nothing that it leaves out', async () => {
    const left = { publicClient: true, redirectUris: ['*'], webOrigins: ['*'], directAccessGrantsEnabled: true };
    await given('realm.json', JSON.stringify({ realm: 'shop', clients: [{ clientId: 'x'.repeat(256), ...left }, { clientId: 'kept', ...left }] }));
    const { data } = await authctl().import({ files: ['realm.json'] });
    expect(data!.unsaid.map(({ address }) => address)).toEqual([`raw.keycloak.entities.clients.${'x'.repeat(256)}`]);
    expect([...new Set(data!.unsafe.flatMap(({ at }) => /^raw\.keycloak\.entities\.clients\.([^.]+)/.exec(at)?.[1] ?? []))]).toEqual(['kept']);
  });

  it('writes nothing without a file to write', async () => {
    const report = await authctl().import({ files: [await given('realm.json', '{ "realm": "shop" }')], name: 'mine' });
    expect(report.text).toBe(report.data?.blueprint);
    expect(report.text).toContain('name: mine');
  });

  it('says where a file that cannot be written would be', async () => {
    const report = await authctl().import({ files: [await given('realm.json', '{ "realm": "shop" }')], out: 'no/such/directory.yaml' });
    expect(report.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([expect.stringMatching(/^IMPORT_UNWRITTEN .* is in a directory that is not there$/)]);
  });

  it.each([
    ['a name that no blueprint has', { files: [], name: 'No Name' }, 'IMPORT_NOTHING'],
    ['a name of capitals', { files: ['x'], name: 'No Name' }, 'IMPORT_BAD_NAME'],
    ['a file that is not there', { files: ['x.json'] }, 'IMPORT_UNREADABLE'],
    ['a file that has no end', { files: ['/dev/zero'] }, 'IMPORT_UNREADABLE'],
    ['a directory', { files: ['.'] }, 'IMPORT_UNREADABLE'],
    ['a Keycloak without a realm', { from: ['keycloak'] as const }, 'IMPORT_NOTHING'],
    ['a Keycloak that nothing leads to', { from: ['keycloak'] as const, realm: 'shop' }, 'IMPORT_LOGIN'],
    ['a Keycloak without a login', { from: ['keycloak'] as const, realm: 'shop', keycloak: { url: 'http://127.0.0.1:9' } }, 'IMPORT_LOGIN'],
    ['a Kong that nothing leads to', { from: ['kong'] as const }, 'IMPORT_LOGIN'],
    ['an address with a login in it', { from: ['kong'] as const, kong: { url: 'http://who:planted@kong.example:8001' } }, 'IMPORT_LOGIN'],
    ['a Kong that does not answer', { from: ['kong'] as const, kong: { url: 'http://127.0.0.1:9' } }, 'TARGET_UNREACHABLE'],
  ])('refuses %s', async (_, request, code) => {
    expect((await authctl().import(request)).problems.map((one) => one.code)).toEqual([code]);
  });

  it.each([
    ['JSON that breaks off', '{\n  "realm": "shop",\n  "roles": {', 'IMPORT_SYNTAX 3:13'],
    ['YAML that is none', 'realm: shop\nroles: [a\nclients: b', 'IMPORT_SYNTAX 3:1'],
    ['a key that is stated twice', '{\n  "realm": "a",\n  "realm": "b" }', 'IMPORT_SYNTAX 3:3'],
    ['two documents', 'realm: a\n---\nrealm: b\n', 'IMPORT_SYNTAX 2:1'],
    ['a list', '[1, 2]', 'IMPORT_SYNTAX 1:1'],
    ['nothing', '', 'IMPORT_SYNTAX 1:1'],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff, 0xfe), 'IMPORT_UNREADABLE'],
    ['an alias in itself', 'realm: a\nroles: &x\n  realm: *x\n', 'IMPORT_SYNTAX 1:1'],
    ['aliases that multiply', `realm: a\na: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[index]}`).join(',')}]`).join('\n')}\n`, 'IMPORT_SYNTAX 1:1'],
    ['another file', 'services: {}', 'IMPORT_UNKNOWN_FILE 1:1'],
    ['the realm master', '{\n "id": "m",\n "realm": "master" }', 'IMPORT_REALM 3:2'],
    ['a realm that a blueprint cannot name', 'enabled: true\nrealm: "a b"', 'IMPORT_REALM 2:1'],
  ])('tells of %s with its place', async (_, text, told) => {
    const found = await codes('file', text);
    expect(found).toContain(told);
    expect(new Set(found.map((one) => one.split(' ')[0])).size).toBe(1);
  });

  it.each([
    ['with its mark', Buffer.from('\uFEFF{ "realm": "shop" }', 'utf16le')],
    ['without its mark', Buffer.from('{ "realm": "shop" }', 'utf16le')],
    ['the other way round', Buffer.from('{ "realm": "shop" }', 'utf16le').swap16()],
    ['with letters that UTF-8 has not', Buffer.from('\uFEFF{ "realm": "shop", "displayName": "Müller" }', 'utf16le')],
  ])('says of UTF-16, %s, how UTF-8 is written', async (_, bytes) => {
    const { problems } = await authctl().import({ files: [await given('realm.json', bytes)] });
    expect(problems).toMatchObject([{ code: 'IMPORT_UNREADABLE', message: expect.stringContaining('UTF-16'), hint: expect.stringContaining('Out-File -Encoding utf8') }]);
  });

  it('takes one realm', async () => {
    const files = [await given('a.json', '{ "realm": "a" }'), await given('b.json', '{ "realm": "b" }')];
    expect((await authctl().import({ files })).problems.map(({ code }) => code)).toEqual(['IMPORT_TWICE']);
  });

  it('does not quote a line of the file, which may hold a secret', async () => {
    const report = await authctl().import({ files: [await given('realm.json', '{\n  "secret": "planted", \n  "realm": }')] });
    expect(await authctl().format(report, 'text')).not.toContain('planted');
  });
});

describe('a blueprint without services', () => {
  it('is a realm alone', async () => {
    const text = 'apiVersion: authctl/v1\nname: shop\ntargets: { keycloak: { url: http://localhost:8080, credentials: { clientSecret: "${S}" } } }\nrealm: { roles: { reader: {} } }\n';
    await given('blueprint.yaml', text);
    expect((await createAuthctl({ env: { S: 'some-secret' }, cwd, localStack: false }).validate(join(cwd, 'blueprint.yaml'))).problems).toEqual([]);
    await given('served.yaml', `${text}services: { orders: { upstream: http://localhost:9101, routes: { list: { match: GET /orders, public: true } } } }\n`);
    const report = await createAuthctl({ env: { S: 'some-secret' }, cwd, localStack: false }).validate(join(cwd, 'served.yaml'));
    expect(report.problems.map(({ code, message }) => `${code} ${message}`)).toContain('BLUEPRINT_MISSING_KEY the blueprint must state "authentication"');
  });
});
