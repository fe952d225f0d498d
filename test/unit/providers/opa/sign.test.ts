import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BundleSigning } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { packBundle } from '../../../../src/providers/opa/archive.ts';
import { buildBundle } from '../../../../src/providers/opa/bundle.ts';
import { createSigner } from '../../../../src/providers/opa/sign.ts';
import { opa } from '../../service/support/fixture.ts';

const at = { file: 'shop.yaml', line: 3, column: 9 };
const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const pem = (algorithm: keyof typeof pairs): string => pairs[algorithm].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const signerOf = (algorithm: BundleSigning['algorithm'], key = pem(algorithm)) => createSigner({ key: new Secret(key), algorithm, keyId: 'prod' }, at);

// Everything that two JSON writers could hash differently: order, escapes, separators, characters outside of ASCII.
const awkward = { 'b&<>': '\u2028 "quoted" \\ \u0007 é 😀', a: [1, 2.5, -0.001, null, true], '': {} };
const { files } = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': 'package shop.authz\n\ndefault allow := false\n' }, data: awkward });

describe.each(['ES256', 'RS256'] as const)('a bundle signed by %s', (algorithm) => {
  it('holds for its own key, as long as nothing is changed, added or taken away', async () => {
    const { sign, faultOf } = signerOf(algorithm);
    const signed = await sign(files);
    expect(Object.keys(signed).toSorted()).toEqual(['.manifest', '.signatures.json', 'authz.rego', 'data.json']);
    expect(await faultOf(signed)).toBe(undefined);
    expect(await faultOf(files)).toBe('the bundle has no .signatures.json');
    expect(await faultOf({ ...signed, 'authz.rego': 'package shop.authz\n\ndefault allow := true\n' })).toBe('authz.rego is not what was signed');
    expect(await faultOf({ ...signed, 'more.rego': 'package shop.more\n' })).toBe('more.rego is not in the signature');
    const { 'data.json': _data, ...less } = signed;
    expect(await faultOf(less)).toBe('data.json was signed and is not there');
  });

  it('does not hold for another key of the same name', async () => {
    const other = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = signerOf(algorithm, other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    expect(await signerOf(algorithm).faultOf(await stranger.sign(files))).toMatch(/^the signature does not hold: /);
  });

  it.skipIf(opa === undefined)('is verified by opa itself, and refused when a byte is another', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-sign-'));
    onTestFinished(() => { rmSync(directory, { recursive: true }); });
    writeFileSync(join(directory, 'public.pem'), pairs[algorithm].publicKey.export({ type: 'spki', format: 'pem' }));
    // `opa build` verifies what it loads.
    const build = ['build', '--bundle', 'bundle.tar.gz', '--verification-key', 'public.pem', '--signing-alg', algorithm, '--verification-key-id', 'prod'];
    const told = async (content: Parameters<typeof packBundle>[0]): Promise<string> => {
      writeFileSync(join(directory, 'bundle.tar.gz'), await packBundle(content));
      const { status, stdout, stderr } = spawnSync(opa ?? '', [...build, '--output', 'checked.tar.gz'], { cwd: directory, encoding: 'utf8' });
      return status === 0 ? 'verified' : stdout + stderr;
    };
    const signed = await signerOf(algorithm).sign(files);
    expect(await told(signed)).toBe('verified');
    expect(await told({ ...signed, 'authz.rego': `${String(signed['authz.rego'])}# ` })).toMatch(/digest mismatch/);
    expect(await told(files)).toMatch(/missing .signatures.json/);
  });
});

it('has the same bytes every time by RS256, which leaves nothing to chance', async () => {
  const [one, two] = [await signerOf('RS256').sign(files), await signerOf('RS256').sign(files)];
  expect((await packBundle(one)).equals(await packBundle(two))).toBe(true);
});

describe('a key', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each([
    ['is no key', 'ES256', 'hunter2-hunter2', 'cannot be read'],
    ['is a public key', 'ES256', pairs.ES256.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'cannot be read'],
    ['is RSA for ES256', 'ES256', pem('RS256'), 'does not fit ES256'],
    ['is on a curve for RS256', 'RS256', pem('ES256'), 'does not fit RS256'],
    ['is weak', 'RS256', weak, 'has 1024 bits'],
  ] as const)('that %s is refused at its line, and not shown', (_what, algorithm, key, why) => {
    const making = () => signerOf(algorithm, key);
    expect(making).toThrow(expect.objectContaining({ code: 'OPA_SIGNING_KEY', at, sensitive: true, message: `the key that bundles are signed with ${why}` }));
    expect(making).not.toThrow(key);
  });

  it('that OpenSSL wrote in its older form is taken', async () => {
    const { sign, faultOf } = signerOf('ES256', pairs.ES256.privateKey.export({ type: 'sec1', format: 'pem' }).toString());
    expect(await faultOf(await sign(files))).toBe(undefined);
  });
});
