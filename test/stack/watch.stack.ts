import { CreateRouteCommand, DeleteRouteCommand, GetIntegrationsCommand } from '@aws-sdk/client-apigatewayv2';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { AuthctlEvent } from 'authctl';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authctl, stackEnv } from './authctl.ts';
import { awsHands } from './sabotages/aws-by-hand.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

const CHANGES = Number(process.env.AUTHCTL_WATCHED ?? 20);
/** So many at the least say something of memory. */
const NIGHT = 200;

const directory = mkdtempSync(join(tmpdir(), 'authctl-watch-'));
/** The shop, in whose realm Keycloak notes who changes what. */
const SHOP = join(directory, 'shop.yaml');
writeFileSync(SHOP, readFileSync('blueprints/sso.yaml', 'utf8').replace('../policies/shop', resolve('policies/shop')).replace(/^realm:$/m, 'realm:\n  events: { admin: true }'));

type Undo = () => Promise<unknown>;
type Hand = (name: string) => Promise<Undo>;

/** A change by hand at each of the four, by a name that what is told of it must have. */
const handsAt = async (env: Readonly<Record<string, string>>): Promise<Readonly<Record<'keycloak' | 'kong' | 'opa' | 'aws', Hand>>> => {
  const keycloak = keycloakByHand('shop');
  const { id: scope } = (await keycloak.ask<{ id: string; name: string }[]>('GET', '/client-scopes')).find(({ name }) => name === 'orders:read') ?? expect.fail('the shop has it');
  const send = async (method: string, url: string, body?: string, type = 'application/json'): Promise<void> => {
    const answer = await fetch(url, { method, ...(body !== undefined && { body, headers: { 'content-type': type } }) });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  };
  const aws = awsHands({ region: env['AWS_REGION'] ?? 'ap-northeast-1', endpoint: env['AWS_ENDPOINT'] ?? '', name: 'shop', upstream: 'https://elsewhere.example', issuer: '' });
  const { ApiId } = await aws.api();
  const { IntegrationId } = (await aws.client.send(new GetIntegrationsCommand({ ApiId }))).Items?.[0] ?? expect.fail('the shop has some');
  return {
    keycloak: async (name) => {
      const id = crypto.randomUUID();
      await keycloak.ask('POST', '/clients', { id, clientId: name, protocol: 'openid-connect', publicClient: true, redirectUris: ['https://elsewhere.example/cb'], fullScopeAllowed: false });
      await keycloak.ask('PUT', `/clients/${id}/optional-client-scopes/${scope}`);
      return () => keycloak.ask('DELETE', `/clients/${id}`);
    },
    kong: async (name) => {
      await send('PUT', `${env['KONG_ADMIN_URL']}/services/shop.orders/routes/${name}`, JSON.stringify({ paths: [`/${name}`] }));
      return () => send('DELETE', `${env['KONG_ADMIN_URL']}/routes/${name}`);
    },
    opa: async (name) => {
      await send('PUT', `${env['OPA_URL']}/v1/policies/${name}`, `package ${name.replaceAll('-', '_')}\n\nallow := true\n`, 'text/plain');
      return () => send('DELETE', `${env['OPA_URL']}/v1/policies/${name}`);
    },
    aws: async (name) => {
      const { RouteId } = await aws.client.send(new CreateRouteCommand({ ApiId, RouteKey: `GET /${name}`, Target: `integrations/${IntegrationId}` }));
      return () => aws.client.send(new DeleteRouteCommand({ ApiId, RouteId }));
    },
  };
};

/** What is told, as somebody at the other end of the webhook counts it: nothing but numbers is kept. */
const startHook = async () => {
  const counts = { appeared: new Map<string, number>(), gone: new Map<string, number>() };
  const others = new Set<string>();
  const words = new Map<string, string>();
  const count = (of: Map<string, number>, lines: readonly string[]): void => {
    for (const line of lines) {
      const name = /hand-(\w+)-\d+/.exec(line)?.[0];
      if (name === undefined) others.add(line);
      else of.set(name, (of.get(name) ?? 0) + 1);
      const target = /hand-(\w+)-/.exec(line)?.[1];
      if (target !== undefined && of === counts.appeared) words.set(target, line);
    }
  };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const told = JSON.parse(text) as { text: string; appeared: string[]; gone: string[] };
      if (!told.text.startsWith(`authctl drift of shop: ${told.appeared.length} appeared, ${told.gone.length} gone\n`)) others.add(told.text);
      count(counts.appeared, told.appeared);
      count(counts.gone, told.gone);
      response.end('ok');
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/T000/B000/secret`, counts, others, words, close: () => server.close() };
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = (): number => {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};

beforeAll(async () => {
  expect(await authctl('apply', SHOP, '--yes', '--prune')).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  // A blueprint that says nothing of it leaves it on, and whoever looks at that stack next is told.
  await keycloakByHand('shop').ask('PUT', '', { adminEventsEnabled: false });
  expect(await authctl('apply', 'blueprints/sso.yaml', '--yes', '--prune')).toMatchObject({ exitCode: 0 });
});

it(`a night of ${CHANGES} changes by hand at four targets: each is told once when it is there and once when it is gone, with when and by whom${CHANGES < NIGHT ? '' : ', and memory stays flat'}`, async () => {
  const env = stackEnv();
  const hands = Object.entries(await handsAt(env));
  const hook = await startHook();
  const stop = new AbortController();
  const events: AuthctlEvent['type'][] = [];
  let endpoint = '';
  const made: string[] = [];
  const heaps: number[] = [];
  let undo: readonly Undo[] = [];
  /** What happens between two looks: what was done goes, and each of the four is changed anew, until all is done and gone. */
  const between = async (): Promise<void> => {
    heaps.push(heap());
    const before = undo;
    undo = [];
    for (const back of before) await back();
    if (made.length >= CHANGES) return void (before.length === 0 && stop.abort());
    const done: Undo[] = [];
    for (const [target, hand] of hands) {
      const name = `hand-${target}-${made.length}`;
      done.push(await hand(name));
      made.push(name);
    }
    undo = done;
  };
  const asked: { health: number; metrics: string }[] = [];
  const report = await createAuthctl({
    env: { ...process.env, ...env }, localStack: false, signal: stop.signal,
    events: (event) => {
      if (event.type === 'watch.started') endpoint = event.url;
      if (event.type.startsWith('watch.')) events.push(event.type);
    },
  }).watch(SHOP, {
    interval: 1, listen: '127.0.0.1:0', webhook: hook.url,
    pause: async () => {
      if (undo.length > 0 && asked.length === 0) asked.push({ health: (await fetch(`${endpoint}/healthz`)).status, metrics: await (await fetch(`${endpoint}/metrics`)).text() });
      await between();
    },
  });
  hook.close();
  expect([exitCodeOf(report), report.data?.failedLooks, report.data?.pending, report.data?.findings]).toEqual([0, 0, 0, []]);
  expect([...hook.others]).toEqual([]);
  const once = new Map(made.map((name) => [name, 1]));
  expect(hook.counts).toEqual({ appeared: once, gone: once });
  expect([events.filter((type) => type === 'watch.failed'), events.filter((type) => type === 'watch.changed').length]).toEqual([[], Math.ceil(CHANGES / 4) + 1]);

  // A night is long enough to tell what is kept of every look from what a process takes to get warm: half of it has gone by. A report that is kept
  // is 100 KiB and more a look, and the last looks of a night that keeps nothing were measured at 20 KiB.
  const half = heaps.slice(Math.floor(heaps.length / 2));
  const growth = ((half.at(-1) ?? 0) - (half[0] ?? 0)) / (half.length - 1);
  if (CHANGES >= NIGHT) expect(growth / 1024).toBeLessThan(64);

  // Who and when, as far as the server knows: OPA notes nothing of what is put by its API, and AWS nothing at all here.
  const when = /last changed \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/;
  expect(hook.words.get('keycloak')).toMatch(new RegExp(`${when.source} by user \\S+ through client \\S+ from 127\\.0\\.0\\.1$`));
  expect(hook.words.get('kong')).toMatch(new RegExp(`${when.source}$`));
  for (const silent of ['opa', 'aws']) expect(hook.words.get(silent)).not.toContain('last changed');

  const [{ health, metrics } = expect.fail('somebody asked')] = asked;
  expect(health).toBe(200);
  expect(metrics).toContain('authctl_drift_looks_total{blueprint="shop",outcome="seen"} 2\n');
  expect(metrics).toContain('authctl_drift_changes_total{blueprint="shop",change="appeared"} 4\n');
  expect(metrics).toMatch(/^authctl_drift_findings\{blueprint="shop",sort="opens"\} [1-4]$/m);
});
