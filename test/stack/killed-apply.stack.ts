import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../src/blueprint/index.ts';
import type { Report } from '../../src/core/report.ts';
import { authctlAt, numbersFrom } from '../moments/run.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { apiEndpointOf, everythingHeld } from './held.ts';
import { ownStack } from './own.ts';

type Environment = Readonly<Record<string, string>>;

/** Each with what it becomes a version later: something at every target, a route that goes, and one that comes. */
const EXAMPLES: readonly { readonly name: string; readonly edits: readonly (readonly [from: string, to: string])[] }[] = [
  { name: 'sso', edits: [['Helps customers', 'Helps people'], ['match: GET /orders/health', 'match: GET /orders/healthy'], ['cancel: {', 'revoke: {'], ['list, read, place, cancel]', 'list, read, place, revoke]'], ['accessTokenLifespan: 5m', 'accessTokenLifespan: 4m']] },
  { name: 'opaque', edits: [['Buys tickets', 'Buys many tickets'], ['plan: {', 'draft: {'], ['[list, read, plan]', '[list, read, draft]'], ['accessTokenLifespan: 5m', 'accessTokenLifespan: 4m']] },
  { name: 'aws', edits: [['Sends parcels', 'Sends many parcels'], ['send: { match', 'post: { match'], ['[list, read, send]', '[list, read, post]'], ['accessTokenLifespan: 5m', 'accessTokenLifespan: 4m']] },
  { name: 'storefront', edits: [['Buys things', 'Buys many things'], ['place: {', 'order: {'], ['alice: { orders: [list, place]', 'alice: { orders: [list, order]'], ['carol: { orders: [list, place]', 'carol: { orders: [list, order]'], ['accessTokenLifespan: 5m', 'accessTokenLifespan: 4m']] },
  { name: 'mixed', edits: [['place: {', 'order: {'], ['[list, place]', '[list, order]']] },
];

const ROUNDS = Number(process.env.AUTHCTL_APPLY_KILLS ?? 4);
/** A seed that is given is played again. */
const SEED = Number(process.env.AUTHCTL_SEED ?? 20261129);
/** All of them only where there is time: each but the first has a stack of its own. */
const played = EXAMPLES.slice(0, ROUNDS < 50 ? 1 : EXAMPLES.length);

const directory = mkdtempSync(join(tmpdir(), 'authctl-killed-apply-'));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

interface Probe {
  readonly gateway: string;
  readonly method: string;
  readonly path: string;
}

/** Every route that is for somebody, in either version. */
const probesOf = async (files: readonly string[], env: Environment): Promise<readonly Probe[]> => {
  const blueprints = await Promise.all(files.map((file) => loadBlueprint(file, { env })));
  return blueprints.flatMap(({ services }) =>
    Object.values(services).flatMap(({ routes }) =>
      routes.filter((route) => !route.public).flatMap(({ method, path, gateways }) => gateways.map((gateway) => ({ gateway, method, path: path.replace(/\{[^}]+\}/g, '1') }))),
    ),
  );
};

/** Asks again and again, with no token, until it is stopped: whatever got through. */
const strangersAt = (env: Environment, blueprint: string, probes: readonly Probe[]) => {
  let running = true;
  let asked = 0;
  const through = new Set<string>();
  const ask = async ({ gateway, method, path }: Probe): Promise<void> => {
    const base = gateway === 'kong' ? env['KONG_PROXY_URL'] : await apiEndpointOf(env, blueprint);
    if (base === undefined) return;
    const { status } = await fetch(`${base}${path}`, { method, redirect: 'manual' });
    asked += 1;
    if (status >= 200 && status < 300) through.add(`${gateway} ${method} ${path}: ${status}`);
  };
  const all = async (): Promise<void> => {
    for (const probe of probes) await ask(probe);
  };
  const polling = (async () => {
    // Not as fast as it can: the servers are busy enough.
    for (; running; await pause(20)) await all();
  })();
  return {
    /** All of them once more, and what got through since the beginning. */
    end: async (): Promise<{ readonly asked: number; readonly through: readonly string[] }> => {
      running = false;
      await polling;
      await all();
      return { asked, through: [...through].toSorted() };
    },
  };
};

const emptied = async (file: string, state: Environment, env: Environment, realm: string): Promise<void> => {
  expect((await authctlWith(state, 'destroy', file, '--yes')).exitCode).toBe(0);
  const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: env['KEYCLOAK_CLIENT_SECRET'] ?? '' });
  const { access_token: token } = (await (await fetch(`${env['KEYCLOAK_URL']}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: login })).json()) as { access_token: string };
  const gone = await fetch(`${env['KEYCLOAK_URL']}/admin/realms/${realm}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  expect([204, 404]).toContain(gone.status);
};

interface Run {
  readonly run: string;
  readonly state: string;
  readonly results: readonly { readonly address: string; readonly action: string; readonly outcome: string }[];
}

describe.each(played)('apply of $name', ({ name, edits }) => {
  const shared = name === 'sso';
  const stack = ownStack(`blueprints/${name}.yaml`);
  const state = mkdtempSync(join(directory, 'state-'));
  /** Where the stack's files and the run's own are. */
  let place: Environment = {};
  let env: Environment = {};
  let realm = '';
  let probes: readonly Probe[] = [];
  const text = readFileSync(`blueprints/${name}.yaml`, 'utf8').replaceAll('../policies', resolve('policies'));
  const files = ['now', 'later'].map((version) => join(directory, `${name}-${version}.yaml`)) as [string, string];
  const held: (readonly string[])[] = [];
  /** The version that the round before has brought. */
  let inForce: 0 | 1 = 1;
  /** Moments of an apply that nobody kills. */
  const whole = { changed: 0, empty: 0 };

  beforeAll(async () => {
    if (!shared) await stack.succeed('stack', 'up', `blueprints/${name}.yaml`);
    env = shared ? stackEnv() : stack.env();
    place = { AUTHCTL_STACK_DIR: shared ? (process.env['AUTHCTL_STACK_DIR'] ?? '') : stack.directory, AUTHCTL_STATE_DIR: state };
    writeFileSync(files[0], text);
    writeFileSync(files[1], edits.reduce((old, [from, to]) => {
      expect(old).toContain(from);
      return old.replace(from, to);
    }, text));
    probes = await probesOf(files, env);
    realm = /^name: (\w+)/m.exec(text)?.[1] ?? '';
    await emptied(files[0], place, env, realm);
    for (const [index, file] of files.entries()) {
      const { exitCode, moments, stdout } = await authctlAt(['apply', file, '--yes', '--prune'], { env: place });
      expect([exitCode, stdout]).toEqual([0, expect.any(String)]);
      whole[index === 0 ? 'empty' : 'changed'] = moments;
      held.push(await everythingHeld(env, realm));
    }
  });
  afterAll(async () => {
    if (!shared) await stack.down();
  });

  const random = numbersFrom(SEED + EXAMPLES.findIndex((one) => one.name === name));
  const rounds = Array.from({ length: Math.ceil(ROUNDS / played.length) }, (_, index) => {
    const from = index % 4 === 3 ? ('empty' as const) : ('changed' as const);
    return [index + 1, from, random(), index % 2 === 0 ? '' : '--resume'] as const;
  });
  const tally = { killed: 0, noted: 0, resumed: 0, asked: 0 };

  it.each(rounds)(`that is killed is ended by the next one (seed ${SEED}, round %s, from %s, %f of it, then apply %s)`, async (_round, from, part, flag) => {
    if (from === 'empty') await emptied(files[0], place, env, realm);
    inForce = from === 'empty' || inForce === 1 ? 0 : 1;
    const file = files[inForce];
    const before = new Set(readdirSync(join(state, 'runs')));
    const strangers = strangersAt(env, realm, probes);
    const at = 1 + Math.floor(part * (whole[from] - 1));
    const killed = await authctlAt(['apply', file, '--yes', '--prune'], { at: [at], env: place });
    // An apply whose moments were fewer this time is over before.
    if (killed.endedBy === 'SIGKILL') tally.killed += 1;
    else expect(killed.exitCode).toBe(0);

    const { data } = JSON.parse((await authctlWith(place, 'history', '--json')).stdout) as { data: { runs: readonly Run[] } };
    // One that was killed before it wrote anything is noted nowhere.
    const noted = data.runs.find(({ run }) => !before.has(`${run}.jsonl`));
    const saysDone = new Set((noted?.results ?? []).filter(({ outcome }) => outcome === 'done').map(({ address }) => address));
    if (noted?.state === 'killed') {
      tally.noted += 1;
      expect(statSync(join(state, 'runs', `${noted.run}.jsonl`)).mode & 0o777).toBe(0o600);
    }
    expect(data.runs.filter(({ state: how }) => how === 'under way')).toEqual([]);

    const flags = ['--yes', '--prune', '--json'];
    let next = await authctlWith(place, 'apply', file, ...flags, ...(flag === '' || noted?.state !== 'killed' ? [] : [flag]));
    const codes = (JSON.parse(next.stdout) as Report).problems.map(({ code }) => code);
    // What was cut through in its middle is not what was planned, and of what was cut off at its very end nothing is left: the next one without the flag does it.
    if (next.exitCode === 1 && codes.length > 0 && codes.every((code) => code === 'RESUME_MOVED' || code === 'RESUME_NOTHING')) next = await authctlWith(place, 'apply', file, ...flags);
    else if (flag !== '' && noted?.state === 'killed') tally.resumed += 1;
    const report = JSON.parse(next.stdout) as Report;
    expect([next.exitCode, report.problems]).toEqual([0, []]);
    // What was noted as done is done.
    expect((report.applied ?? []).filter(({ action, address }) => action === 'create' && saysDone.has(address))).toEqual([]);

    const { asked, through } = await strangers.end();
    tally.asked += asked;
    expect(through).toEqual([]);
    const plan = await authctlWith(place, 'plan', file, '--prune', '--exit-code');
    expect([plan.exitCode, plan.stdout]).toEqual([0, expect.any(String)]);
    const now = await everythingHeld(env, realm);
    const [was, is] = [held[inForce] ?? [], now].map((rows) => new Set(rows));
    expect([now.filter((row) => !was?.has(row)), (held[inForce] ?? []).filter((row) => !is?.has(row)), now.length]).toEqual([[], [], held[inForce]?.length]);
  });

  it('was killed at most of these moments, and strangers were there', () => {
    process.stdout.write(`${name}: ${JSON.stringify({ ...tally, rounds: rounds.length, moments: whole })}\n`);
    expect(tally.killed).toBeGreaterThan(rounds.length / 2);
    expect(tally.asked).toBeGreaterThan(rounds.length);
  });
});
