import { createHmac, createSign, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { headerOf, received, startGateway, stopAll, type GatewayParts } from './replay-gateway.ts';

const extra: (() => Promise<void>)[] = [];
afterEach(async () => {
  await stopAll();
  for (const stop of extra.splice(0)) await stop();
});

const now = 1_795_228_215;
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const withHmac = (claims: object, secret: string): string => {
  const text = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const withRsa = (claims: object, key: KeyObject): string => {
  const text = `${part({ alg: 'RS256' })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
};
const jwtConfig = { key_claim_name: 'iss', header_names: ['authorization'], uri_param_names: ['jwt'], cookie_names: [],
  claims_to_verify: ['exp'] };
const consumers = [{ id: '11111111-1111-4111-8111-111111111111', username: 'alice', custom_id: null }];
const ofAlice = { consumer: { id: consumers[0]!.id } };
const bearer = (token: string): { headers: Record<string, string> } => ({ headers: { Authorization: `Bearer ${token}` } });

describe('jwt', () => {
  it('verifies with the public half of a private key, and with a JWK', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const { call } = await startGateway({
      plugins: [['jwt', jwtConfig]],
      rows: { consumers, jwt_secrets: [
        { id: '1', key: 'pem', algorithm: 'RS256', rsa_public_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
          ...ofAlice },
        { id: '2', key: 'jwk', algorithm: 'RS256', rsa_public_key: JSON.stringify(publicKey.export({ format: 'jwk' })), ...ofAlice },
      ] },
    });
    const statuses = [];
    for (const iss of ['pem', 'jwk']) {
      for (const key of [privateKey, other]) statuses.push((await call('/', bearer(withRsa({ iss, exp: now + 9 }, key)))).status);
    }
    expect(statuses).toEqual([200, 401, 200, 401]);
  });

  it('takes a secret that is base64url where configured so', async () => {
    const { call } = await startGateway({
      plugins: [['jwt', { ...jwtConfig, secret_is_base64: true }]],
      rows: { consumers, jwt_secrets: [{ id: '1', key: 'k', algorithm: 'HS256', secret: Buffer.from('sésame').toString('base64url'),
        ...ofAlice }] },
    });
    expect((await call('/', bearer(withHmac({ iss: 'k', exp: now + 9 }, 'sésame')))).status).toBe(200);
    expect((await call('/', bearer(withHmac({ iss: 'k', exp: now + 9 }, Buffer.from('sésame').toString('base64url'))))).status).toBe(401);
  });

  it('accepts an EC signature for RS256 when the credential holds an EC key, as Kong does by its code', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { call } = await startGateway({
      plugins: [['jwt', jwtConfig]],
      rows: { consumers, jwt_secrets: [{ id: '1', key: 'k', algorithm: 'RS256',
        rsa_public_key: String(publicKey.export({ type: 'spki', format: 'pem' })), ...ofAlice }] },
    });
    const text = `${part({ alg: 'RS256' })}.${part({ iss: 'k', exp: now + 9 })}`;
    expect((await call('/', bearer(`${text}.${createSign('sha256').update(text).sign(privateKey).toString('base64url')}`))).status).toBe(200);
  });

  it('refuses an argument that is no text as a token, and lets nothing in without a consumer', async () => {
    const { call } = await startGateway({
      plugins: [['jwt', jwtConfig]],
      rows: { consumers: [], jwt_secrets: [{ id: '1', key: 'k', algorithm: 'HS256', secret: 's', ...ofAlice }] },
    });
    const bare = await call('/?jwt');
    const orphan = await call('/', bearer(withHmac({ iss: 'k', exp: now + 9 }, 's')));
    expect([bare.status, bare.body, orphan.status, orphan.body])
      .toEqual([401, '{"message":"Unrecognizable token"}', 401, '{"message":"Could not find consumer for \'iss=k\'"}']);
  });
});

describe('acl', () => {
  const lua = { 'vouch/handler.lua': 'return { PRIORITY = 960, access = function(_, c) kong.ctx.shared.authenticated_groups = c.groups end }' };
  const parts = (groups: readonly string[], config: object): GatewayParts =>
    ({ lua, plugins: [['vouch', { groups }], ['acl', { ...config }]] });

  it('takes the groups another plugin vouches for', async () => {
    const allowed = await startGateway(parts(['staff', 'x'], { allow: ['staff'] }));
    expect(received(await allowed.call('/')).headers['x-authenticated-groups']).toBe('staff, x');
    const denied = await startGateway(parts(['staff'], { deny: ['staff'] }));
    expect((await denied.call('/')).status).toBe(403);
    const none = await startGateway(parts([], { allow: ['staff'] }));
    expect((await none.call('/')).status).toBe(403);
  });
});

describe('cors', () => {
  it('compares origins, also by expression, and allows credentials only to a named origin', async () => {
    const { call } = await startGateway({ plugins: [['cors', { origins: ['https://a.example', '(.*)\\.b\\.example'], credentials: true,
      exposed_headers: ['X-A'] }]] });
    const of = async (origin: string): Promise<unknown[]> => {
      const answer = await call('/', { headers: { Origin: origin } });
      return ['access-control-allow-origin', 'vary', 'access-control-expose-headers'].map((name) => headerOf(answer, name));
    };
    expect(await of('https://a.example:443')).toEqual(['https://a.example', 'Origin', 'X-A']);
    expect(await of('http://x.b.example')).toEqual(['http://x.b.example', 'Origin', 'X-A']);
    expect(await of('https://a.example.evil')).toEqual([undefined, 'Origin', 'X-A']);
    expect(await of('https://x.b.example.evil')).toEqual([undefined, 'Origin', 'X-A']);
    const any = await startGateway({ plugins: [['cors', { origins: null, credentials: true }]] });
    const answer = await any.call('/', { headers: { Origin: 'https://z' } });
    expect([headerOf(answer, 'access-control-allow-origin'), headerOf(answer, 'access-control-allow-credentials')]).toEqual(['https://z',
      'true']);
  });
});

describe('key-auth', () => {
  const rows = { consumers, keyauth_credentials: [{ id: 'c', key: 'good', ...ofAlice }] };
  const config = { key_names: ['apikey'], key_in_header: true, key_in_query: true, key_in_body: false };

  it('refuses two keys, and hides one without touching the rest of the query', async () => {
    const { call } = await startGateway({ rows, plugins: [['key-auth', { ...config, hide_credentials: true }]] });
    expect((await call('/?apikey=good&apikey=good')).status).toBe(401);
    expect(received(await call('/?a=%7e+1&apikey=good&b')).url).toBe('/?a=%7e+1&b');
    expect(received(await call('/?apikey=good')).url).toBe('/');
  });

  it('finds a key in a form, and refuses bodies it cannot search', async () => {
    const { call } = await startGateway({ rows, plugins: [['key-auth', { ...config, key_in_body: true }]] });
    const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'apikey=good' };
    expect((await call('/', form)).status).toBe(200);
    expect((await call('/', { ...form, headers: { 'Content-Type': 'application/json' } })).status).toBe(500);
  });
});

describe('the transformers', () => {
  const empty = { headers: [], querystring: [], body: [] };
  const rules = { remove: empty, rename: empty, replace: empty, add: empty, append: empty };

  it('changes a request in Kong\'s order, with what templates may name', async () => {
    const { call } = await startGateway({
      rows: { routes: [{ id: 'r', paths: ['~/u/(?<user>\\w+)'], protocols: ['http'], strip_path: false, service: { id: 's' } }] },
      plugins: [['request-transformer', {
        ...rules,
        http_method: 'PUT',
        remove: { headers: ['x-gone'], querystring: ['gone'], body: ['gone'] },
        rename: { headers: ['x-old:x-new'], querystring: ['old:new'], body: ['old:new'] },
        replace: { headers: ['x-there:2', 'x-absent:2', 'host:other'], querystring: [], body: ['there:2'],
          uri: '/v2/$(uri_captures["user"])' },
        add: { headers: ['x-user:$(uri_captures.user)', 'x-none:$(headers.nope or "dflt")'], querystring: ['q:$(query_params.q)'],
          body: ['extra:1'] },
        append: { headers: ['x-there:3'], querystring: ['q:2'], body: ['list:b'] },
      }]],
    });
    const body = JSON.stringify({ gone: 1, old: 'v', there: 'x', list: 'a' });
    const got = received(await call('/u/bob?gone=1&old=3&q=1', {
      method: 'POST', headers: { 'X-Gone': '1', 'X-Old': 'o', 'X-There': '1', 'Content-Type': 'application/json' }, body,
    }));
    expect([got.method, got.url, JSON.parse(got.body), got.headers['content-length']])
      .toEqual(['PUT', '/v2/bob?q=1&q=2&new=3', { there: '2', list: ['a', 'b'], new: 'v', extra: '1' }, String(got.body.length)]);
    expect([got.headers['host'], got.headers['x-gone'], got.headers['x-new'], got.headers['x-user'], got.headers['x-none'],
      got.headers['x-absent']])
      .toEqual(['other', undefined, 'o', 'bob', 'dflt', undefined]);
  });

  it('fails on a template it cannot evaluate', async () => {
    const { call } = await startGateway({ plugins: [['request-transformer',
      { ...rules, add: { ...empty, headers: ['x-a:$(os.getenv("HOME"))'] } }]] });
    expect((await call('/')).status).toBe(500);
  });

  it('changes headers and JSON of a response', async () => {
    const none = { headers: [], json: [] };
    const { call } = await startGateway({ plugins: [['response-transformer', {
      remove: { headers: ['content-type-x'], json: ['rawHeaders', 'body'] }, rename: none,
        replace: { headers: ['x-absent:1'], json: ['method:none'] },
      add: { headers: ['x-added:1'], json: ['n:5', 's:5'], json_types: ['number', 'string'] }, append: { headers: ['x-added:2'], json: [] },
    }]] });
    const answer = await call('/');
    expect(JSON.parse(answer.body)).toEqual({ upstream: 'echo', method: 'none', url: '/', n: 5, s: '5' });
    expect(answer.headers.filter(([name]) => name === 'x-added' || name === 'x-absent')).toEqual([['x-added', '1'], ['x-added', '2']]);
    expect(headerOf(answer, 'content-length')).toBe(String(answer.body.length));
  });
});

describe('limits', () => {
  it('restricts by address', async () => {
    const status = async (config: object): Promise<number> => {
      const { call } = await startGateway({ plugins: [['ip-restriction', { ...config }]] });
      return (await call('/')).status;
    };
    expect([await status({ allow: ['10.0.0.0/8'] }), await status({ allow: ['127.0.0.0/8'] }),
      await status({ deny: ['127.0.0.1'], status: 404 }), await status({ deny: ['10.0.0.1'] })])
      .toEqual([403, 200, 404, 200]);
  });

  it('restricts by size, declared or counted', async () => {
    const { call } = await startGateway({ plugins: [['request-size-limiting',
      { allowed_payload_size: 4, size_unit: 'bytes', require_content_length: true }]] });
    expect([
      (await call('/', { method: 'POST', body: '1234' })).status, (await call('/', { method: 'POST', body: '12345' })).status,
        (await call('/')).status,
      (await call('/', { method: 'POST', body: '12345', headers: { Expect: '100-continue' } })).status,
    ]).toEqual([200, 413, 411, 417]);
  });

  it('counts by period and lets go with it', async () => {
    let time = now;
    const { call } = await startGateway({ clock: () => time,
      plugins: [['rate-limiting', { second: 1, hour: 3, limit_by: 'ip', policy: 'local' }]] });
    const first = await call('/');
    expect(['x-ratelimit-remaining-second', 'x-ratelimit-remaining-hour', 'ratelimit-limit'].map((name) =>
      headerOf(first, name))).toEqual(['0', '2', '1']);
    const second = await call('/');
    time += 1;
    expect([second.status, (await call('/')).status]).toEqual([429, 200]);
  });
});

describe('http-log', () => {
  it('sends one entry with the token redacted, after the response', async () => {
    const entry = new Promise<Record<string, unknown>>((resolve) => {
      const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => { chunks.push(chunk); });
        request.on('end', () => {
          response.end();
          resolve({ method: request.method, type: request.headers['content-type'],
            ...(JSON.parse(Buffer.concat(chunks).toString()) as object) });
        });
      });
      server.listen(0, '127.0.0.1', () => {
        extra.push(() => new Promise((done) => { server.close(() => { done(); }); server.closeAllConnections(); }));
        const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`;
        void startGateway({ plugins: [['http-log', { http_endpoint: endpoint, method: 'POST', content_type: 'application/json',
          timeout: 5000 }]] })
          .then(({ call }) => call('/a?x=1', { headers: { Authorization: 'Bearer secret', 'X-A': '1' } }));
      });
    });
    const { request, response, route, method, type } = await entry as { request: Record<string, unknown>; response: Record<string,
      unknown>; [key: string]: unknown };
    expect([method, type, response['status'], (route as { name: string }).name]).toEqual(['POST', 'application/json', 200, 'all']);
    expect([request['uri'], request['querystring'], (request['headers'] as Record<string, string>)['authorization'],
      (request['headers'] as Record<string, string>)['x-a']])
      .toEqual(['/a?x=1', { x: '1' }, 'REDACTED', '1']);
  });
});

describe('correlation-id and request-termination', () => {
  it('counts, echoes, and keeps what came', async () => {
    const { call } = await startGateway({ plugins: [['correlation-id',
      { header_name: 'X-Id', generator: 'uuid#counter', echo_downstream: true }]] });
    const [first, second, given] = [await call('/'), await call('/'), await call('/', { headers: { 'X-Id': 'mine' } })];
    expect([headerOf(first, 'x-id')?.split('#')[1], headerOf(second, 'x-id')?.split('#')[1], headerOf(given, 'x-id')]).toEqual(['1', '2',
      'mine']);
    expect(received(first).headers['x-id']).toBe(headerOf(first, 'x-id'));
  });

  it('ends a request with a body, a message or an echo, when triggered', async () => {
    const body = await startGateway({ plugins: [['request-termination',
      { status_code: 410, body: '<gone/>', content_type: 'text/xml' }]] });
    const answer = await body.call('/');
    expect([answer.status, answer.body, headerOf(answer, 'content-type')]).toEqual([410, '<gone/>', 'text/xml']);
    const echo = await startGateway({ plugins: [['request-termination', { status_code: 200, echo: true, trigger: 'show' }]] });
    expect((JSON.parse((await echo.call('/a?show=1')).body) as { request: unknown }).request).toMatchObject({ method: 'GET', path: '/a',
      query: { show: '1' } });
    expect(received(await echo.call('/a')).url).toBe('/a');
  });
});
