import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stackNeeds } from '../../../src/stack/needs/index.ts';
import { shopEnv } from '../../cli/run.ts';

/** The example, with bundles that are signed as stated. */
const signing = (stated: string): { readonly file: string; readonly directory: string } => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-key-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  const file = join(directory, 'shop.yaml');
  const text = readFileSync('blueprints/sso.yaml', 'utf8').replace('../policies/shop', resolve('policies/shop'));
  writeFileSync(file, text.replace('bundle: { publish:', `bundle: { ${stated} publish:`));
  return { file, directory };
};
const keyOf = async (file: string, env: NodeJS.ProcessEnv = {}) => {
  const { needs, secrets } = await stackNeeds(file, { ...shopEnv, ...env });
  return { needs: needs.bundleKey ? { bundleKey: needs.bundleKey } : {}, values: secrets };
};
const publicOf = (pem: string): string => createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

it('is none for a blueprint that does not sign', async () => {
  expect(await keyOf('blueprints/sso.yaml')).toEqual({ needs: {}, values: {} });
});

it.each([['ES256', 'ec'], ['RS256', 'rsa']])('is made for %s when the variable is not set, another one each time', async (algorithm, type) => {
  const { file } = signing(`signing: { key: "\${BUNDLE_KEY}", algorithm: ${algorithm}, keyId: prod },`);
  const [one, two] = [await keyOf(file), await keyOf(file)];
  expect(one).toEqual({ needs: { bundleKey: { id: 'prod', algorithm, publicKey: publicOf(one.values.BUNDLE_KEY ?? '') } }, values: { BUNDLE_KEY: expect.any(String) as string } });
  expect(createPublicKey(one.values.BUNDLE_KEY ?? '').asymmetricKeyType).toBe(type);
  expect(one.values.BUNDLE_KEY).not.toBe(two.values.BUNDLE_KEY);
});

it('is that of the variable, or of the file, when there is one', async () => {
  const expected = { needs: { bundleKey: { id: 'prod', algorithm: 'ES256', publicKey: publicOf(pem) } }, values: {} };
  expect(await keyOf(signing('signing: { key: "${BUNDLE_KEY}", keyId: prod },').file, { BUNDLE_KEY: pem })).toEqual(expected);
  const { file, directory } = signing('signing: { key: "${file:key.pem}", keyId: prod },');
  writeFileSync(join(directory, 'key.pem'), pem);
  expect(await keyOf(file)).toEqual(expected);
});

it('that cannot be read is a problem at its line, and is not shown', async () => {
  const { file } = signing('signing: { key: "${BUNDLE_KEY}", keyId: prod },');
  const problem = await keyOf(file, { BUNDLE_KEY: 'hunter2-hunter2' }).catch((thrown: unknown) => thrown);
  expect(problem).toMatchObject({ code: 'OPA_SIGNING_KEY', sensitive: true, at: { file } });
  expect(JSON.stringify(problem)).not.toContain('hunter2');
});
