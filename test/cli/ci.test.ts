import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { cli, shopEnv } from './run.ts';

const AUTHCTL = `${process.execPath} ${resolve('bin/authctl.js')}`;
const SHOP = resolve('blueprints/sso.yaml');
const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'authctl-ci-'));
  onTestFinished(() => { rmSync(made, { recursive: true }); });
  return made;
};
/** A script as a runner runs it: with the environment that it gets there, and nothing else. */
const sh = (script: string, env: NodeJS.ProcessEnv, cwd: string): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((settle) => {
    execFile('sh', ['-e', '-c', script], { cwd, env: { PATH: process.env['PATH'], HOME: cwd, ...env } }, (error, stdout, stderr) => {
      settle({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));
/** Nobody is at the targets: exit 3, and files that say so. */
const expectFiles = (place: string, command = 'drift'): void => {
  for (const ending of ['xml', 'sarif', 'md', 'json']) expect(readFileSync(join(place, `${command}.${ending}`), 'utf8')).toContain('TARGET_UNREACHABLE');
};

describe('the GitHub action', () => {
  // What a composite action is made of.
  const action = read('action.yml') as { inputs: Record<string, { default: string }>; outputs: Record<string, { value: string }>; runs: { steps: { env: Record<string, string>; run: string }[] } };
  const run = async (given: Readonly<Record<string, string>>) => {
    const place = directory();
    const [step] = action.runs.steps;
    const inputOf = (text: string): string => text.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => given[name] ?? action.inputs[name]?.default ?? '');
    const env = Object.fromEntries(Object.entries(step?.env ?? {}).map(([name, value]) => [name, inputOf(value)]));
    const ended = await sh(step?.run ?? '', { ...shopEnv, ...env, GITHUB_ACTION_PATH: resolve('.'), GITHUB_OUTPUT: join(place, 'output'), GITHUB_STEP_SUMMARY: join(place, 'summary') }, place);
    return { ...ended, place };
  };

  it.each(['drift', 'verify'])('runs %s, writes its files, its summary and its outputs, and ends as authctl does', async (command) => {
    const { code, output, place } = await run({ command, blueprint: SHOP, authctl: AUTHCTL });
    expect([code, output]).toEqual([3, expect.stringContaining('TARGET_UNREACHABLE') as string]);
    expectFiles(join(place, 'authctl-reports'), command);
    expect(readFileSync(join(place, 'summary'), 'utf8')).toContain(`# authctl ${command}`);
    const outputs = readFileSync(join(place, 'output'), 'utf8').trim().split('\n').map((line) => line.split('=')[0]);
    expect(outputs).toEqual(Object.keys(action.outputs));
    expect(readFileSync(join(place, 'output'), 'utf8')).toContain('exit-code=3\n');
  });

  it('takes no other command, and an input is never a part of the script', async () => {
    expect(await run({ command: 'destroy', blueprint: SHOP, authctl: AUTHCTL })).toMatchObject({ code: 1, output: expect.stringContaining('drift or verify') as string });
    const { place } = await run({ blueprint: '$(touch hacked).yaml', environment: '"; touch hacked; "', authctl: AUTHCTL });
    expect(existsSync(join(place, 'hacked'))).toBe(false);
  });
});

it('the GitLab component runs with its inputs', async () => {
  const [spec, job] = parseAllDocuments(readFileSync('infra/ci/gitlab.yml', 'utf8')).map((document) => document.toJS() as unknown);
  const { inputs } = (spec as { spec: { inputs: Record<string, { default: string }> } }).spec;
  const { variables, script } = (job as { authctl: { variables: Record<string, string>; script: string[] } }).authctl;
  const place = directory();
  const given: Readonly<Record<string, string>> = { blueprint: SHOP };
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value.replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, input: string) => given[input] ?? inputs[input]?.default ?? '')]));
  // What `npm install --global` would have put there.
  const ended = await sh(`npm() { echo ${place}/node_modules; }; mkdir -p node_modules && ln -s ${resolve('.')} node_modules/authctl\n${script.join('\n')}`, { ...shopEnv, ...env, AUTHCTL }, place);
  expect(ended.code).toBe(3);
  expectFiles(join(place, 'authctl-reports'));
});

it.each([
  ['Jenkins', () => [...readFileSync('infra/ci/Jenkinsfile', 'utf8').matchAll(/^ +sh '(.*)'$/gm)].map(([, script = '']) => script)],
  ['Azure Pipelines', () => (read('infra/ci/azure-pipelines.yml') as { steps: { script?: string }[] }).steps.flatMap(({ script }) => script ?? [])],
])('the step of %s runs', async (_where, scripts) => {
  const [install, check = ''] = scripts();
  expect(install).toBe('npm install authctl');
  const place = directory();
  // What the first step would have put there.
  const installed = `mkdir -p node_modules/.bin && ln -s ${resolve('.')} node_modules/authctl && printf '#!/bin/sh\\nexec ${AUTHCTL} "$@"\\n' > node_modules/.bin/authctl && chmod +x node_modules/.bin/authctl`;
  const { code, output } = await sh(`${installed}\n${check}`, { ...shopEnv, AUTHCTL_COMMAND: 'drift', AUTHCTL_BLUEPRINT: SHOP }, place);
  expect([code, output]).toEqual([3, expect.stringContaining('TARGET_UNREACHABLE') as string]);
  expectFiles(join(place, 'authctl-reports'));
});

it('the pre-commit hook validates each file that it is given', async () => {
  const [hook] = read('.pre-commit-hooks.yaml') as { entry: string; files: string }[];
  const place = directory();
  const run = (...files: readonly string[]) => sh([resolve(hook?.entry ?? ''), ...files].join(' '), { AUTHCTL }, place);
  expect((await run(SHOP, resolve('blueprints/jwt.yaml'))).code).toBe(0);
  expect(await run(resolve('blueprints/broken.yaml'), SHOP)).toMatchObject({ code: 1, output: expect.stringContaining('is valid') as string });
  expect(['blueprint.yaml', 'deploy/shop.blueprint.yml', 'values.yaml'].map((file) => new RegExp(hook?.files ?? '').test(file))).toEqual([true, true, false]);
});

it('the CronJob has a root file system that nobody writes to, and a command that is understood', async () => {
  interface Container {
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly securityContext: object;
  }
  const job = read('infra/ci/cronjob.yaml') as { spec: { jobTemplate: { spec: { template: { spec: { containers: Container[] } } } } } };
  const [container] = job.spec.jobTemplate.spec.template.spec.containers;
  expect(container).toMatchObject({ command: ['authctl'], securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false } });
  const place = directory();
  const args = (container?.args ?? []).map((one) => one.replace('/blueprint/blueprint.yaml', SHOP).replace('=/work/', `=${place}/`));
  const { exitCode } = await cli(args, { ...shopEnv, AUTHCTL_STATE_DIR: join(place, 'state') });
  expect(exitCode).toBe(3);
  expect(readFileSync(join(place, 'drift.xml'), 'utf8')).toContain('TARGET_UNREACHABLE');
});
