import type { HeaderList } from './headers.ts';
import { isBadPath } from './path.ts';

const unique = new Set([
  'host', 'if-modified-since', 'if-unmodified-since', 'if-match', 'if-none-match', 'content-length', 'content-range', 'if-range',
  'transfer-encoding', 'expect', 'authorization',
]);
/** nginx's `large_client_header_buffers 4 8k`: a line, with its CR LF, has to fit one buffer. */
const buffer = 8192;
const buffers = 4;

/**
 * What nginx refuses before Kong sees the request: the status it finds (494 stands for "header too large"), or undefined. Header fields
 * with characters other than letters, digits, "-" and "_" in their name are not refused: nginx drops them, see `isIgnored`. How long they are is looked at
 * before by HTTP/2.
 */
export const nginxRefusal = (
  method: string, target: string, path: string, headers: HeaderList, httpVersion: string,
): number | undefined => {
  const byTwo = httpVersion === '2';
  const requestLine = method.length + target.length + ' '.length * 2 + 'HTTP/1.1\r\n'.length;
  if (!byTwo && requestLine > buffer) return 414;
  // A request line that says so, which none of HTTP/2 has.
  if (!byTwo && Number(httpVersion) >= 2) return 505;
  if (isBadLine(method, path, httpVersion)) return 400;
  let used = requestLine;
  let taken = requestLine > 1024 ? 1 : 0;
  const seen = new Set<string>();
  for (const [name, value] of headers.entries()) {
    const line = name.length + value.length + ': \r\n'.length;
    if (!byTwo && line > buffer) return 494;
    used += line;
    if (used > (taken === 0 ? 1024 : buffer)) {
      taken += 1;
      used = line;
      if (!byTwo && taken > buffers) return 494;
    }
    const lower = name.toLowerCase();
    if (unique.has(lower) && seen.has(lower)) return 400;
    seen.add(lower);
  }
  if (httpVersion === '1.0' && headers.has('transfer-encoding')) return 400;
  if (method === 'TRACE' || method === 'CONNECT') return 405;
  const host = headers.get('host');
  if (host === undefined) return httpVersion === '1.0' ? undefined : 400;
  if (/[\s/\\\0]|\.\.|^$/.test(host)) return 400;
  // It knows one coding, and no list of them; Node takes each that ends in "chunked".
  const coding = headers.get('transfer-encoding');
  return coding === undefined || coding.toLowerCase() === 'chunked' ? undefined : 501;
};

/** What nginx refuses before it reads a header field, so that none says in what form. Methods of HTTP/1.1 are for Node's parser. (ngx_http_v2_parse_method) */
export const isBadLine = (method: string, path: string, httpVersion: string): boolean => isBadPath(path) || (httpVersion === '2' && !/^[A-Z_-]+$/.test(method));

/** Whether nginx leaves this header field out of the request. */
export const isIgnored = (name: string): boolean => !/^[A-Za-z0-9\-_]+$/.test(name);
