import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { loadBlueprint } from '../../src/blueprint/index.ts';
import { createEngine } from '../../src/core/engine.ts';
import type { Report } from '../../src/core/report.ts';
import { policyPart } from '../../src/patterns/policy.ts';
import { connectOpa } from '../../src/providers/opa/index.ts';
import { createDecider } from '../../src/service/index.ts';
import { opaConfig } from '../../src/stack/opa/config.ts';
import { opaAtHand } from '../../src/stack/opa/find.ts';
import { freePort } from '../../src/stack/ports.ts';
import { startBundles } from '../../src/stack/servers/bundles.ts';
import { shopEnv } from '../cli/run.ts';
import { eventually } from '../eventually.ts';

const READ = 'token-that-reads';
const WRITE = 'token-that-writes';

export interface Keys {
  readonly algorithm: 'ES256' | 'RS256';
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

export const newKeys = (algorithm: Keys['algorithm']): Keys => {
  const { privateKey, publicKey } =
    algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { algorithm, privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
};

/** As far as a test edits it. */
export interface OpaConfiguration {
  bundles: Record<string, { signing: { keyid?: string } }>;
  keys: Record<string, { algorithm: string; key: string }>;
}

export interface Fleet {
  readonly dir: string;
  readonly store: string;
  /** Starts a real OPA that polls the store; with keys it takes signed bundles only. Gives its URL. `change` edits its configuration. */
  readonly opa: (keys: Keys | undefined, name?: string, change?: (config: OpaConfiguration) => void) => Promise<string>;
  /** Starts a service that decides by the module in the store; gives the URL of its status. */
  readonly service: (keys: Keys | undefined) => Promise<string>;
  readonly apply: (order: Order) => Promise<Report>;
  readonly plan: (order: Order) => Promise<Report>;
  /** What OPA itself says of its bundle. */
  readonly statusOf: (url: string) => Promise<{ readonly active_revision?: string; readonly message?: string }>;
  readonly stop: () => Promise<void>;
}

export interface Order {
  readonly servers: readonly string[];
  readonly keys?: Keys | undefined;
  /** Status URL of the services. */
  readonly service?: string;
  /** Rego at the end of the shop's policy. */
  readonly addition?: string;
  readonly wait?: string;
  /** Default `prod`. */
  readonly keyId?: string;
}

/** As many OPA processes as a test wants, around one bundle store that takes bundles by PUT. */
export const startFleet = async (): Promise<Fleet> => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-fleet-'));
  const store = join(dir, 'store');
  mkdirSync(store);
  const bundles = await startBundles({ dir: store, port: 0, readToken: READ, writeToken: WRITE });
  const binary = await opaAtHand();
  if (binary === undefined) throw new Error('the stack project needs opa');
  const stops: (() => Promise<void>)[] = [() => bundles.close()];

  const load = async ({ servers, keys, service, addition = '', wait = '20s', keyId = 'prod' }: Order) => {
    const tree = parse(readFileSync('blueprints/sso.yaml', 'utf8')) as {
      targets: { opa: unknown };
      authorization: { pattern: string; policy: string };
      services: Record<string, { status?: string }>;
    };
    tree.targets.opa = {
      servers,
      bundle: {
        publish: `${bundles.url}/bundles`,
        token: '${BUNDLE_TOKEN}',
        wait,
        ...(keys && { signing: { key: '${BUNDLE_KEY}', algorithm: keys.algorithm, keyId } }),
      },
    };
    if (service !== undefined) {
      tree.authorization.pattern = 'hybrid';
      // One process stands for both.
      for (const [id, one] of Object.entries(tree.services)) tree.services[id] = { ...one, status: service };
    }
    tree.authorization.policy = 'policy';
    mkdirSync(join(dir, 'policy'), { recursive: true });
    for (const name of ['authz', 'caller', 'inventory', 'ownership'])
      writeFileSync(join(dir, 'policy', `${name}.rego`), readFileSync(`policies/shop/${name}.rego`, 'utf8') + (name === 'authz' ? addition : ''));
    const file = join(dir, 'shop.yaml');
    writeFileSync(file, stringify(tree));
    const key = keys && { BUNDLE_KEY: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    const blueprint = await loadBlueprint(file, { env: { ...shopEnv, BUNDLE_TOKEN: WRITE, ...key } });
    return createEngine([connectOpa(blueprint, () => Promise.resolve(binary))], { name: blueprint.name, desired: policyPart(blueprint).desired, deferred: [] });
  };

  const statusOf: Fleet['statusOf'] = async (url) => {
    const { result } = (await (await fetch(`${url}/v1/status`)).json()) as { result: { bundles?: { shop?: { active_revision?: string } } } };
    return result.bundles?.shop ?? {};
  };

  return {
    dir,
    store,
    statusOf,
    opa: async (keys, name = 'shop', change = () => undefined) => {
      const url = `http://127.0.0.1:${String(await freePort(undefined))}`;
      const config = join(dir, `${new URL(url).port}.json`);
      const bundleKey = keys && { id: 'prod', algorithm: keys.algorithm, publicKey: keys.publicKey };
      const needs = { name, keycloak: false, opa: true, kong: false, aws: false, services: [], ...(bundleKey && { bundleKey }) };
      const content = opaConfig(needs, { url: bundles.url, token: READ }) as OpaConfiguration;
      change(content);
      writeFileSync(config, JSON.stringify(content));
      const args = ['run', '--server', '--addr', url.slice('http://'.length), '--disable-telemetry', '--log-level', 'error', '--config-file', config];
      const child = spawn(binary, args, { cwd: dir, env: { PATH: process.env.PATH, HOME: dir }, stdio: 'ignore' });
      const ended = new Promise<void>((resolve) => child.once('exit', () => { resolve(); }));
      stops.push(async () => {
        child.kill();
        await ended;
      });
      await eventually('OPA to start', () => fetch(`${url}/health`).then(({ ok }) => ok), () => child.exitCode !== null);
      return url;
    },
    service: async (keys) => {
      const decider = createDecider({
        bundle: `${bundles.url}/bundles/shop-service.tar.gz`,
        token: () => READ,
        entrypoint: 'shop/authz',
        interval: 0.2,
        ...(keys && { verification: { keys: { prod: { algorithm: keys.algorithm, key: keys.publicKey } } } }),
      });
      const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(decider.status())));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      stops.push(() => {
        decider.close();
        server.closeAllConnections();
        return new Promise((resolve) => server.close(() => { resolve(); }));
      });
      return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/status`;
    },
    apply: async (order) => (await load(order)).apply({ approve: () => Promise.resolve(true) }),
    plan: async (order) => (await load(order)).plan({}),
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
