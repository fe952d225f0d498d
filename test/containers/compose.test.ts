import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/stack/child.ts';
import { imageVariable } from '../../src/stack/containers/images.ts';
import { freePort } from '../../src/stack/ports.ts';
import { eventually } from '../eventually.ts';
import { keepsTheContract } from '../stack/contract.ts';
import { ownStack } from '../stack/own.ts';
import { commandLines, composeHindrance, docker, hindrance, imageOf, inspected, labelled, titled } from './docker.ts';
import type { Wanted } from './docker.ts';

const SERVERS = ['keycloak', 'postgres', 'opa', 'redis', 'kong', 'nginx'] as const satisfies readonly Wanted[];
const why = hindrance(...SERVERS, 'upstream') ?? composeHindrance();
const noProxy = why ?? hindrance('oauth2-proxy');

/** Its process's number, by which a later run knows what nobody needs any more. */
const PROJECT = `authctl-test-${String(process.pid)}`;
const FILES = ['infra/compose.yaml', 'test/containers/compose.upstreams.yaml'];

/** The example, without what has no container, and told how Kong reaches OPA. */
const exampleForContainers = (): string => {
  const change = (text: string, from: RegExp, to: string): string => {
    if (!from.test(text)) throw new Error(`the example has nothing like ${String(from)} any more`);
    return text.replaceAll(from, to);
  };
  let text = readFileSync('blueprints/sso.yaml', 'utf8');
  text = change(text, /^ {2}aws:\n(?: {4}.*\n)+/gm, '');
  text = change(text, /gateways: \[kong, aws\]/g, 'gateways: [kong]');
  text = change(text, /^ {4}bundle: \{ publish/gm, '    decisionUrl: http://opa:8181\n    bundle: { publish');
  text = change(text, /policy: \.\.\/policies/g, `policy: ${resolve('policies')}`);
  return text;
};

describe.skipIf(why !== undefined)(titled('infra/compose.yaml', why), () => {
  const dir = join(tmpdir(), `authctl-compose-${randomBytes(6).toString('hex')}`);
  const bundles = join(dir, 'bundles');
  const blueprint = join(dir, 'sso.yaml');
  const secret = (): string => randomBytes(16).toString('hex');
  const secrets = {
    KEYCLOAK_DATABASE_PASSWORD: secret(), KEYCLOAK_CLIENT_SECRET: secret(), KONG_DATABASE_PASSWORD: secret(), REDIS_PASSWORD: secret(),
    SESSION_CLIENT_SECRET: secret(), SESSION_COOKIE_SECRET: secret(),
  };
  const personas = { REPORTS_SECRET: secret(), ALICE_PASSWORD: secret(), SAM_PASSWORD: secret(), ADA_PASSWORD: secret() };
  const env: Record<string, string> = {};
  const compose: Record<string, string> = {};
  const cli = ownStack(blueprint, env);
  const composed = async (...args: readonly string[]): Promise<void> => {
    const command = ['compose', '--project-name', PROJECT, ...FILES.flatMap((file) => ['--file', file]), ...args];
    const answer = await runToEnd({ command: 'docker', args: command, env: { ...process.env, ...compose } });
    if (answer.missing || answer.code !== 0) throw new Error(`docker compose ${args.join(' ')}: ${answer.missing ? 'docker is not there' : answer.output.slice(-3000)}`);
  };

  beforeAll(async () => {
    // The server that hands them out is another account's.
    mkdirSync(bundles, { recursive: true, mode: 0o755 });
    writeFileSync(blueprint, exampleForContainers());
    const names = ['KEYCLOAK_PORT', 'KONG_PROXY_PORT', 'KONG_ADMIN_PORT', 'OPA_PORT', 'REDIS_PORT', 'ORDERS_PORT', 'INVOICES_PORT', 'OAUTH2_PROXY_PORT'];
    const ports: Record<string, string> = {};
    for (const name of names) ports[name] = String(await freePort());
    const images = Object.fromEntries(([...SERVERS, 'oauth2-proxy'] as const).flatMap((name) => [[imageVariable(name), imageOf(name) ?? '']]).filter(([, image]) => image !== ''));
    Object.assign(compose, secrets, ports, images, { BUNDLE_DIRECTORY: bundles, SESSION_CLIENT_ID: 'storefront', DOCKER_BUILDKIT: '0' });
    const at = (name: string): string => `http://localhost:${ports[name] ?? ''}`;
    Object.assign(env, personas, {
      KEYCLOAK_URL: at('KEYCLOAK_PORT'), KEYCLOAK_CLIENT_SECRET: secrets.KEYCLOAK_CLIENT_SECRET, KONG_ADMIN_URL: at('KONG_ADMIN_PORT'), KONG_PROXY_URL: at('KONG_PROXY_PORT'),
      OPA_URL: at('OPA_PORT'), BUNDLE_STORE: `file:${bundles}`, ORDERS_URL: 'http://orders:9100', INVOICES_URL: 'http://invoices:9100',
      ORDERS_RECORDER_URL: at('ORDERS_PORT'), INVOICES_RECORDER_URL: at('INVOICES_PORT'), AUTHCTL_STATE_DIR: join(dir, 'state'),
    });
    await composed('up', '--detach', '--wait', '--build');
  });
  const down = (): Promise<void> => composed('--profile', 'session', 'down', '--volumes', '--timeout', '20');
  afterAll(async () => {
    try {
      await down();
    } finally {
      for (const folder of [dir, dirname(cli.directory)]) rmSync(folder, { recursive: true, force: true });
    }
  });

  const ours = (): readonly string[] => labelled(`com.docker.compose.project=${PROJECT}`);

  keepsTheContract({ stack: { succeed: cli.succeed, authctl: cli.authctl, verify: cli.verify, env: () => env }, blueprint });

  it('shows no secret to who may look at containers, nor in the list of processes', () => {
    const [shown, lines] = [inspected(ours()), commandLines()];
    expect(lines).toContain('--hostname-backchannel-dynamic=true');
    for (const text of [shown, lines]) expect(Object.entries({ ...secrets, ...personas }).filter(([, value]) => text.includes(value)).map(([name]) => name)).toEqual([]);
  });

  it('publishes its ports on 127.0.0.1 alone', () => {
    const published = ours().flatMap((id) => docker('port', id).split('\n').filter((line) => line !== '').map((line) => line.replace(/^.*-> (.*):\d+$/, '$1')));
    expect(published.length).toBeGreaterThanOrEqual(6);
    expect(new Set(published)).toEqual(new Set(['127.0.0.1']));
  });

  it.skipIf(noProxy !== undefined)(titled('has oauth2-proxy, which sends people to sign in at the realm that was made', noProxy), async () => {
    await composed('--profile', 'session', 'up', '--detach', '--no-recreate', '--wait', 'oauth2-proxy');
    const start = `http://127.0.0.1:${compose['OAUTH2_PROXY_PORT'] ?? ''}/oauth2/start`;
    await eventually('oauth2-proxy to answer', async () => (await fetch(start, { redirect: 'manual' })).status > 0);
    const answer = await fetch(start, { redirect: 'manual' });
    const to = new URL(answer.headers.get('location') ?? 'about:blank');
    expect(answer.status).toBe(302);
    expect(to.origin + to.pathname).toBe(`${env['KEYCLOAK_URL'] ?? ''}/realms/shop/protocol/openid-connect/auth`);
    expect(to.searchParams.get('code_challenge_method')).toBe('S256');
    // Its session is in a cookie that no script reads.
    expect(answer.headers.getSetCookie().every((cookie) => /; HttpOnly/i.test(cookie))).toBe(true);
    expect(inspected(ours())).not.toContain(secrets.SESSION_COOKIE_SECRET);
  });

  it('ends with its volumes and its networks', async () => {
    const label = `label=com.docker.compose.project=${PROJECT}`;
    const kept = (): readonly string[] => ['volume', 'network'].map((kind) => docker(kind, 'ls', '--quiet', '--filter', label));
    expect(kept()).not.toContain('');
    await down();
    expect([...ours(), ...kept()]).toEqual(['', '']);
  });
});
