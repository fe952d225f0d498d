import { expect, it } from 'vitest';
import { gotThrough, isRefusalOfUpstream, statusText, wantsOtherProtocol } from '../../../src/checks/kit/through.ts';

const call = { method: 'GET', path: '/orders/42', headers: {} };
const kong = { 'via': '1.1 kong/3.9.1', 'x-kong-upstream-latency': '3' };
const ofKong = { 'server': 'kong/3.9.1', 'x-kong-response-latency': '1' };
const aws = { 'apigw-requestid': 'abc=' };
const noRoute = '{"message":"no Route matched with those values"}';
const unknown = '{"error":"no such order"}';

it.each([
  ['a 2xx', { status: 204, headers: {}, body: '' }, true],
  ['a 404 that the recorder knows of', { status: 404, headers: {}, body: unknown, upstream: [call] }, true],
  ['a 404 that the recorder knows nothing of', { status: 404, headers: kong, body: unknown, upstream: [] }, false],
  ['a 404 that Kong passed on', { status: 404, headers: kong, body: unknown }, true],
  ['one that it passed on and says so by Via alone', { status: 404, headers: { via: '1.1 varnish, 1.1 kong/3.9.1' }, body: unknown }, true],
  ['a 404 of Kong itself', { status: 404, headers: ofKong, body: noRoute }, false],
  ['a 404 of which nothing is said', { status: 404, headers: { via: '1.1 varnish' }, body: unknown }, false],
  ['a 400 that API Gateway passed on', { status: 400, headers: aws, body: '{"message":"Bad Request","field":"item"}' }, true],
  ['a 422 in no JSON that it passed on', { status: 422, headers: aws, body: 'item is missing' }, true],
  ['a 404 of API Gateway itself', { status: 404, headers: aws, body: '{"message":"Not Found"}' }, false],
  ['one to a HEAD, of which it says nothing', { status: 404, headers: aws, body: '' }, false],
  ['a 409 of the service', { status: 409, headers: kong, body: '' }, true],
  ['a 401 of the service', { status: 401, headers: kong, body: '', upstream: [call] }, false],
  ['a 403 of the service', { status: 403, headers: kong, body: '' }, false],
  ['a 405 of the service', { status: 405, headers: kong, body: '' }, false],
  ['a 500 of the service', { status: 500, headers: kong, body: '', upstream: [call] }, false],
  ['a 302', { status: 302, headers: kong, body: '' }, false],
  ['no answer', { status: 0, headers: {}, body: '' }, false],
] as const)('%s: through is %3$s', (_what, answer, through) => {
  expect(gotThrough(answer)).toBe(through);
});

it.each([
  ['a 401 that Kong passed on', { status: 401, headers: kong, body: '' }, true],
  ['a 401 of Kong itself', { status: 401, headers: ofKong, body: '' }, false],
  ['a 401 of Kong itself that another Kong before it passed on', { status: 401, headers: { ...ofKong, ...kong }, body: '' }, false],
  ['a 401 that API Gateway passed on', { status: 401, headers: aws, body: '{"error":"no"}' }, true],
  ['a 401 of API Gateway itself', { status: 401, headers: aws, body: '{"message":"Unauthorized"}' }, false],
  ['a 401 of which a recorder knows', { status: 401, headers: kong, body: '', upstream: [] }, false],
  ['a 200', { status: 200, headers: kong, body: '' }, false],
] as const)('%s: the refusal of an upstream is %3$s', (_what, answer, expected) => {
  expect(isRefusalOfUpstream(answer)).toBe(expected);
});

it('says whose a refusal is, as far as it is known', () => {
  const texts = [
    { status: 403, headers: kong, body: '' },
    { status: 401, headers: ofKong, body: '' },
    { status: 404, headers: {}, body: '' },
    { status: 404, headers: {}, body: '', upstream: [] },
    { status: 204, headers: kong, body: '' },
    { status: 503, headers: kong, body: '' },
    { status: 503, headers: kong, body: '', upstream: [call] },
  ].map(statusText);
  expect(texts).toEqual(['403 from the service itself', '401', "404, and nothing says that it is the service's", '404', '204', '503', '503 from the service itself']);
});

it.each([
  ['Kong wants gRPC', { status: 415, headers: ofKong, body: '{"message":"Non-gRPC request matched gRPC route"}' }, 'gRPC'],
  ['Kong wants HTTP/2', { status: 426, headers: ofKong, body: '{"message":"Please use HTTP2 protocol"}' }, 'gRPC'],
  ['Kong wants TLS', { status: 426, headers: ofKong, body: '{"message":"Please use HTTPS protocol"}' }, 'https'],
  ['a service refuses a form', { status: 415, headers: ofKong, body: '{"message":"Unsupported Media Type"}' }, undefined],
  ['a service says what Kong says, and Kong passed it on', { status: 426, headers: kong, body: '{"message":"Please use HTTPS protocol"}' }, undefined],
  ['a recorder saw the request', { status: 426, headers: ofKong, body: '{"message":"Please use HTTPS protocol"}', upstream: [call] }, undefined],
  ['a refusal', { status: 401, headers: ofKong, body: '{"message":"Please use HTTPS protocol"}' }, undefined],
] as const)('%s: a refusal is told from a protocol that was not spoken', (_what, answer, takes) => {
  expect(wantsOtherProtocol(answer)).toEqual(takes && expect.stringContaining(`it takes ${takes} alone`));
});
