import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startVault } from '../unit/secrets/fake-vault.ts';
import { cli } from './run.ts';

const PAGE = readFileSync('docs/secrets.md', 'utf8');
const VALUES = { keycloak: 'vaulted-secret-of-the-login', reports: 'vaulted-secret-of-reports', alice: 'managed-password-of-alice', sam: 'stored-password-of-sam', ada: 'filed-password-of-ada' };

/** The shop as the page has it: its overlay is what the page shows. */
const shop = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-secrets-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  const [, overlay = ''] = /```yaml\n([^]*?)```/.exec(PAGE) ?? [];
  const indented = overlay.trimEnd().split('\n').map((line) => `    ${line}`).join('\n');
  const text = readFileSync('blueprints/sso.yaml', 'utf8').replace('../policies/shop', resolve('policies/shop'));
  writeFileSync(join(directory, 'ada-password'), `${VALUES.ada}\n`, { mode: 0o600 });
  const file = join(directory, 'production.yaml');
  writeFileSync(file, `${text}\nenvironments:\n  production:\n${indented}\n`);
  return file;
};

/** Both services of AWS, as their protocol has it (AWS JSON 1.1). */
const startAws = async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const target = String(request.headers['x-amz-target']);
    asked.push(target);
    const body = target === 'AmazonSSM.GetParameter' ? { Parameter: { Value: VALUES.sam } } : { SecretString: JSON.stringify({ alice: VALUES.alice }) };
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body)));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** Nobody is at the targets. */
const targets = { KONG_ADMIN_URL: 'http://127.0.0.1:9', KONG_PROXY_URL: 'http://127.0.0.1:9', OPA_URL: 'http://127.0.0.1:9', AWS_ENDPOINT: 'http://127.0.0.1:9' };
const commands = [...PAGE.matchAll(/^ {4}(?:[A-Z_]+=\S+ )*authctl (.*)$/gm)].map(([, line = '']) => line.split(' '));

describe('docs/secrets.md', () => {
  it('shows commands that ask no store, and need none, where they contact nothing', async () => {
    const file = shop();
    const offline = commands.filter(([name]) => name !== 'drift' && name !== 'plan');
    expect(offline.map(([name]) => name)).toEqual(['validate', 'matrix', 'explain', 'graph', 'render']);
    for (const [name = '', , ...flags] of offline) {
      const { exitCode, stdout, stderr } = await cli([name, file, '--env', 'production', '--no-stack', ...flags], { AWS_ENDPOINT: 'http://127.0.0.1:9' });
      expect([name, exitCode, stderr]).toEqual([name, 0, '']);
      if (name === 'validate') for (const reference of ['${vault:secret/data/shop#keycloak}', '${aws-secret:shop/people#alice}', '${ssm:/shop/sam}']) expect(stdout).toContain(reference);
    }
  });

  it.each([
    ['drift', {}],
    ['plan', { VAULT_TOKEN: 'given-token-of-vault' }],
  ])('shows how %s asks them, and no value, token or secret id is ever in what it says', async (name, login) => {
    const line = commands.find(([command]) => command === name);
    expect(line).toEqual([name, 'production.yaml']);
    const vault = await startVault({ held: { 'secret/data/shop': { keycloak: VALUES.keycloak, reports: VALUES.reports } }, approles: { 'role-of-ci': 'secret-id-of-ci' } });
    onTestFinished(vault.close);
    const aws = await startAws();
    const env = {
      ...targets, VAULT_ADDR: vault.url, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url, AWS_ENDPOINT_URL_SSM: aws.url, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'key-of-the-example',
      ...('VAULT_TOKEN' in login ? login : { VAULT_ROLE_ID: 'role-of-ci', VAULT_SECRET_ID: 'secret-id-of-ci' }),
    };
    const ended = await cli([name, shop(), '--env', 'production', '--no-stack', '--json'], env);
    expect(ended.exitCode).toBe(3);
    expect(ended.stdout).toContain('TARGET_UNREACHABLE');
    expect([vault.seen.filter(({ what }) => what.startsWith('GET')).map(({ what }) => what), aws.asked.toSorted()]).toEqual([['GET /v1/secret/data/shop'], ['AmazonSSM.GetParameter', 'secretsmanager.GetSecretValue']]);
    expect(ended.stdout + ended.stderr).not.toMatch(/vaulted-|managed-|stored-|filed-|given-token|secret-id-of|hvs\.|key-of-the-example/);
  });

  it('is right that nothing is contacted but the stores, and all that is wrong with them is told at its line', async () => {
    const file = shop();
    const { exitCode, stdout } = await cli(['plan', file, '--env', 'production', '--no-stack', '--json'], { ...targets, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'key-of-the-example' });
    const { problems } = JSON.parse(stdout) as { problems: { code: string; at: { file: string; line: number; column: number }; hint: string }[] };
    const lines = readFileSync(file, 'utf8').split('\n');
    const told = problems.map(({ code, at, hint }) => [code, at.file === file, /\$\{[^}]+\}/.exec(lines[at.line - 1]?.slice(at.column - 1) ?? '')?.[0], hint.length > 10]);
    expect(exitCode).toBe(3);
    expect(told).toEqual([
      ['SECRETS_SETTING', true, '${vault:secret/data/shop#keycloak}', true],
      ['SECRETS_UNREACHABLE', true, '${aws-secret:shop/people#alice}', true],
      ['SECRETS_UNREACHABLE', true, '${ssm:/shop/sam}', true],
    ]);
  });

  it('has the codes that there are', async () => {
    const { secretsProblems } = await import('../../src/secrets/problems.ts');
    expect(Object.keys(secretsProblems).filter((code) => !PAGE.includes(code))).toEqual([]);
  });
});

it('quotes no line in which an address carries a password', async () => {
  const file = shop();
  writeFileSync(file, readFileSync(file, 'utf8').replace('"${INVOICES_URL:-http://invoices:9102}"', 'http://joe:password-of-joe@invoices:9102'));
  const { exitCode, stderr } = await cli(['validate', file], targets);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/BLUEPRINT_URL.*production\.yaml:\d+:\d+\n.*carries credentials/) as string]);
  expect(stderr).not.toContain('password-of-joe');
});
