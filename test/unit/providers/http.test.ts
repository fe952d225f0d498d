import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../../../src/core/problem.ts';
import { Secret } from '../../../src/core/secret.ts';
import { masker } from '../../../src/core/mask.ts';
import { createHttp, refused, shownUrl } from '../../../src/providers/http.ts';
import type { HttpOptions } from '../../../src/providers/http.ts';

let server: Server | undefined;
afterEach(() => server?.close());
const serve = async (
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  options: Partial<HttpOptions> = {},
) => {
  let count = 0;
  server = createServer((request, response) => answer(request, response, (count += 1))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pauses: number[] = [];
  const http = createHttp({ target: 'kong', url, sleep: (milliseconds) => Promise.resolve(pauses.push(milliseconds)), ...options });
  return { http, url, pauses };
};
const reply = (response: ServerResponse, status: number, body = '{}', headers: Record<string, string> = {}): void => {
  response.writeHead(status, headers).end(body);
};

describe('a request', () => {
  it('is answered with whatever status and body the server gives', async () => {
    const { http } = await serve(({ url }, response) =>
      reply(response, url === '/json' ? 404 : 415, url === '/json' ? '{"message":"Not found"}' : '<html>'),
    );
    expect(await http.send('GET', '/json')).toEqual({ status: 404, body: { message: 'Not found' } });
    expect(await http.send('POST', '/html', { body: {} })).toEqual({ status: 415, body: '<html>' });
    expect(http.requests()).toEqual({ reads: 1, writes: 1 });
    http.close();
  });

  it('waits as long as a busy server asks, then is sent again', async () => {
    const { http, pauses } = await serve((_request, response, count) =>
      reply(response, count < 3 ? 429 : 201, '{}', { 'retry-after': '2' }),
    );
    expect(await http.send('POST', '/services', { body: {} })).toMatchObject({ status: 201 });
    expect(pauses).toEqual([2000, 2000]);
    http.close();
  });

  it.each([
    ['GET', 3, 'whole', 2],
    ['POST', 1, 'torn', 0],
  ] as const)('whose answer was torn is sent again where that is safe: %s', async (method, count, body, repeats) => {
    let asked = 0;
    const { http, pauses } = await serve((_request, response, at) => reply(response, 200, (asked = at) < 3 ? '"torn"' : '"whole"'), { torn: (answer) => answer.body === 'torn' });
    expect(await http.send(method, '/')).toEqual({ status: 200, body });
    expect([asked, pauses.length]).toEqual([count, repeats]);
    http.close();
  });

  it('whose answer is torn each time is answered with it in the end', async () => {
    const { http, pauses } = await serve((_request, response) => reply(response, 200, '"torn"'), { torn: () => true });
    expect(await http.send('GET', '/')).toEqual({ status: 200, body: 'torn' });
    expect(pauses).toHaveLength(4);
    http.close();
  });

  it.each([
    ['no time', '0', (pause: number) => pause === 0],
    ['a longer time than anybody would wait', '3600', (pause: number) => pause === 5000],
    ['a date', 'Wed, 21 Oct 2026 07:28:00 GMT', (pause: number) => pause >= 100 && pause <= 200],
    ['a time before now', '-1', (pause: number) => pause >= 100 && pause <= 200],
    ['nothing', undefined, (pause: number) => pause >= 100 && pause <= 200],
  ])('waits for a busy server that asks for %s', async (_what, asked, fits) => {
    const { http, pauses } = await serve((_request, response, count) => reply(response, count === 1 ? 429 : 200, '{}', asked === undefined ? {} : { 'retry-after': asked }));
    await http.send('GET', '/');
    expect(pauses).toEqual([expect.toSatisfy(fits)]);
    http.close();
  });

  it('is given up after five tries, or as many as were allowed', async () => {
    const { http, pauses } = await serve((_request, response) => reply(response, 503));
    expect(await http.send('GET', '/')).toMatchObject({ status: 503 });
    expect([http.requests().reads, pauses.length]).toEqual([5, 4]);
    // Each pause is longer than the one before could have been.
    for (const [at, pause] of pauses.entries()) expect(pause).toSatisfy((one: number) => one >= 50 * 2 ** (at + 1) && one <= 100 * 2 ** (at + 1));
    http.close();
    server?.close();
    const twice = await serve((_request, response) => reply(response, 503), { tries: 2 });
    expect(await twice.http.send('GET', '/')).toMatchObject({ status: 503 });
    expect(twice.http.requests().reads).toBe(2);
    twice.http.close();
  });

  it('that may be sent once only is not sent again, busy or broken', async () => {
    const { http } = await serve((request, response) => (request.url === '/busy' ? reply(response, 429) : request.socket.destroy()));
    expect(await http.send('GET', '/busy', { once: true })).toMatchObject({ status: 429 });
    await expect(http.send('GET', '/broken', { once: true })).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect(http.requests()).toEqual({ reads: 2, writes: 0 });
    http.close();
  });

  it.each([
    ['reads', { reads: true }, { reads: 2, writes: 0 }],
    ['is refused a second time by the server', { repeatable: true }, { reads: 0, writes: 2 }],
    ['does neither', {}, { reads: 0, writes: 1 }],
  ] as const)('POST that %s is sent again after a broken connection only where that is safe', async (_what, how, requests) => {
    const { http } = await serve((request, response, count) => (count === 1 ? request.socket.destroy() : reply(response, 200)));
    const sent = http.send('POST', '/', { body: {}, ...how });
    if ('reads' in how || 'repeatable' in how) expect(await sent).toMatchObject({ status: 200 });
    else await expect(sent).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect(http.requests()).toEqual(requests);
    http.close();
  });

  it('says what it sends and what it takes, and sends bytes as they are', async () => {
    const seen: unknown[] = [];
    const { http } = await serve(async (request, response) => {
      const body = Buffer.concat((await request.toArray()) as Buffer[]);
      seen.push([request.headers.accept, request.headers['content-type'], request.headers['x-own'], [...body]]);
      reply(response, 200, 'plain');
    }, { headers: { 'X-Own': 'always' } });
    await http.send('PUT', '/json', { body: { a: 1 } });
    expect(await http.send('PUT', '/bytes', { bytes: Buffer.from([0, 255]), headers: { 'X-Own': 'this time' }, as: 'bytes' })).toEqual({ status: 200, body: Buffer.from('plain') });
    expect(seen).toEqual([['application/json', 'application/json', 'always', [...Buffer.from('{"a":1}')]], ['application/json', undefined, 'this time', [0, 255]]]);
    http.close();
  });

  it('that may have been carried out is sent again only when that is safe', async () => {
    const { http } = await serve((_request, response, count) => reply(response, count === 1 ? 503 : 200));
    expect(await http.send('POST', '/unsafe', { body: {} })).toMatchObject({ status: 503 });
    http.close();
    server?.close();
    const again = await serve((_request, response, count) => reply(response, count === 1 ? 503 : 200));
    expect(await again.http.send('PATCH', '/safe', { body: {} })).toMatchObject({ status: 200 });
    expect(again.http.requests()).toEqual({ reads: 0, writes: 2 });
    again.http.close();
  });

  it('gives the header that was asked for, and where a redirect leads', async () => {
    const { http } = await serve((_request, response) => reply(response, 307, '{}', { location: '/there', 'x-total': '7', 'x-other': '8' }));
    expect(await http.send('GET', '/', { header: 'x-total' })).toEqual({ status: 307, body: {}, header: '7', location: '/there' });
    expect(await http.send('GET', '/', { header: 'x-none' })).toEqual({ status: 307, body: {}, location: '/there' });
    expect(await http.send('GET', '/')).toEqual({ status: 307, body: {}, location: '/there' });
    http.close();
  });

  it('that is refused goes nowhere, and counts as none', async () => {
    const refusal = new Problem('TARGET_ONLY_LOOKED_AT', 'only looked at');
    const { http } = await serve((_request, response) => reply(response, 200), { refuses: (method, path) => (`${method} ${path}` === 'PUT /a' ? refusal : undefined) });
    await expect(http.send('PUT', '/a', { body: {} })).rejects.toBe(refusal);
    expect(http.requests()).toEqual({ reads: 0, writes: 0 });
    expect(await http.send('GET', '/a')).toMatchObject({ status: 200 });
    expect(http.requests()).toEqual({ reads: 1, writes: 0 });
    http.close();
  });

  it('goes with the login of the address', async () => {
    const seen: unknown[] = [];
    const { http: first, url } = await serve((request, response) => reply(response, 200, String(seen.push(request.headers.authorization))));
    first.close();
    for (const address of [url.replace('//', '//me:s3cret@'), url]) {
      const http = createHttp({ target: 'kong', url: address });
      await http.send('GET', '/');
      http.close();
    }
    expect(seen).toEqual([`Basic ${Buffer.from('me:s3cret').toString('base64')}`, undefined]);
  });

  it.each([
    ['are kept', {}, 1],
    ['are new each time where that is asked for', { freshConnections: true }, 3],
  ])('connections %s', async (_what, options, count) => {
    const ports = new Set<number | undefined>();
    const { http } = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      reply(response, 200);
    }, options);
    for (let sent = 0; sent < 3; sent += 1) await http.send('GET', '/');
    expect(ports.size).toBe(count);
    http.close();
  });

  it('that is too slow is not sent again, and may have a time of its own', async () => {
    const { http } = await serve(({ url }, response) => (url === '/slow' ? undefined : reply(response, 200)), { timeoutMs: 30_000 });
    await expect(http.send('GET', '/slow', { timeoutMs: 30 })).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', message: expect.stringContaining('timeout of 30ms exceeded') as string });
    expect(http.requests()).toEqual({ reads: 1, writes: 0 });
    http.close();
    server?.closeAllConnections();
  });

  it('is waited for no longer than the limit, whatever time of its own it has', async () => {
    const { http } = await serve(() => undefined, { limitMs: 20 });
    await expect(http.send('GET', '/', { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', message: expect.stringContaining('timeout of 20ms exceeded') as string });
    http.close();
  });

  it('to nobody is sent once', async () => {
    const { http, pauses } = await serve((_request, response) => reply(response, 200));
    await new Promise((settle) => server?.close(settle));
    await expect(http.send('GET', '/')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect([http.requests().reads, pauses]).toEqual([1, []]);
    http.close();
  });

  it('over a connection that breaks each time is given up after five tries', async () => {
    const { http, pauses } = await serve((request) => void request.socket.destroy());
    await expect(http.send('DELETE', '/')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect([http.requests().writes, pauses.length]).toEqual([5, 4]);
    http.close();
  });

  it.each([[502, 2], [504, 2], [500, 1], [200, 1]])('that is answered %i is sent %i times', async (status, times) => {
    const { http } = await serve((_request, response, count) => reply(response, count === 1 ? status : 200));
    await http.send('GET', '/');
    expect(http.requests().reads).toBe(times);
    http.close();
  });

  it('survives a connection that the server has closed', async () => {
    const { http } = await serve((request, response, count) => (count === 1 ? request.socket.destroy() : reply(response, 200)));
    expect(await http.send('GET', '/')).toMatchObject({ status: 200 });
    http.close();
  });

  it('is sent again when its answer breaks off in the middle', async () => {
    const { http } = await serve((request, response, count) => {
      if (count > 1) return reply(response, 200, '{"whole":true}');
      response.writeHead(200, { 'content-length': '100' }).write('{"who');
      setImmediate(() => request.socket.destroy());
    });
    expect(await http.send('GET', '/')).toEqual({ status: 200, body: { whole: true } });
    http.close();
  });

  it('goes below the path of the base URL, as it is, with its body in UTF-8', async () => {
    const seen: unknown[] = [];
    const { http: root, url } = await serve(async (request, response) => {
      const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
      seen.push([request.method, request.url, request.headers['content-length'], body]);
      reply(response, 200);
    });
    root.close();
    const http = createHttp({ target: 'kong', url: `${url}/admin/` });
    await http.send('PUT', '/services/a%2Fb', { body: { name: 'é' } });
    await http.send('POST', '/empty');
    expect(seen).toEqual([['PUT', '/admin/services/a%2Fb', '13', '{"name":"é"}'], ['POST', '/admin/empty', '0', '']]);
    http.close();
  });

  it('to something that is no URL is unreachable, without showing it', async () => {
    const http = createHttp({ target: 'kong', url: 'kong.example' });
    const message = 'kong did not answer at (not a URL): ERR_INVALID_URL';
    await expect(http.send('GET', '/')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', message });
    http.close();
  });

  it('without an answer makes the target unreachable, with no header in the problem', async () => {
    const { http, url } = await serve(() => undefined, { timeoutMs: 50, headers: { 'Kong-Admin-Token': 'very-secret' } });
    const problem: unknown = await http.send('GET', '/').catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({
      code: 'TARGET_UNREACHABLE',
      nature: 'unreachable',
      message: `kong did not answer at ${url}: timeout of 50ms exceeded`,
    });
    expect(JSON.stringify([problem, (problem as Error).cause, Object.entries((problem as Error).cause as object)])).not.toContain(
      'very-secret',
    );
    http.close();
    server?.closeAllConnections();
  });

  it('says what time it is at the server, to the second; an answer that says none changes nothing', async () => {
    const NOON = Date.UTC(2026, 10, 29, 12);
    const date = (milliseconds: number): Record<string, string> => ({ date: new Date(milliseconds).toUTCString() });
    let headers: Record<string, string> = {};
    const { http } = await serve(
      (_request, response) => {
        response.sendDate = false;
        reply(response, 200, '{}', headers);
      },
      { now: () => NOON },
    );
    const ahead = async (next: Record<string, string>): Promise<number | undefined> => {
      headers = next;
      await http.send('GET', '/');
      return http.ahead?.();
    };
    expect(await ahead({})).toBeUndefined();
    expect(await ahead(date(NOON + 900_000))).toBe(900_500);
    expect(await ahead({})).toBe(900_500);
    expect(await ahead({ date: 'soon' })).toBe(900_500);
    expect(await ahead(date(NOON - 900_000))).toBe(-899_500);
    expect(await Promise.all([await ahead(date(NOON)), await ahead(date(NOON - 2000)), await ahead(date(NOON + 1000))])).toEqual([0, 0, 0]);
    expect(await ahead(date(NOON - 3000))).toBe(-2500);
    http.close();
  });

  it('is not redirected, so that its token goes nowhere else', async () => {
    const { http } = await serve((_request, response) => reply(response, 302, '', { location: 'http://127.0.0.1:1/' }));
    expect(await http.send('GET', '/')).toMatchObject({ status: 302 });
    http.close();
  });
});

describe('an unwanted answer', () => {
  const context = { target: 'kong', url: 'http://user:pw@kong:8001', mask: masker([new Secret('s3cret-s3cret')]) } as const;
  it.each([
    [{ status: 401, body: {} }, 'KONG_FORBIDDEN', 'kong does not let this login list routes (401)'],
    [{ status: 503, body: {} }, 'TARGET_UNREACHABLE', 'kong did not answer at http://kong:8001: HTTP 503 while trying to list routes'],
    [{ status: 400, body: { message: 'bad\n s3cret-s3cret' } }, 'KONG_REFUSED', 'kong refused to list routes (400): bad [secret]'],
    [{ status: 500, body: '<html>' }, 'KONG_REFUSED', 'kong refused to list routes (500): <html>'],
  ])('%j is %s', (answer, code, message) => {
    expect(refused(context, 'list routes', answer)).toMatchObject({ code, message });
  });
  it.each([
    [{ status: 403, body: {} }, 'KONG_FORBIDDEN'],
    [{ status: 502, body: {} }, 'TARGET_UNREACHABLE'],
    [{ status: 504, body: {} }, 'TARGET_UNREACHABLE'],
    [{ status: 429, body: {} }, 'TARGET_UNREACHABLE'],
    [{ status: 404, body: null }, 'KONG_REFUSED'],
  ])('%j is %s', (answer, code) => {
    expect(refused(context, 'list routes', answer).code).toBe(code);
  });
  it.each([
    [{ message: 7 }, 'no message'],
    [null, 'no message'],
    [{ message: 'x'.repeat(700) }, 'x'.repeat(600)],
  ])('is quoted as far as it is words (%#)', (body, words) => {
    expect(refused(context, 'list routes', { status: 400, body }).message).toBe(`kong refused to list routes (400): ${words}`);
  });
  it('names the target in its code', () => {
    expect(refused({ ...context, target: 'opa' }, 'read', { status: 400, body: '' }).code).toBe('OPA_REFUSED');
  });
  it('shows a URL without its password', () => {
    expect(shownUrl('https://me:pw@kong.example/admin/')).toBe('https://kong.example/admin');
    expect(shownUrl('https://me@kong.example')).toBe('https://kong.example');
    expect(shownUrl('kong.example')).toBe('(not a URL)');
  });
  it('says where to look where a login is not enough', () => {
    expect(refused(context, 'read', { status: 403, body: {} }).hint).toContain('targets.kong');
  });
});
