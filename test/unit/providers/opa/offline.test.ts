import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../src/access/index.ts';
import { problemsOf } from '../../../../src/core/problem.ts';
import { askPolicy } from '../../../../src/providers/opa/ask.ts';
import { opaAtHand } from '../../../../src/stack/opa/find.ts';
import { cleanEnv, fetchingEnv } from '../../../../src/stack/clean-env.ts';
import { script, temporaryDir } from '../../stack/temporary.ts';

const at = { file: 'shop.yaml', line: 7, column: 3 };
const question: Question = { key: 'one', route: 'orders.list', decision: 'shop/authz/allow', input: {} };
const opa = await opaAtHand({ env: process.env });
const asking = (rego: string) =>
  askPolicy(opa ?? '', { files: { 'shop/authz.rego': rego }, answer: 'allow', at, directory: 'policies/shop' }, [question], process.env);

describe.skipIf(opa === undefined)('a policy that is evaluated here', () => {
  it('answers when it asks nobody anything', async () => {
    expect([...(await asking('package shop.authz\n\nallow := true\n'))]).toEqual([['one', { allow: true, reasons: [] }]]);
  });

  it.each([
    ['http.send', 'allow if http.send({"method": "get", "url": "http://127.0.0.1:1/"}).status_code == 200'],
    ['net.lookup_ip_addr', 'allow if net.lookup_ip_addr("operator.example")'],
    ['opa.runtime', 'allow if opa.runtime().env.HOME'],
  ])('is refused at its line when it calls %s', async (name, rule) => {
    const problems = problemsOf(await asking(`package shop.authz\n\n${rule}\n`).catch((thrown: unknown) => thrown));
    expect(problems?.map(({ code, at: place, message }) => [code, place, message.includes(name)])).toEqual([
      ['OPA_OFFLINE', { file: 'policies/shop/shop/authz.rego', line: 3, column: expect.any(Number) }, true],
    ]);
  });
});

describe('a program that is started', () => {
  const secrets = { KEYCLOAK_CLIENT_SECRET: 'of-keycloak', AWS_SECRET_ACCESS_KEY: 'of-aws', AUTHCTL_TOKEN: 'of-authctl', NODE_OPTIONS: '--require=theirs' };

  it('gets no secret: not when it is asked for its version, nor when it evaluates', async () => {
    const directory = temporaryDir();
    const dump = join(directory, 'dumped');
    writeFileSync(dump, '');
    const stand = script(
      directory,
      'opa',
      `env >> ${dump}; case "$1" in version) echo 'Version: 1.9.0';; capabilities) echo '{"builtins": []}';; *) echo '{"result": [{"expressions": [{"value": []}]}]}';; esac`,
    );
    const env = { PATH: process.env.PATH, HOME: directory, AUTHCTL_OPA_BIN: stand, ...secrets };
    expect(await opaAtHand({ env })).toBe(stand);
    await askPolicy(stand, { files: {}, answer: 'allow', at }, [question], env);
    const names = new Set(readFileSync(dump, 'utf8').split('\n').filter((line) => line !== '').map((line) => line.split('=')[0]));
    // GOGC is ours, and the shell adds the last three of its own.
    expect([...names].filter((name) => !['PATH', 'HOME', 'TMPDIR', 'LANG', 'GOGC', 'PWD', 'SHLVL', '_'].includes(name ?? ''))).toEqual([]);
  });

  it('gets what it fetches with, when it installs something', () => {
    const env = { ...secrets, PATH: '/bin', GOPROXY: 'https://proxy.example', HTTPS_PROXY: 'http://way.out', npm_config_registry: 'https://registry.example' };
    expect(Object.keys(cleanEnv(env))).toEqual(['PATH']);
    expect(Object.keys(fetchingEnv(env))).toEqual(['PATH', 'GOPROXY', 'HTTPS_PROXY', 'npm_config_registry']);
  });
});
