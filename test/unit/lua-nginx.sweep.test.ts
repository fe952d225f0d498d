import { createSign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendBytes } from '../../src/checks/kit/bytes.ts';
import { declare, exchange, keySet, signingKey, startGateway, startUpstream } from '../lua/gateway.ts';
import { eventually } from '../eventually.ts';
import type { Call, Gateway, Ports, Recorder, Routes } from '../lua/gateway.ts';
import { cookie, goodClaims, hostileRequests, now, tokenOf } from '../lua/hostile.ts';
import type { HostileRequest } from '../lua/hostile.ts';
import { wrongAboutHeaders, wrongAboutPassing } from '../lua/verdict.ts';
import { nginxRunsLua, startNginx } from '../nginx/gateway.ts';
import type { Nginx } from '../nginx/gateway.ts';
import { parseResponse, requestText, sendRaw } from './stand-ins/kong/replay-wire.ts';

const requests = Number(process.env.AUTHCTL_HOSTILE_NGINX_REQUESTS ?? 500);
/**
 * Admin API and proxy of a Kong of one's own without a database, for trials, in the place of nginx: it has our plugins, and its clock stands at `now`
 * of the requests once it is configured.
 */
const own = process.env.AUTHCTL_HOSTILE_KONG?.split(' ');
const seed = Number(process.env.AUTHCTL_HOSTILE_SEED ?? 20_261_129);

const sign = (input: string): string => createSign('RSA-SHA256').update(input).sign(signingKey).toString('base64url');
const good = tokenOf(sign);
const opaque = 'b3BhcXVl_opaque-token~1';
const scope = { scopes: ['orders:read'], identity_headers: true };
const asking = { by_value: 'introspect', max_failures_per_minute: 0, cache_ttl: 0, negative_ttl: 0 };
const routes: Routes = {
  followed: { followed: { cookie, allowed_origins: ['https://app.example'], relay: 'header' }, scope },
  handed: { followed: { cookie, allowed_origins: ['https://app.example'] }, scope },
  opaque: { phantom: { ...asking, cookie, allowed_origins: ['https://app.example'] }, followed: { relay: 'header' }, scope },
  decided: { followed: { cookie, allowed_origins: ['https://app.example'] }, scope, opa: { path_template: '/decided/{id}' } },
  public: { guard: { public: true, cookie } },
};
type Path = keyof typeof routes & string;

/** What of an answer and of what reached the upstream must be the same. */
interface Told {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly cache: string | undefined;
  /** Header lines, when a call reached it. */
  readonly received: readonly (readonly [name: string, value: string])[] | undefined;
}

/** What it has logged is its owner's to read. */
const configured = async ([admin = '', url = '']: readonly string[], ports: Ports): Promise<Pick<Nginx, 'url' | 'log' | 'close'>> => {
  const { status, body } = await exchange(`${admin}/config`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(declare(routes, ports)) });
  expect(status, body).toBe(201);
  await eventually('the Kong to know the routes', async () => (await exchange(`${url}/handed/1`, {})).status === 401);
  return { url, log: () => '', close: () => Promise.resolve() };
};

/** What gateways say of themselves and of the connection, not of the caller. */
const GATEWAYS_OWN = /^(host|connection|keep-alive|content-length|transfer-encoding|via|x-real-ip|x-forwarded-.*|x-kong-.*)$/;
const receivedOf = ({ headers }: Call): NonNullable<Told['received']> =>
  Object.entries(headers).filter(([name]) => !GATEWAYS_OWN.test(name)).map(([name, value]) => [name, String(value)] as const).toSorted();

describe.runIf(own !== undefined || nginxRunsLua)(`${requests} hostile requests, seed ${seed}, at the embedded gateway and at ${own ? 'a Kong' : 'nginx with LuaJIT'}`, () => {
  let gateway: Gateway;
  let real: Pick<Nginx, 'url' | 'log' | 'close'>;
  let behind: Recorder;
  /** The token of the request on its way, which the issuer knows if it was signed. */
  let signed = '';
  beforeAll(async () => {
    gateway = await startGateway({ clock: () => now });
    expect((await gateway.configure(routes)).status).toBe(201);
    const upstream = await startUpstream();
    behind = upstream;
    gateway.provider.behave = ({ url, body }) => {
      if (url === '/certs') return { body: keySet };
      const token = new URLSearchParams(body).get('token') ?? '';
      const jwt = token === opaque ? good : [good, signed].find((known) => known !== '' && known === token);
      return { body: JSON.stringify(jwt === undefined ? { active: false } : { active: true, exp: goodClaims.exp, iss: goodClaims.iss, aud: goodClaims.aud, jwt }) };
    };
    gateway.opa.behave = ({ body }) => ({ body: JSON.stringify({ result: !body.includes('"DELETE"') }) });
    const ports = { ...gateway.ports, upstream: upstream.port };
    real = own ? await configured(own, ports) : await startNginx(routes, ports, now);
  });
  afterAll(async () => {
    await real.close();
    await gateway.close();
    behind.server.close();
    behind.server.closeAllConnections();
  });

  const ask = async (url: string, upstream: Recorder, text: string): Promise<Told> => {
    const before = upstream.calls.length;
    const { status, headers } = parseResponse(await sendRaw(Number(new URL(url).port), text));
    const field = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
    return { status, challenge: field('www-authenticate'), cache: field('cache-control'), received: upstream.calls.length === before ? undefined : upstream.calls.slice(before).flatMap(receivedOf) };
  };
  const both = async (path: Path, request: HostileRequest): Promise<readonly [Told, Told]> => {
    signed = request.signed;
    const form = request.body === '' ? [] : [['Content-Length', String(request.body.length)] as const];
    const text = requestText(request.method, `/${path}/1${request.query === '' ? '' : `?${request.query}`}`, [['Host', 'x'], ...request.headers, ...form], request.body);
    return [await ask(gateway.url, gateway.upstream, text), await ask(real.url, behind, text)];
  };

  /** Why the two need not agree: what is in front of the plugins, not the plugins. */
  const excuses: readonly (readonly [why: string, holds: (request: HostileRequest, embedded: Told, real: Told) => boolean])[] = [
    // RFC 9110, section 5.5: a recipient may refuse them or not. Node's parser does, nginx does not.
    ['control characters in a header: Node\'s parser refuses them before any plugin, nginx does not, and there no token passed that was not signed for the service', ({ headers }, { status, received }) =>
      status === 400 && received === undefined && headers.some(([name, value]) => /[\0-\x08\n-\x1f\x7f]/.test(name + value))],
    // Its buffers hold whole lines: 4 of 8 KB are full before the lines have 32 KB.
    ['more header lines than nginx\'s four buffers take', ({ headers }, _, { status, received, challenge }) =>
      status === 400 && received === undefined && challenge === undefined && headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0) > 20_000],
  ];

  const wrongAbout = (path: Path, request: HostileRequest, { status, received }: Told): string | undefined => {
    // The issuer here vouches for whatever it signed: what it says of a token that says something else is no answer about it.
    const vouched = path === 'opaque' && request.signed !== '' && status === 503;
    if (!(status >= 200 && status <= 499) && !vouched) return `answered ${status}`;
    if (status < 300 && received === undefined) return `answered ${status} without the upstream`;
    if (received === undefined) return undefined;
    // Where the token is not handed on, only the other gateway can say whether it was a good one.
    return path === 'followed' || path === 'opaque' ? wrongAboutPassing(request, received, good) : wrongAboutHeaders(received);
  };

  it('get the same answers, and the upstream sees the same', { timeout: 900_000 }, async () => {
    const excused = new Map<string, number>();
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<Path>('followed', 'followed', 'handed', 'opaque', 'decided', 'public'), hostileRequests(good, sign), async (path, request) => {
        const [embedded, other] = await both(path, request);
        expect(wrongAbout(path, request, other)).toBeUndefined();
        if (other.received !== undefined) passed += 1;
        if (isDeepStrictEqual(embedded, other)) return;
        const why = excuses.find(([, holds]) => holds(request, embedded, other))?.[0];
        if (why === undefined) expect(other).toEqual(embedded);
        else excused.set(why, (excused.get(why) ?? 0) + 1);
      }),
      { numRuns: requests, seed },
    );
    // Both sides of every route were seen, and what is excused is an exception.
    expect(passed).toBeGreaterThan(requests / 20);
    expect([...excused.values()].reduce((sum, count) => sum + count, 0)).toBeLessThan(requests / 10);
    const differed = [...excused.values()].reduce((sum, count) => sum + count, 0);
    process.stdout.write(`of ${requests} requests ${requests - differed} had the same answers, ${passed} passed; ${[...excused].map(([why, count]) => `${count}: ${why}`).join('; ')}\n`);
    if (process.env.AUTHCTL_WRITE_PAGES === '1') {
      const page = 'docs/performance.md';
      const rows = [['the same answer at both', requests - differed] as const, ...[...excused].toSorted(([, one], [, other]) => other - one)].map(([what, count]) => `| ${what} | ${count} |`);
      const table = [`| of ${requests} hostile requests, seed ${seed} | |`, '| --- | ---: |', ...rows].join('\n');
      writeFileSync(page, readFileSync(page, 'utf8').replace(/(<!-- agreement -->\n)[^]*(<!-- \/agreement -->)/, (_, before: string, after: string) => `${before}\n${table}\n\n${after}`));
    }
    expect(real.log()).not.toMatch(/\[(emerg|alert|crit)\]|lua entry thread aborted|runtime error/);
  });

  it('let a good token pass and refuse a bad one, whatever came before', async () => {
    const plain = (authorization: string): HostileRequest => ({ method: 'GET', query: '', body: '', headers: [['Authorization', authorization]], signed: '' });
    for (const path of ['followed', 'handed', 'opaque', 'decided'] as const) {
      const token = path === 'opaque' ? opaque : good;
      expect((await both(path, plain(`Bearer ${token}`))).map(({ status }) => status), path).toEqual([200, 200]);
      expect((await both(path, plain(`Bearer ${good.slice(0, -6)}AAAAAA`))).map(({ status }) => status), path).toEqual([401, 401]);
      expect((await both(path, { ...plain(`Bearer ${token}`), method: 'DELETE' })).map(({ status }) => status), path).toEqual(path === 'decided' ? [403, 403] : [200, 200]);
    }
  });

  it('refuse a write by its headers, and wait for the body of one that they let through: held back, no upstream hears of it', async () => {
    const weak = tokenOf(sign, undefined, JSON.stringify({ ...goodClaims, scope: 'orders:write' }));
    const heldBack = (url: string, method: string, token?: string): Promise<number> =>
      sendBytes(url, [`${method} /handed/1 HTTP/1.1`, 'Host: x', ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]), 'Content-Type: application/json', 'Content-Length: 2', 'Expect: 100-continue', 'Connection: close', '', ''].join('\r\n')).then(({ status }) => status);
    for (const [url, upstream] of [[gateway.url, gateway.upstream], [real.url, behind]] as const) {
      const before = upstream.calls.length;
      for (const method of ['POST', 'DELETE']) expect([await heldBack(url, method), await heldBack(url, method, weak), await heldBack(url, method, good)], `${method} at ${url}`).toEqual([401, 403, 100]);
      expect(upstream.calls.length).toBe(before);
    }
  });
});
