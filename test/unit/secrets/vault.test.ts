import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Stored } from '../../../src/blueprint/stored.ts';
import { storedIn } from '../../../src/blueprint/stored.ts';
import { Problems } from '../../../src/core/problem.ts';
import { readStored } from '../../../src/secrets/index.ts';
import { startVault } from './fake-vault.ts';

const at = (line: number) => ({ file: 'shop.yaml', line, column: 7 });
const wanted = (...references: readonly string[]): readonly Stored[] =>
  references.map((inside, index) => ({ ...(storedIn(inside) ?? expect.fail(`${inside} is no reference`)), reference: `\${${inside}}`, at: at(index + 1) }));
const held = {
  'secret/data/shop': { password: 'password-of-the-shop', token: 'token-of-the-shop', number: 7, empty: '' },
  'secret/data/gone': { deleted: true },
  'kv/shop': { password: 'password-of-version-one' },
  // A secret of version 1 whose fields look like version 2.
  'kv/nested': { data: 'what-is-called-data', metadata: 'and-metadata' },
};
const vault = async (over: Omit<Parameters<typeof startVault>[0], 'held'> = {}) => {
  const one = await startVault({ held, ...over });
  onTestFinished(one.close);
  return one;
};
const TOKEN = { VAULT_TOKEN: 'given-token-of-vault' };
const read = async (env: Readonly<Record<string, string>>, ...references: readonly string[]) => Object.fromEntries(await readStored(wanted(...references), env));
/** What is wrong, as code, line, message and next step. */
const wrong = async (env: Readonly<Record<string, string>>, ...references: readonly string[]) => {
  const thrown: unknown = await readStored(wanted(...references), env).catch((problem: unknown) => problem);
  if (!(thrown instanceof Problems)) throw new Error('it should have failed', { cause: thrown });
  return thrown.problems.map(({ code, at: where, message, hint, nature }) => ({ code, line: where?.line, message, hint, nature }));
};

describe('a secret of Vault', () => {
  it('is a field of version 2 or 1 of KV, each path read once, with the header that agents ask for, and no token is made or ended', async () => {
    const { url, seen, tokens } = await vault();
    expect(await read({ VAULT_ADDR: url, ...TOKEN }, 'vault:secret/data/shop#password', 'vault:secret/data/shop#token', 'vault:kv/shop#password', 'vault:kv/nested#data')).toEqual({
      '${vault:secret/data/shop#password}': 'password-of-the-shop',
      '${vault:secret/data/shop#token}': 'token-of-the-shop',
      '${vault:kv/shop#password}': 'password-of-version-one',
      '${vault:kv/nested#data}': 'what-is-called-data',
    });
    expect(seen.map(({ what }) => what).toSorted()).toEqual(['GET /v1/kv/nested', 'GET /v1/kv/shop', 'GET /v1/secret/data/shop']);
    expect([...tokens]).toEqual(['given-token-of-vault']);
  });

  it('is asked for in a namespace', async () => {
    const { url } = await vault({ namespace: 'team/shop' });
    expect(Object.values(await read({ VAULT_ADDR: url, VAULT_NAMESPACE: 'team/shop', ...TOKEN }, 'vault:kv/shop#password'))).toEqual(['password-of-version-one']);
    expect(await wrong({ VAULT_ADDR: url, ...TOKEN }, 'vault:kv/shop#password')).toMatchObject([{ code: 'SECRETS_FORBIDDEN', line: 1 }]);
  });

  it('is read by an AppRole, whose token is revoked afterwards', async () => {
    const { url, seen, tokens } = await vault({ approles: { 'role-of-ci': 'secret-id-of-ci' } });
    expect(Object.values(await read({ VAULT_ADDR: url, VAULT_ROLE_ID: 'role-of-ci', VAULT_SECRET_ID: 'secret-id-of-ci' }, 'vault:kv/shop#password'))).toEqual(['password-of-version-one']);
    expect(seen.map(({ what }) => what)).toEqual(['POST /v1/auth/approle/login', 'GET /v1/kv/shop', 'POST /v1/auth/token/revoke-self']);
    expect([...tokens]).toEqual(['given-token-of-vault']);
    const [problem] = await wrong({ VAULT_ADDR: url, VAULT_ROLE_ID: 'role-of-ci', VAULT_SECRET_ID: 'not-the-secret-id' }, 'vault:kv/shop#password');
    expect(problem).toMatchObject({ code: 'SECRETS_FORBIDDEN', line: 1, message: expect.stringContaining('(400): invalid role or secret ID') as string });
    expect(JSON.stringify(problem)).not.toContain('not-the-secret-id');
  });

  it('is read by the service account of a pod, at a mount of its own', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-vault-'));
    onTestFinished(() => { rmSync(directory, { recursive: true }); });
    const file = join(directory, 'token');
    writeFileSync(file, 'token-of-the-pod\n');
    const { url } = await vault({ kubernetes: { drift: 'token-of-the-pod' } });
    const env = { VAULT_ADDR: url, VAULT_KUBERNETES_ROLE: 'drift', VAULT_AUTH_MOUNT: 'pods' };
    expect(Object.values(await read({ ...env, VAULT_KUBERNETES_TOKEN_FILE: file }, 'vault:kv/shop#password'))).toEqual(['password-of-version-one']);
    expect(await wrong({ ...env, VAULT_KUBERNETES_TOKEN_FILE: join(directory, 'none') }, 'vault:kv/shop#password')).toMatchObject([{ code: 'SECRETS_SETTING', line: 1, message: expect.stringContaining('ENOENT') as string }]);
  });
});

describe('what Vault does not give is told at its line', () => {
  it.each([
    ['vault:secret/data/shop#pasword', 'SECRETS_MISSING', 'has no field "pasword"', 'name of a field'],
    ['vault:secret/data/shop#number', 'SECRETS_MISSING', 'that is no text', 'name of a field'],
    ['vault:secret/data/shop#toString', 'SECRETS_MISSING', 'has no field', 'name of a field'],
    ['vault:secret/data/none#a', 'SECRETS_MISSING', 'Vault has nothing at ${vault:secret/data/none#a}', 'the path is the one of the API'],
    ['vault:secret/data/gone#a', 'SECRETS_MISSING', 'Vault has nothing at', 'the path is the one of the API'],
    ['vault:secret/shop#password', 'SECRETS_MISSING', 'Vault has nothing at', 'secret/data/shop'],
    ['vault:secret/data/forbidden#a', 'SECRETS_FORBIDDEN', 'permission denied', 'path "secret/data/forbidden" { capabilities = ["read"] }'],
  ])('%s', async (reference, code, message, hint) => {
    const { url } = await vault();
    const problems = await wrong({ VAULT_ADDR: url, ...TOKEN }, 'vault:kv/shop#password', reference);
    expect(problems).toMatchObject([{ code, line: 2, message: expect.stringContaining(message) as string, hint: expect.stringContaining(hint) as string }]);
    expect(JSON.stringify(problems)).not.toMatch(/given-token|password-of/);
  });

  it.each([
    [{}, 'SECRETS_SETTING', 'VAULT_ADDR is not set'],
    [{ VAULT_ADDR: 'vault.example' }, 'SECRETS_SETTING', 'is not an http or https URL'],
    [{ VAULT_ADDR: 'http://me:secret-of-me@vault.example:8200', ...TOKEN }, 'SECRETS_SETTING', 'plain http to another machine (http://vault.example:8200)'],
    [{ VAULT_ADDR: 'http://127.0.0.1:9' }, 'SECRETS_SETTING', 'no login for Vault'],
  ])('%j: %s', async (env, code, message) => {
    expect(await wrong(env, 'vault:kv/shop#password', 'vault:kv/other#password')).toMatchObject([{ code, line: 1, message: expect.stringContaining(message) as string, nature: 'fixable' }]);
  });

  it('is out of reach where nobody answers', async () => {
    expect(await wrong({ VAULT_ADDR: 'http://127.0.0.1:9', ...TOKEN }, 'vault:kv/shop#password')).toMatchObject([{ code: 'SECRETS_UNREACHABLE', nature: 'unreachable', message: 'vault did not answer at http://127.0.0.1:9: ECONNREFUSED' }]);
  });

  it.each([
    [{ status: 503, body: { errors: ['Vault is sealed'] } }, 'SECRETS_UNREACHABLE', 'is not ready (503): Vault is sealed'],
    [{ status: 472 }, 'SECRETS_UNREACHABLE', 'is not ready (472)'],
    [{ status: 307, location: 'https://other.example:8200/v1/kv/shop' }, 'SECRETS_REFUSED', 'sends requests elsewhere (307), and the token is not sent after them'],
    [{ status: 200, body: '<html>a page</html>' }, 'SECRETS_REFUSED', 'did not give ${vault:kv/shop#password} (200)'],
    [{ status: 200, body: { data: null } }, 'SECRETS_REFUSED', '(200)'],
    [{ status: 500, body: { errors: ['given-token-of-vault is strange'] } }, 'SECRETS_REFUSED', '(500): [secret] is strange'],
  ] as const)('and so is what is no answer of it: %j', async (instead, code, message) => {
    const { url } = await vault({ instead });
    expect(await wrong({ VAULT_ADDR: url, ...TOKEN }, 'vault:kv/shop#password')).toMatchObject([{ code, line: 1, message: expect.stringContaining(message) as string }]);
  });
});
