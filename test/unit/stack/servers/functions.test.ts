import { expect, it, onTestFinished } from 'vitest';
import { startUpstream } from '../../../../src/stack/servers/upstream.ts';

const invoke = async (event: unknown) => {
  const { url, close } = await startUpstream({ service: 'orders', port: 0 });
  onTestFinished(close);
  const answer = await fetch(`${url}/2015-03-31/functions/orders/invocations?Qualifier=live`, { method: 'POST', body: JSON.stringify(event) });
  const { calls } = (await (await fetch(`${url}/__authctl/calls?check=c1`)).json()) as { calls: readonly { readonly method: string; readonly path: string; readonly headers: object }[] };
  return { answer: (await answer.json()) as Record<string, unknown>, calls };
};

it('a recording upstream is a function, too: it records the request that an event of the form 2.0 tells of', async () => {
  const { answer, calls } = await invoke({
    version: '2.0', rawPath: '/orders/7', rawQueryString: 'a=1', cookies: ['k=v'], headers: { 'x-authctl-check': 'c1', 'x-one': 'a' }, requestContext: { http: { method: 'PUT' } },
  });
  expect(calls).toMatchObject([{ method: 'PUT', path: '/orders/7?a=1', headers: { 'x-one': 'a' } }]);
  expect(calls[0]?.headers).toHaveProperty('cookie');
  expect(answer).toMatchObject({ service: 'orders', method: 'PUT', path: '/orders/7?a=1', check: 'c1' });
});

it('and of the form 1.0, which it answers with a status', async () => {
  const { answer, calls } = await invoke({
    version: '1.0', path: '/orders', httpMethod: 'GET', multiValueHeaders: { 'x-authctl-check': ['c1'], 'x-one': ['a', 'b'] }, multiValueQueryStringParameters: { a: ['1', '2'] },
  });
  expect(calls).toMatchObject([{ method: 'GET', path: '/orders?a=1&a=2', headers: { 'x-one': 'a, b' } }]);
  expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
});
