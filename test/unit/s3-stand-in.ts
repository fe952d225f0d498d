import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The signature that AWS wants for a request, worked out anew: AWS documentation, "Create a signed AWS API request" (SigV4). */
const signatureOf = (request: IncomingMessage, secret: string): string | undefined => {
  const { authorization = '', 'x-amz-date': date = '', 'x-amz-content-sha256': hash = '' } = request.headers as Record<string, string>;
  const [, scope = '', names = ''] = /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\S+?), SignedHeaders=(\S+?), Signature=/.exec(authorization) ?? [];
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, path, query.split('&').toSorted().join('&'), headers.join(''), names, hash].join('\n');
  const [day = '', region = '', service = ''] = scope.split('/');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request');
  return names.includes('host') ? hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex') : undefined;
};

const error = (code: string): string => `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

/** What becomes of a request: it is answered; done whatever its condition says; done and never answered; the connection ends; that answer. */
export type Fate = 'pass' | 'unconditional' | 'lost' | 'reset' | readonly [status: number, code: string] | { readonly status: number; readonly body: string };
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: a page of what is directly below a prefix, `size` keys at a time. */
const listOf = (bucket: string, keys: readonly string[], query: URLSearchParams, size: number): string => {
  const [prefix, delimiter, after] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', query.get('continuation-token') ?? ''];
  const fitting = keys.filter((key) => key.startsWith(prefix) && key > after && (delimiter === '' || !key.slice(prefix.length).includes(delimiter))).toSorted();
  const page = fitting.slice(0, size);
  const more = fitting.length > size ? `<NextContinuationToken>${page.at(-1) ?? ''}</NextContinuationToken>` : '';
  const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${prefix}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${String(more !== '')}</IsTruncated>${more}${contents}</ListBucketResult>`;
};

/**
 * One bucket over http, that takes requests with a good SigV4 signature only, the body included. A write under a condition that does not hold is 412, and
 * 404 where what it would replace is gone (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 */
export const startS3 = async (keys: { readonly id: string; readonly secret: string }, { page = 1000, bucket = 'policies' } = {}) => {
  const objects = new Map<string, Buffer>();
  const log: string[] = [];
  const asked: Asked[] = [];
  const of: { decide: (asked: Asked) => Fate } = { decide: () => 'pass' };
  const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const one: Asked = { method: request.method ?? '', path, query: new URLSearchParams(query), headers: request.headers };
      log.push(`${one.method} ${path}`);
      asked.push(one);
      const { authorization = '', 'x-amz-content-sha256': hash, 'if-match': match, 'if-none-match': none } = request.headers;
      const fate = of.decide(one);
      const answer = (status: number, content: string | Buffer = '', headers: Readonly<Record<string, string>> = {}): void => {
        if (fate === 'lost') request.socket.destroy();
        else response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(content);
      };
      const object = objects.get(path);
      if (fate === 'reset') request.socket.destroy();
      else if (typeof fate === 'object' && 'status' in fate) answer(fate.status, fate.body, { 'content-type': 'text/html' });
      else if (typeof fate === 'object') answer(fate[0], error(fate[1]));
      else if (!authorization.includes(`Credential=${keys.id}/`)) answer(403, error('InvalidAccessKeyId'));
      else if (!authorization.endsWith(`Signature=${signatureOf(request, keys.secret) ?? ''}`)) answer(403, error('SignatureDoesNotMatch'));
      else if (hash !== sha256(body)) answer(400, error('XAmzContentSHA256Mismatch'));
      else if (path !== `/${bucket}` && !path.startsWith(`/${bucket}/`)) answer(404, error('NoSuchBucket'));
      else if (request.method === 'PUT') {
        if (fate !== 'unconditional' && match !== undefined && object === undefined) answer(404, error('NoSuchKey'));
        else if (fate !== 'unconditional' && ((none === '*' && object !== undefined) || (match !== undefined && object !== undefined && etagOf(object) !== match))) answer(412, error('PreconditionFailed'));
        else {
          objects.set(path, body);
          answer(200, '', { etag: etagOf(body) });
        }
      } else if (request.method === 'DELETE') {
        objects.delete(path);
        answer(204);
      } else if (one.query.get('list-type') === '2') {
        answer(200, listOf(bucket, [...objects.keys()].map((key) => key.slice(bucket.length + 2)), one.query, page));
      } else if (object) answer(200, object, { etag: etagOf(object) });
      else answer(404, error('NoSuchKey'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    objects,
    log,
    asked,
    /** From now on. */
    decide: (decide: (asked: Asked) => Fate): void => { of.decide = decide; },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => { resolve(); }));
    },
  };
};
