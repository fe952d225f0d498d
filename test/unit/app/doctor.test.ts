import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { Finding } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { greet } from '../../../src/app/greet.ts';
import { versionFinding } from '../../../src/core/finding.ts';
import type { Desired } from '../../../src/core/resource.ts';
import { aboutNode } from '../../../src/providers/kong/about.ts';
import { blueprint, startTargets } from './targets.ts';

const examine = async (env: Readonly<Record<string, string>>) => {
  const report = await createAuthctl({ env, localStack: false }).doctor(blueprint);
  const findings = report.data?.findings ?? [];
  return { report, findings, of: (target: string, what: string): Finding | undefined => findings.find((one) => one.target === target && one.what === what) };
};

describe('doctor', () => {
  it('tells of each target that it is there, in time, known and permitted, and writes nothing', async () => {
    const { report, findings, of } = await examine(await startTargets());
    expect(findings.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
    for (const target of ['keycloak', 'kong']) {
      expect(of(target, 'reachable')?.state).toBe('good');
      expect(of(target, 'clock')).toMatchObject({ state: 'good', found: 'as ours' });
      expect(of(target, 'login and permissions')).toMatchObject({ state: 'good', found: expect.stringMatching(/^every kind can be read/) as string });
    }
    expect(of('kong', 'version')).toMatchObject({ state: 'good', found: expect.stringMatching(/^3\.9/) as string });
    expect(of('kong', 'plugin authctl-phantom-token')).toMatchObject({ state: 'good', found: '0.1.0' });
    expect(report.text).toMatch(/\d+ good, \d+ not known, 0 bad$/);
  });

  it('tells of a target that is away, with the next step, and of the others all the same', async () => {
    const { report, of } = await examine({ ...(await startTargets()), KONG_ADMIN_URL: 'http://127.0.0.1:9' });
    expect([exitCodeOf(report), report.problems.map(({ code }) => code)]).toEqual([3, ['TARGET_UNREACHABLE']]);
    expect(of('kong', 'reachable')).toMatchObject({ state: 'bad', next: expect.stringContaining('targets.kong') as string });
    expect(of('keycloak', 'login and permissions')?.state).toBe('good');
  });

  it('tells once of a login that is refused, whatever cannot be read by it', async () => {
    const { report, findings } = await examine({ ...(await startTargets()), KEYCLOAK_CLIENT_SECRET: 'another-secret' });
    const refused = findings.filter(({ target, found }) => target === 'keycloak' && found.includes('KEYCLOAK_UNAUTHORIZED'));
    expect(refused.filter(({ what }) => what.startsWith('read '))).toHaveLength(1);
    expect(refused[0]?.next).toContain('targets.keycloak.credentials');
    expect(exitCodeOf(report)).toBe(2);
  });
});

describe('a clock', () => {
  const ahead = async (date: string | undefined): Promise<number | undefined> => {
    const server = createServer((_, response) => {
      response.sendDate = false;
      if (date !== undefined) response.setHeader('date', date);
      response.end();
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void server.close());
    return (await greet(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => Date.parse('2026-11-29T12:00:00Z'))).ahead;
  };
  it.each([
    ['Sun, 29 Nov 2026 12:01:00 GMT', 60_500],
    ['Sun, 29 Nov 2026 11:59:00 GMT', -59_500],
    ['no time', undefined],
    [undefined, undefined],
  ])('is before ours by what its answer says: %s', async (date, expected) => expect(await ahead(date)).toBe(expected));
});

describe('a Kong', () => {
  // What is asked of an object here is its name.
  const plugin = (name: string): Desired => ({ kind: 'kong.plugin', id: name, spec: { name }, after: [], origin: { file: 'b', line: 1, column: 1 } });
  const node = (plugins: Readonly<Record<string, string>>) => ({
    node: () => Promise.resolve({ version: '2.8.1', store: 'database' as const, plugins: new Set(Object.keys(plugins)), pluginVersions: new Map(Object.entries(plugins)), wasm: false, frequency: 5, spread: 0 }),
  });
  it('has the plugins that are asked for, in a version that is known, or what to do is told', async () => {
    const found = await aboutNode(node({ jwt: '2.8.1', 'authctl-opa': '0.0.9' }), [plugin('jwt'), plugin('authctl-opa'), plugin('authctl-session'), plugin('acl')]);
    expect(found.map(({ what, state, found: words, next }) => [what, state, words, next?.slice(0, 30)])).toEqual([
      ['version', 'unknown', '2.8.1', 'authctl is tested with 3.9.x: '.slice(0, 30)],
      ['store', 'good', 'database', undefined],
      ['plugin acl', 'bad', 'this node does not have it', 'name it in "plugins" of kong.c'],
      ['plugin authctl-opa', 'bad', '0.0.9', 'this authctl brings 0.1.0: ins'],
      ['plugin authctl-session', 'bad', 'this node does not have it', 'install infra/kong/plugins/aut'],
      ['plugin jwt', 'good', '2.8.1', undefined],
    ]);
  });
});

it('a version that is not told is not known, and no fault', () => {
  expect(versionFinding('opa', undefined, '1.')).toMatchObject({ state: 'unknown' });
  expect(versionFinding('opa', '1.22.0', '1.')).toEqual({ target: 'opa', what: 'version', state: 'good', found: '1.22.0' });
});
