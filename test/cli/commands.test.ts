import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { opa } from '../unit/service/support/fixture.ts';
import { cli, shopEnv, shopSecrets } from './run.ts';

const SHOP = 'blueprints/sso.yaml';

describe('authctl', () => {
  it('lists its commands', async () => {
    const { exitCode, stdout } = await cli(['--help']);
    expect(exitCode).toBe(0);
    for (const name of ['validate', 'plan', 'apply', 'verify', 'drift', 'destroy', 'stack']) expect(stdout).toContain(name);
  });

  it('has a page for every command', async () => {
    const page = readFileSync('docs/commands.md', 'utf8');
    const { stdout } = await cli(['--help']);
    const names = [...(stdout.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !page.includes(`\n## ${name}\n`))).toEqual([]);
  });

  it('refuses an unknown command with exit 1 and says where help is', async () => {
    const { exitCode, stderr } = await cli(['aplly']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('apply');
  });
});

describe('a clone that is not built', () => {
  it('says so, and what to do', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'authctl-clone-'));
    onTestFinished(() => { rmSync(clone, { recursive: true }); });
    cpSync('bin', join(clone, 'bin'), { recursive: true });
    writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
    const failed = promisify(execFile)(process.execPath, [join(clone, 'bin/authctl.js'), '--version']);
    await expect(failed).rejects.toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^authctl is not built yet: .*npm run build.*\n$/) as string });
  });
});

describe('validate', () => {
  it('accepts the example', async () => {
    const { exitCode, stdout } = await cli(['validate', SHOP], shopEnv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/is valid: \d+ objects in 4 targets/);
  });

  it('names a file that is not there', async () => {
    const { exitCode, stderr } = await cli(['validate', 'nowhere.yaml'], shopEnv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('nowhere.yaml');
  });

  it('needs no secret, and names those that are missing', async () => {
    const { exitCode, stdout, stderr } = await cli(['validate', SHOP, '--no-stack'], {});
    expect(exitCode).toBe(0);
    for (const name of ['KEYCLOAK_CLIENT_SECRET', 'REPORTS_SECRET', 'ALICE_PASSWORD', 'SAM_PASSWORD']) expect(stdout + stderr).toContain(`\${${name}}`);
  });

  it('reads what the shell hands over by a pipe', async () => {
    const { stdout } = await promisify(execFile)('bash', ['-c', 'cat blueprints/opaque.yaml | bin/authctl.js validate /dev/stdin --no-stack']);
    expect(stdout).toMatch(/^\/dev\/stdin is valid: \d+ objects in 2 targets/);
  });
});

describe('what contacts nothing', () => {
  it.each([['validate'], ['matrix', '--no-policy'], ['explain'], ['graph'], ['permissions'], ['render', '--target', 'cloudformation']])('needs no secret, be it of the environment or of a file: %s', async (command, ...flags) => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-offline-'));
    onTestFinished(() => { rmSync(directory, { recursive: true }); });
    const blueprint = join(directory, 'shop.yaml');
    const text = readFileSync(SHOP, 'utf8').replace('../policies/shop', resolve('policies/shop')).replace('${REPORTS_SECRET}', '${file:gone/reports}');
    expect(text).toContain('${file:gone/reports}');
    writeFileSync(blueprint, text);
    const { exitCode, stderr } = await cli([command, blueprint, '--no-stack', ...flags], {});
    expect([exitCode, stderr]).toEqual([0, '']);
    expect((await cli(['plan', blueprint, '--no-stack'], shopEnv)).stderr).toContain('BLUEPRINT_FILE_MISSING');
  });
});

describe('what contacts a target', () => {
  it('names every missing variable at once, each with its line', async () => {
    const { exitCode, stderr } = await cli(['plan', SHOP, '--no-stack'], {});
    expect(exitCode).toBe(1);
    for (const name of ['KEYCLOAK_CLIENT_SECRET', 'REPORTS_SECRET', 'ALICE_PASSWORD', 'SAM_PASSWORD']) expect(stderr).toContain(name);
    expect(stderr).toMatch(/sso\.yaml:\d+:\d+/);
  });
});

describe('a blueprint with ten mistakes', () => {
  it('gets ten problems at once, each with line, code and next step, and no secret of the file', async () => {
    const { exitCode, stdout } = await cli(['apply', 'blueprints/broken.yaml', '--yes', '--no-stack', '--json'], {});
    expect(exitCode).toBe(1);
    const { problems } = JSON.parse(stdout) as { problems: { code: string; at: { file: string; line: number }; hint: string }[] };
    expect(problems).toHaveLength(10);
    for (const { code, at, hint } of problems) {
      expect(code).toMatch(/^BLUEPRINT_[A-Z_]+$/);
      expect(at).toMatchObject({ file: 'blueprints/broken.yaml', line: expect.any(Number) as number });
      expect(hint).toMatch(/\S/);
    }
    const text = await cli(['validate', 'blueprints/broken.yaml', '--no-stack'], {});
    expect(text.stdout + text.stderr + stdout).not.toContain('s3cr3t');
  });
});

describe.skipIf(opa === undefined)('a policy with a typo', () => {
  it.each(['validate', 'plan', 'apply', 'drift'])('stops %s at the line of the Rego, before anything is contacted', async (command) => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-policy-'));
    onTestFinished(() => { rmSync(directory, { recursive: true }); });
    cpSync('policies/shop', join(directory, 'shop'), { recursive: true });
    appendFileSync(join(directory, 'shop/authz.rego'), '\nallow if {\n\tinptu.admin\n}\n');
    const blueprint = join(directory, 'shop.yaml');
    writeFileSync(blueprint, readFileSync(SHOP, 'utf8').replace('../policies/shop', 'shop'));
    const line = readFileSync(join(directory, 'shop/authz.rego'), 'utf8').split('\n').indexOf('\tinptu.admin') + 1;
    const { exitCode, stdout } = await cli([command, blueprint, '--no-stack', '--json'], shopEnv);
    expect(exitCode).toBe(1);
    expect((JSON.parse(stdout) as { problems: unknown }).problems).toMatchObject([
      { code: 'OPA_POLICY', message: 'var inptu is unsafe', at: { file: join(directory, 'shop/authz.rego'), line, column: 2 } },
    ]);
  });
});

describe('a target out of reach', () => {
  it.each(['plan', 'drift', 'verify'])('%s exits 3 and names the target', async (command) => {
    const { exitCode, stdout, stderr } = await cli([command, SHOP, '--no-stack', '--json'], shopEnv);
    expect(exitCode).toBe(3);
    const { problems } = JSON.parse(stdout) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).toContain('TARGET_UNREACHABLE');
    for (const secret of shopSecrets) expect(stdout + stderr).not.toContain(secret);
  });

  it('apply changes nothing and exits 3', async () => {
    const { exitCode, stdout } = await cli(['apply', SHOP, '--yes', '--no-stack', '--json'], shopEnv);
    expect([exitCode, (JSON.parse(stdout) as { applied?: unknown }).applied]).toEqual([3, undefined]);
  });
});

describe('verify', () => {
  it.each([
    [['--only', 'SGI-03'], 'CLI_UNKNOWN_CHECK'],
    [['--only', 'SIG,'], 'CLI_UNKNOWN_CHECK'],
    [['--rate', '0'], 'CLI_BAD_RATE'],
    [['--rate', 'fast'], 'CLI_BAD_RATE'],
    [['--budget', '0'], 'CLI_BAD_BUDGET'],
    [['--budget', '1.5'], 'CLI_BAD_BUDGET'],
  ])('refuses %j rather than running nothing', async (args, code) => {
    const { exitCode, stdout } = await cli(['verify', SHOP, '--no-stack', '--json', ...args], shopEnv);
    expect([exitCode, (JSON.parse(stdout) as { problems: { code: string }[] }).problems[0]?.code]).toEqual([1, code]);
  });
});

it('verify --dry-run needs no secret and nobody who answers, and says what would be sent', async () => {
  const { exitCode, stdout, stderr } = await cli(['verify', SHOP, '--no-stack', '--dry-run', '--only', 'SIG-01'], { KONG_PROXY_URL: 'http://127.0.0.1:9' });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('5 x GET http://127.0.0.1:9/orders  kong orders.list\n');
  expect(stdout).toMatch(/nothing was sent\n$/);
});

it('verify --changed tries everything where no run is noted, and says so', async () => {
  const state = mkdtempSync(join(tmpdir(), 'authctl-changed-'));
  onTestFinished(() => { rmSync(state, { recursive: true }); });
  const { exitCode, stdout } = await cli(['verify', SHOP, '--no-stack', '--changed', '--dry-run', '--only', 'SIG-01'], { KONG_PROXY_URL: 'http://127.0.0.1:9', AUTHCTL_STATE_DIR: state });
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/SIG-01 [^]*nothing was sent\n+everything is checked: no run is noted in \S+ that wrote for this blueprint\n$/)]);
});

describe('--json', () => {
  it('prints JSON and nothing else, problems too', async () => {
    const { exitCode, stdout } = await cli(['validate', 'nowhere.yaml', '--json'], shopEnv);
    expect(exitCode).toBe(1);
    expect((JSON.parse(stdout) as { exitCode: number }).exitCode).toBe(1);
  });

  it.each([
    [['plan', '--nosuchflag', '--json'], 'plan', "unknown option '--nosuchflag'"],
    [['aplly', '--format', 'json'], 'aplly', "unknown command 'aplly'"],
    [['render', '--format=json'], 'render', "required option '--target <target>' not specified"],
  ])('is JSON of a line that no command could be made of, too: %j', async (argv, command, message) => {
    const { exitCode, stdout } = await cli(argv, shopEnv);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([1, { command, exitCode: 1, problems: [{ code: 'CLI_USAGE', message: expect.stringContaining(message) as string }] }]);
  });
});

describe('--output', () => {
  it.each([
    ['validate', 'gone/report.txt', 'it is in a directory that is not there'],
    ['plan', '.', 'it is a directory'],
    ['apply', 'gone/report.txt', 'it is in a directory that is not there'],
  ])('is looked at before %s does anything (%s)', async (command, file, why) => {
    const { exitCode, stdout, stderr } = await cli([command, SHOP, '--no-stack', '--json', '-o', file], shopEnv);
    const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string; hint: string }[] };
    expect([exitCode, stderr, problems.map(({ code }) => code)]).toEqual([1, '', ['CLI_OUTPUT']]);
    expect(problems[0]).toMatchObject({ message: `the result cannot be written to "${file}": ${why}`, hint: 'name a file in a directory that is there and that you may write to' });
  });

  it.skipIf(!existsSync('/dev/full'))('loses no result where the disk is full', async () => {
    const { exitCode, stdout, stderr } = await cli(['validate', SHOP, '--no-stack', '--json', '-o', '/dev/full'], shopEnv);
    expect([exitCode, (JSON.parse(stdout) as { command: string }).command]).toEqual([1, 'validate']);
    expect(stderr).toContain('CLI_OUTPUT');
    expect(stderr).toContain('"/dev/full": it does not fit: the disk is full');
  });
});

describe('drift --watch', () => {
  it.each([
    [['--interval', 'soon'], 'WATCH_INTERVAL'],
    [['--interval', '0s'], 'WATCH_INTERVAL'],
    [['--interval', '30'], 'WATCH_INTERVAL'],
    [['--interval', '21d'], 'WATCH_INTERVAL'],
  ])('is refused before anything is done (%j)', async (args, code) => {
    const { exitCode, stdout } = await cli(['drift', SHOP, '--no-stack', '--json', '--watch', ...args], shopEnv);
    expect([exitCode, (JSON.parse(stdout) as { problems: { code: string }[] }).problems[0]?.code]).toEqual([1, code]);
  });

  it('keeps the address of the webhook out of what it says', async () => {
    const { exitCode, stdout } = await cli(['drift', SHOP, '--no-stack', '--json', '--watch'], { ...shopEnv, AUTHCTL_WEBHOOK: 'hooks.example/T000/secret' });
    expect([exitCode, (JSON.parse(stdout) as { problems: { code: string }[] }).problems[0]?.code]).toEqual([1, 'WATCH_WEBHOOK']);
    expect(stdout).not.toContain('T000');
  });
});

describe('--report', () => {
  const place = (): string => {
    const directory = mkdtempSync(join(tmpdir(), 'authctl-reports-'));
    onTestFinished(() => { rmSync(directory, { recursive: true, force: true }); });
    return directory;
  };

  it.each(['drift', 'verify'])('writes files beside what %s shows, each in its format, whatever the answer is', async (command) => {
    const directory = place();
    const files = { json: join(directory, 'a=b.json'), junit: join(directory, 'a.xml'), sarif: join(directory, 'a.sarif'), html: join(directory, 'a.html'), markdown: join(directory, 'a.md') };
    const { exitCode, stdout, stderr } = await cli([command, SHOP, '--no-stack', ...Object.entries(files).flatMap(([format, file]) => ['--report', `${format}=${file}`])], shopEnv);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toContain('TARGET_UNREACHABLE');
    for (const [format, file] of Object.entries(files)) {
      expect(stderr).toContain(`${format} report written to ${file}\n`);
      expect(readFileSync(file, 'utf8')).toContain('TARGET_UNREACHABLE');
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(JSON.parse(readFileSync(files.json, 'utf8'))).toMatchObject({ command, exitCode: 3 });
    expect(JSON.parse(readFileSync(files.sarif, 'utf8'))).toMatchObject({ version: '2.1.0' });
  });

  it.each([
    [['--report', 'drift.xml'], /there is no format "drift.xml"/],
    [['--report', 'pdf=drift.pdf'], /there is no format "pdf"/],
    [['--report', 'junit='], /it names no file/],
    [['--report', 'junit=gone/./a.xml', '--report', 'sarif=gone/a.xml'], /another result is written to that file/],
    [['-o', 'gone/a.xml', '--report', 'sarif=gone/a.xml'], /another result is written to that file/],
  ])('is refused before anything is done (%j)', async (args, message) => {
    const { exitCode, stdout, stderr } = await cli(['drift', SHOP, '--no-stack', ...args], shopEnv);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('CLI_REPORT');
  });

  it('names every file that cannot be written, before anything is done, and writes the others', async () => {
    const directory = place();
    const good = join(directory, 'good.json');
    const { exitCode, stderr } = await cli(['drift', SHOP, '--no-stack', '--report', `html=${directory}/gone/a.html`, '--report', `markdown=${directory}`, '--report', `json=${good}`], shopEnv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('it is in a directory that is not there');
    expect(stderr).toContain('it is a directory');
    expect((JSON.parse(readFileSync(good, 'utf8')) as { problems: { code: string }[] }).problems.map(({ code }) => code)).toEqual(['CLI_OUTPUT', 'CLI_OUTPUT']);
  });

  it.skipIf(!existsSync('/dev/full'))('takes nothing from the result where its disk is full', async () => {
    const { exitCode, stdout, stderr } = await cli(['drift', 'nowhere.yaml', '--json', '--report', 'html=/dev/full'], shopEnv);
    expect([exitCode, (JSON.parse(stdout) as { command: string }).command]).toEqual([1, 'drift']);
    expect(stderr).toContain('"/dev/full": it does not fit: the disk is full');
  });
});

describe('the executable', () => {
  it('prints its version without loading the program', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['bin/authctl.js', '--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
