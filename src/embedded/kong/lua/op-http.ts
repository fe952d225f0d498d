import { Agent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { pairsOf } from '../proxy/headers.ts';
import type { LuaKey, LuaValue } from './machine.ts';
import { numberArg, stringsOf, textArg } from './values.ts';

/** Sends what a plugin asks for by `resty.http`; the results are status, flat headers, body and reason, or nil and a message. */
export interface HttpOp {
  readonly send: (params: LuaValue) => Promise<readonly LuaValue[]>;
  readonly close: () => void;
}

const agent = 'lua-resty-http/0.17.2 (Lua) ngx_lua/10026';

const failure = (error: NodeJS.ErrnoException, host: string): string => {
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `${host} could not be resolved (3: Host not found)`;
  if (error.code === 'TIMEOUT') return 'timeout';
  if (error.code === 'ECONNRESET') return 'closed';
  return error.message;
};

const headersFor = (given: LuaValue, url: URL, body: Buffer | undefined): string[] => {
  const flat = Array.isArray(given) ? (given as LuaValue[]) : [];
  const headers: string[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) for (const value of stringsOf(flat[at + 1])) headers.push(textArg(flat[at]), value);
  const has = (name: string): boolean => headers.some((text, at) => at % 2 === 0 && text.toLowerCase() === name);
  if (!has('host')) headers.push('Host', url.host);
  if (!has('user-agent')) headers.push('User-Agent', agent);
  if (body !== undefined && !has('content-length') && !has('transfer-encoding')) headers.push('Content-Length', String(body.length));
  return headers;
};

export const httpOp = (): HttpOp => {
  const plain = new Agent({ keepAlive: true });
  const secure = new SecureAgent({ keepAlive: true });
  const attempt = (params: ReadonlyMap<LuaKey, LuaValue>, url: URL): Promise<readonly LuaValue[]> => new Promise((resolve) => {
    const body = typeof params.get('body') === 'string' ? Buffer.from(textArg(params.get('body')), 'latin1') : undefined;
    const isSecure = url.protocol === 'https:';
    const name = params.get('name');
    const options: RequestOptions = {
      host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
      method: textArg(params.get('method')), path: url.pathname + url.search, setHost: false,
      headers: headersFor(params.get('headers'), url, body), agent: isSecure ? secure : plain,
      ...(isSecure ? { rejectUnauthorized: params.get('verify') !== false, ...(typeof name === 'string' ? { servername: name } : {}) }
        : {}),
    };
    const outgoing = (isSecure ? httpsRequest : httpRequest)(options);
    const stop = (): void => { outgoing.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })); };
    const connecting = setTimeout(stop, numberArg(params.get('connect'), 60_000));
    const connected = (): void => { clearTimeout(connecting); };
    outgoing.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    outgoing.setTimeout(numberArg(params.get('read'), 60_000), stop);
    const failed = (error: NodeJS.ErrnoException): void => { connected(); resolve([undefined, failure(error, url.hostname)]); };
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the other side has closed in the meantime says nothing about the request.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') attempt(params, url).then(resolve, failed);
      else failed(error);
    });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.on('error', failed);
      response.on('end', () => {
        resolve([response.statusCode ?? 0, pairsOf(response.rawHeaders).flat(), Buffer.concat(chunks).toString('latin1'),
          response.statusMessage ?? '']);
      });
    });
    outgoing.end(body);
  });
  return {
    send: async (params) => {
      if (!(params instanceof Map)) return [undefined, 'no parameters'];
      const known = params as ReadonlyMap<LuaKey, LuaValue>;
      const text = textArg(known.get('url'));
      if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return [undefined, `bad uri: ${text}`];
      try {
        return await attempt(known, new URL(text));
      } catch (error) {
        return [undefined, error instanceof Error ? error.message : String(error)];
      }
    },
    close: () => { plain.destroy(); secure.destroy(); },
  };
};
