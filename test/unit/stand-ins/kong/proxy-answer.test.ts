import { describe, expect, it } from 'vitest';
import { errorAnswer, errorType, exitAnswer, nginxError } from '../../../../infra/stand-ins/src/kong/proxy/answer.ts';
import { headerList } from '../../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { isIgnored, nginxRefusal } from '../../../../infra/stand-ins/src/kong/proxy/limits.ts';

const request = { id: 'abc', accept: undefined, contentType: undefined };

describe('errors of the gateway', () => {
  it('takes the best of the types it knows from Accept', () => {
    expect(['text/html', 'text/html;q=0.5, application/xml', 'text/*', 'image/png', 'application/grpc', 'text/plain; q=0, */*;q=0.1',
      undefined, 'nonsense']
      .map(errorType)).toEqual([
      'text/html; charset=utf-8', 'application/xml; charset=utf-8', 'text/plain; charset=utf-8', 'application/json; charset=utf-8', '',
      'application/json; charset=utf-8', 'application/json; charset=utf-8', 'application/json; charset=utf-8',
    ]);
  });

  it('writes its own errors as JSON, and those of nginx as text, when nobody asked for a type', () => {
    expect(errorAnswer(request, 404, 'no Route matched with those values')).toEqual({
      status: 404, source: 'exit', headers: [['Content-Type', 'application/json; charset=utf-8']],
      body: '{\n  "message":"no Route matched with those values",\n  "request_id":"abc"\n}',
    });
    expect(nginxError(request, 494)).toEqual({
      status: 400, source: 'error', headers: [['Content-Type', 'text/plain; charset=utf-8']],
        body: 'Request header or cookie too large\nrequest_id: abc\n',
    });
  });

  it('keeps the type a plugin gave to its JSON', () => {
    expect(exitAnswer(403, { message: 'a/b' }, [['content-type', 'application/problem+json']])).toEqual({
      status: 403, source: 'exit', headers: [['content-type', 'application/problem+json']], body: '{"message":"a/b"}',
    });
  });
});

describe('what nginx refuses before Kong', () => {
  const check = (fields: (readonly [string, string])[], path = '/', method = 'GET', version = '1.1'): number | undefined =>
    nginxRefusal(method, path, path, headerList([['Host', 'a'], ...fields]), version);

  it('refuses a field twice that may stand once', () => {
    expect([
      check([['Authorization', 'a'], ['authorization', 'a']]), check([['Host', 'b']]), check([['X-A', '1'], ['X-A', '2']]),
      check([['Cookie', 'a=1'], ['Cookie', 'b=2']]),
    ]).toEqual([400, 400, undefined, undefined]);
  });

  it('refuses a line over 8 KiB, a fifth large buffer, and a long request line', () => {
    const line = (size: number): readonly [string, string] => ['A', 'x'.repeat(size)];
    expect([check([line(8150)]), check([line(8300)]), check([1, 2, 3, 4].map(() => line(8100))),
      check([1, 2, 3, 4, 5].map(() => line(8100)))])
      .toEqual([undefined, 494, undefined, 494]);
    expect(check([], `/${'a'.repeat(8300)}`)).toBe(414);
  });

  it('wants a host in HTTP/1.1 only, and no TRACE', () => {
    expect(nginxRefusal('GET', '/', '/', headerList(), '1.1')).toBe(400);
    expect(nginxRefusal('GET', '/', '/', headerList(), '1.0')).toBeUndefined();
    expect([check([], '/', 'TRACE'), check([], '/', 'CONNECT')]).toEqual([405, 405]);
  });

  it('refuses HTTP/2 in the clear, chunks in HTTP/1.0, and a host with an empty label', () => {
    const chunked = [['Transfer-Encoding', 'chunked']] as const;
    expect([check([], '/', 'GET', '2.0'), check([...chunked], '/', 'POST', '1.0'), check([...chunked], '/', 'POST')])
      .toEqual([505, 400, undefined]);
    expect(nginxRefusal('GET', '/', '/', headerList([['Host', 'a..b']]), '1.1')).toBe(400);
  });

  // Measured on Debian's nginx 1.22.
  it('knows one transfer coding, and takes no list of them', () => {
    const coded = (...codings: readonly string[]) => check(codings.map((coding) => ['Transfer-Encoding', coding] as const), '/', 'POST');
    expect([coded('chunked'), coded('Chunked'), coded('gzip, chunked'), coded('chunked, chunked'), coded('identity'), coded(''), coded('chunked', 'chunked')]).toEqual([undefined, undefined, 501, 501, 501, 501, 400]);
  });

  it('drops names with other characters, and keeps underscores', () => {
    expect(['X.A', 'X_A', 'X-A', 'X!'].map(isIgnored)).toEqual([true, false, false, true]);
  });
});
