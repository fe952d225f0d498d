import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lookingOnly } from '../../../src/checks/kit/looking.ts';
import type { Send } from '../../../src/checks/kit/http.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { Desired } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { connectProviders, providers } from '../../../src/providers/index.ts';
import { env, load, sso } from '../blueprint/loading.ts';

const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'authctl-looking-'));
  onTestFinished(() => { rmSync(made, { recursive: true, force: true }); });
  return made;
};

/** A server that takes everything, and notes what could have changed something. */
const startAnybody = async () => {
  const writes: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    request.resume();
    if (!['GET', 'HEAD', 'OPTIONS'].includes(method) && !url.endsWith('/token')) writes.push(`${method} ${url}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(url.endsWith('/token') ? { access_token: 'token', expires_in: 60 } : { data: [], next: null, configuration: { database: 'postgres' }, version: '3.9.3' }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return { writes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** The shop, at one server for everything. */
const shopAt = async (url: string, manage: string) => {
  const store = directory();
  const text = (await sso(['file:.authctl/bundles', `file:${store}`])).trimEnd();
  return { store, blueprint: await load(`${text}\nmanage: ${manage}\n`, { env: { ...env, KEYCLOAK_URL: url, KONG_ADMIN_URL: url, KONG_PROXY_URL: url, OPA_URL: url, AWS_ENDPOINT: url, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' } }) };
};

describe('whatever is asked of a provider that only looks', () => {
  it('is not written, by any of its kinds', async () => {
    const { writes, url } = await startAnybody();
    const { blueprint, store } = await shopAt(url, 'none');
    writeFileSync(join(store, 'shop.tar.gz'), 'published by others');
    const connected = await connectProviders(blueprint, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });
    expect(connected.map(({ name, looking }) => [name, looking !== undefined])).toEqual(providers.map(({ name }) => [name, true]));
    const { desired } = expand(blueprint);
    const refused = new Map<string, number>();
    for (const { name, kinds } of connected)
      for (const kind of kinds) {
        const wanted: Desired | undefined = desired.find((object) => object.kind === kind.name);
        if (wanted === undefined) continue;
        const live = { kind: wanted.kind, id: wanted.id, spec: wanted.spec, owner: 'shop', ref: { id: 'x', ApiId: 'x', row: {}, tags: [] } };
        for (const ask of [() => kind.put(wanted, undefined), () => kind.remove(live), () => kind.release?.(live) ?? Promise.resolve()]) {
          const thrown: unknown = await ask().then(() => undefined, (error: unknown) => error);
          if (thrown instanceof Problem && thrown.code === 'TARGET_ONLY_LOOKED_AT') refused.set(name, (refused.get(name) ?? 0) + 1);
        }
      }
    await Promise.all(connected.map((provider) => provider.close?.()));
    expect(writes).toEqual([]);
    expect([readdirSync(store), readFileSync(join(store, 'shop.tar.gz'), 'utf8')]).toEqual([['shop.tar.gz'], 'published by others']);
    expect([...refused.keys()].toSorted()).toEqual(['aws', 'keycloak', 'kong', 'opa']);
  });

  it('is written where it is managed', async () => {
    const { writes, url } = await startAnybody();
    const { blueprint } = await shopAt(url, 'all');
    const connected = await connectProviders(blueprint);
    const kong = connected.find(({ name }) => name === 'kong');
    const service = expand(blueprint).desired.find(({ kind }) => kind === 'kong.service');
    await kong?.kinds.find(({ name }) => name === 'kong.service')?.put(service as Desired, undefined).catch(() => undefined);
    await Promise.all(connected.map((provider) => provider.close?.()));
    expect([kong?.looking, writes.length > 0]).toEqual([undefined, true]);
  });
});

describe('a check', () => {
  it('reaches everything but what manages a target that is only looked at', async () => {
    const sent: string[] = [];
    const send: Send = ({ method, url }) => {
      sent.push(`${method} ${new URL(url).pathname}`);
      return Promise.resolve({ status: 200, headers: {}, rawHeaders: [], setCookies: [], body: '', milliseconds: 0 });
    };
    const { blueprint } = await shopAt('http://127.0.0.1:9', 'none');
    const { blueprint: managed } = await shopAt('http://127.0.0.1:9', 'all');
    const ask = (to: Send, method: string, path: string) => to({ method, url: `http://127.0.0.1:9${path}`, headers: [] }).then(() => 'sent', (thrown: unknown) => (thrown instanceof Problem ? thrown.code : String(thrown)));
    const looking = lookingOnly(send, blueprint);
    expect(await Promise.all([['POST', '/admin/realms/shop/users'], ['DELETE', '/consumers/x'], ['POST', '/realms/shop/clients-registrations/openid-connect']].map(([method = '', path = '']) => ask(looking, method, path)))).toEqual(
      Array.from({ length: 3 }, () => 'TARGET_ONLY_LOOKED_AT'),
    );
    expect(sent).toEqual([]);
    expect(await Promise.all([['GET', '/admin/realms/shop/users'], ['POST', '/realms/shop/protocol/openid-connect/token'], ['POST', '/realms/shop/login-actions/authenticate']].map(([method = '', path = '']) => ask(looking, method, path)))).toEqual(['sent', 'sent', 'sent']);
    expect(lookingOnly(send, managed)).toBe(send);
  });
});
