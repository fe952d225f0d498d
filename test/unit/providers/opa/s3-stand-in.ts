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

/** A bucket over http that takes requests with a good SigV4 signature only, the body included. */
export const startS3 = async (keys: { readonly id: string; readonly secret: string }) => {
  const objects = new Map<string, Buffer>();
  const log: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const path = (request.url ?? '').split('?')[0] ?? '';
      log.push(`${request.method ?? ''} ${path}`);
      const { authorization = '', 'x-amz-content-sha256': hash } = request.headers;
      const answer = (status: number, content: string | Buffer = ''): void => void response.writeHead(status, { 'content-type': 'application/xml' }).end(content);
      if (!authorization.includes(`Credential=${keys.id}/`)) answer(403, error('InvalidAccessKeyId'));
      else if (!authorization.endsWith(`Signature=${signatureOf(request, keys.secret) ?? ''}`)) answer(403, error('SignatureDoesNotMatch'));
      else if (hash !== sha256(body)) answer(400, error('XAmzContentSHA256Mismatch'));
      else if (!path.startsWith('/policies/')) answer(404, error('NoSuchBucket'));
      else if (request.method === 'PUT') {
        objects.set(path, body);
        answer(200);
      } else if (request.method === 'DELETE') {
        objects.delete(path);
        answer(204);
      } else {
        const object = objects.get(path);
        answer(object ? 200 : 404, object ?? error('NoSuchKey'));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    objects,
    log,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => { resolve(); }));
    },
  };
};
