import { randomBytes } from 'node:crypto';
import type { Recorder } from 'authctl-stand-ins';
import { json } from 'node:stream/consumers';
import { invokedBy, isInvocation } from './invocation.ts';
import { listenLocally } from './listen.ts';
import type { LocalServer } from './listen.ts';

/**
 * A small service that answers every request with what it saw of it, and remembers it: its own recorder (`GET /__authctl/calls`).
 * It is a Lambda function, too: asked by an event it answers the request that this tells of.
 */
export const startUpstream = async (
  { service, port, limit = {} }: {
    readonly service: string;
    readonly port: number;
    readonly limit?: { readonly calls?: number; readonly size?: number };
  },
): Promise<LocalServer> => {
  const { createRecorder } = await import('authctl-stand-ins');
  const recorder = createRecorder({ service, ...limit });
  const canary = randomBytes(9).toString('base64url');
  return listenLocally(port, (request, response) => {
    if (isInvocation(request)) {
      void json(request).catch(() => undefined).then((event) => {
        const { request: told, answer } = invokedBy(event);
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer({ ...echoOf(recorder.record(told)), service, canary })));
      });
      return;
    }
    request.resume();
    const told = recorder.answer(request);
    const body = told ?? { ...echoOf(recorder.record(request)), service, canary };
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
  });
};

const echoOf = ({ method, path, headers, check }: ReturnType<Recorder['record']>): object => ({
  method,
  path,
  headers: Object.keys(headers).toSorted(),
  check,
});
