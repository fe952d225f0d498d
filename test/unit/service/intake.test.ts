import { describe, expect, it } from 'vitest';
import { fromNode, fromWeb } from '../../../src/service/index.ts';
import type { ServiceRequest, VerifierOptions } from '../../../src/service/index.ts';
import { aRequest, aVerifier, bearing, mint } from './support/tokens.ts';

const token = mint();
const judge = async (request: ServiceRequest, options: Partial<VerifierOptions> = {}): Promise<string> => {
  const answer = await aVerifier(options).verify(request);
  return answer.ok ? `ok by ${answer.source}` : `${String(answer.status)} ${answer.reason}`;
};

describe('the one place of a token', () => {
  it.each([
    ['PRE-01 not the query', aRequest({}, { target: `/orders?access_token=${token}` }), '401 the token is in the query or the form'],
    [
      'PRE-01 not the query, in disguise',
      aRequest({}, { target: `/orders?a=1&%4aWT[]=${token}` }),
      '401 the token is in the query or the form',
    ],
    ['PRE-02 not the form', aRequest({}, { formNames: ['access_token'] }), '401 the token is in the query or the form'],
    ['PRE-03 not header and query', { ...bearing(token), target: `/?jwt=${token}` }, '400 a second token in the query or the form'],
    ['PRE-03 not header and form', { ...bearing(token), formNames: ['Access_Token'] }, '400 a second token in the query or the form'],
    ['PRE-03 not header and cookie', bearing(token, { cookie: `sid=${token}` }), '400 a token in the header and in the cookie'],
    ['PRE-04 not two headers', aRequest({ authorization: [`Bearer ${token}`, 'Bearer x'] }), '400 two Authorization headers'],
    ['PRE-04 not two in one header', bearing(`${token}, Bearer ${token}`), '401 structure'],
    ['PRE-05 not another header', aRequest({ 'x-authorization': `Bearer ${token}` }), '401 no token'],
    ['not another scheme', aRequest({ authorization: `Basic ${token}` }), '401 no token'],
    ['STR-02 an empty header is a token that does not hold', aRequest({ authorization: 'Bearer' }), '401 structure'],
    ['any spelling of the scheme', aRequest({ authorization: `  bEARER   ${token} ` }), 'ok by header'],
    ['the cookie', aRequest({ cookie: `a=b; sid=${token}; c` }), 'ok by cookie'],
    ['COO-03 not another cookie', aRequest({ cookie: `SID=${token}; xsid=${token}` }), '401 no token'],
    ['not two cookies', aRequest({ cookie: [`sid=${token}`, `sid=${token}`] }), '400 two cookies of that name'],
    ['not an empty cookie', aRequest({ cookie: 'sid=' }), '401 no token'],
  ])('is %s', async (_name, request, expected) => {
    expect(await judge(request, { cookie: 'sid' })).toBe(expected);
  });
  it('is not the header when only the cookie is declared', async () => {
    expect(await judge(bearing(token), { header: false, cookie: 'sid' })).toBe('401 no token');
    expect(await judge(bearing(token, { cookie: `sid=${token}` }), { header: false, cookie: 'sid' })).toMatch(/^400/);
  });
  it('is found in linear time, whatever the blanks', async () => {
    const blanks = ' '.repeat(200_000);
    // A search that goes back for every blank would take days for this.
    const judgement = await judge(aRequest({ authorization: `Bearer${blanks}a${blanks}b`, cookie: `sid${blanks}x${blanks}=${blanks}y${blanks}z` }), {
      cookie: 'sid',
    });
    expect(judgement).toMatch(/^4/);
  });
});

describe('COO-05: a token from a cookie on an unsafe method', () => {
  const options = { cookie: 'sid', allowedOrigins: ['https://Shop.example:443'] };
  const post = (headers: Readonly<Record<string, string | readonly string[]>>, rest: Partial<ServiceRequest> = {}): Promise<string> =>
    judge(aRequest({ cookie: `sid=${token}`, ...headers }, { method: 'POST', ...rest }), options);
  it.each([
    ['its own origin', { origin: 'https://api.example' }, 'ok by cookie'],
    ['its own origin with the default port', { origin: 'https://API.example:443' }, 'ok by cookie'],
    ['an allowed origin', { origin: 'https://shop.example' }, 'ok by cookie'],
    ['the referer of an allowed origin', { referer: 'https://shop.example/cart?x=1' }, 'ok by cookie'],
    ['a foreign origin', { origin: 'https://evil.example' }, '403 cross-site: Origin is not allowed'],
    ['an origin that only begins like it', { origin: 'https://shop.example.evil.example' }, '403 cross-site: Origin is not allowed'],
    ['its own host by http', { origin: 'http://api.example' }, '403 cross-site: Origin is not allowed'],
    ['the null origin', { origin: 'null' }, '403 cross-site: Origin is not allowed'],
    ['two origins', { origin: ['https://api.example', 'https://api.example'] }, '403 cross-site: Origin is not allowed'],
    [
      'a cross-site fetch',
      { origin: 'https://api.example', 'sec-fetch-site': 'cross-site' },
      '403 cross-site: Sec-Fetch-Site is cross-site',
    ],
    [
      'COO-06 a simple content type',
      { 'content-type': 'text/plain', 'x-requested-with': 'x' },
      '403 cross-site: a simple content type without Origin',
    ],
    ['the custom header', { 'x-requested-with': 'fetch' }, 'ok by cookie'],
    ['a same-origin fetch', { 'sec-fetch-site': 'same-origin' }, 'ok by cookie'],
    ['a same-site fetch', { 'sec-fetch-site': 'same-site' }, '403 cross-site: neither Origin nor the custom header'],
    ['nothing', {}, '403 cross-site: neither Origin nor the custom header'],
  ])('with %s', async (_name, headers, expected) => {
    expect(await post(headers)).toBe(expected);
  });
  it('counts an upgrade as unsafe, and leaves a header token alone', async () => {
    expect(await post({ upgrade: 'websocket', origin: 'https://evil.example' }, { method: 'GET' })).toMatch(/^403/);
    expect(await post({ origin: 'https://evil.example' }, { method: 'GET' })).toBe('ok by cookie');
    expect(await judge({ ...bearing(token, { origin: 'https://evil.example' }), method: 'POST' }, options)).toBe('ok by header');
  });
});

describe('reading a request', () => {
  it('sees every line of a Node request, the mounted path, and the form', () => {
    const request = fromNode({
      method: 'POST',
      url: '/7',
      originalUrl: '/orders/7',
      rawHeaders: ['Authorization', 'a', 'AUTHORIZATION', 'b', ':authority', 'api.example'],
      socket: { remoteAddress: '10.0.0.1', encrypted: true },
      body: { jwt: 'x' },
    });
    expect(request).toEqual({
      method: 'POST',
      target: '/orders/7',
      scheme: 'https',
      headers: new Map([
        ['authorization', ['a', 'b']],
        [':authority', ['api.example']],
        ['host', ['api.example']],
      ]),
      clientIp: '10.0.0.1',
      formNames: ['jwt'],
    });
  });
  it('keeps the path of a Fetch request as it was sent', () => {
    const request = new Request('https://api.example/a%2Fb?x=%31#y', { headers: { authorization: 'a' } });
    expect(fromWeb(request, '10.0.0.1')).toEqual({
      method: 'GET',
      target: '/a%2Fb?x=%31',
      scheme: 'https',
      headers: new Map([['authorization', ['a']]]),
      clientIp: '10.0.0.1',
    });
  });
});
