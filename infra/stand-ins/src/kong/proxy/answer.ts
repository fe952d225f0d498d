import { STATUS_CODES } from 'node:http';
import { bytes } from './text.ts';

/**
 * An answer the gateway makes itself. `body` is a byte string. `source` is what `kong.response.get_source` tells: "exit" from a plugin or
 * Kong, "error" from nginx or a crash.
 */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly body: string | undefined;
  readonly source: 'exit' | 'error';
  /** Its body is of `exit`'s own writing: it was given a table, and no content type. */
  readonly table?: true;
}

const messages: Readonly<Record<number, string>> = {
  400: 'Bad request', 401: 'Unauthorized', 402: 'Payment required', 403: 'Forbidden', 404: 'Not found', 405: 'Method not allowed',
  406: 'Not acceptable', 407: 'Proxy authentication required', 408: 'Request timeout', 409: 'Conflict', 410: 'Gone', 411: 'Length required',
  412: 'Precondition failed', 413: 'Payload too large', 414: 'URI too long', 415: 'Unsupported media type', 416: 'Range not satisfiable',
  417: 'Expectation failed', 418: "I'm a teapot", 421: 'Misdirected request', 422: 'Unprocessable entity', 423: 'Locked',
  424: 'Failed dependency', 425: 'Too early', 426: 'Upgrade required', 428: 'Precondition required', 429: 'Too many requests',
  431: 'Request header fields too large', 451: 'Unavailable for legal reasons', 494: 'Request header or cookie too large',
  500: 'An unexpected error occurred', 501: 'Not implemented', 502: 'An invalid response was received from the upstream server',
  503: 'The upstream server is currently unavailable', 504: 'The upstream server is timing out', 505: 'HTTP version not supported',
  506: 'Variant also negotiates', 507: 'Insufficient storage', 508: 'Loop detected', 510: 'Not extended',
  511: 'Network authentication required',
};
const messageOf = (status: number): string => messages[status] ?? `The upstream server responded with ${status}`;

const json = 'application/json; charset=utf-8';
const plain = 'text/plain; charset=utf-8';
const html = 'text/html; charset=utf-8';
const xml = 'application/xml; charset=utf-8';
const mimeTypes: Readonly<Record<string, string>> = {
  'application/grpc': '', 'text/html': html, 'application/json': json, 'text/plain': plain, 'application/xml': xml,
  'application/*': json, 'text/*': plain, '*/*': json,
};
const templates: Readonly<Record<string, (message: string, id: string) => string>> = {
  '': () => '',
  [json]: (message, id) => `{\n  "message":"${message}",\n  "request_id":"${id}"\n}`,
  [plain]: (message, id) => `${message}\nrequest_id: ${id}\n`,
  [xml]: (message, id) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${message}</message>\n  <requestid>${id}</requestid>\n</error>\n`,
  [html]: (message, id) => `<!doctype html>
<html>
  <head>
    <meta charset="utf-8">
    <title>Error</title>
  </head>
  <body>
    <h1>Error</h1>
    <p>${message}.</p>
    <p>request_id: ${id}</p>
  </body>
</html>
`,
};

const accepted = /^((?:[a-z0-9][a-z0-9\-!#$&^_+.]+|\*)\/(?:[a-z0-9][a-z0-9\-!#$&^_+.]+|\*))(?:\s*;\s*q=(1(?:\.0{0,3}|)|0(?:\.\d{0,3}|))|\s*;\s*[a-z0-9][a-z0-9\-!#$&^_+.]+(?:=[^;]*|))*/i;

/**
 * The media type Kong writes its own errors in for an Accept header: the best known one, JSON otherwise; '' for gRPC. (kong/tools/http.lua)
 */
export const errorType = (accept: string | undefined): string => {
  let best = 0;
  let type = json;
  for (const part of (accept ?? '').split(',')) {
    const found = accepted.exec(part.trim());
    if (found === null) continue;
    const quality = found[2] === undefined ? 1 : Number(found[2]);
    if (quality > best) {
      best = quality;
      type = mimeTypes[found[1] ?? ''] ?? json;
    }
  }
  return type;
};

type Headers = Answer['headers'];

/** JSON as Kong's cjson writes it: "/" plain, DEL escaped. */
export const jsonBytes = (value: unknown): string => bytes(JSON.stringify(value)).replaceAll('\u007f', '\\u007f');

/** `kong.response.exit`: a table is sent as JSON, a string as it is, nothing as an empty body. */
export const exitAnswer = (status: number, body?: string | object, headers: Headers = []): Answer => {
  if (body === undefined) return { status, headers, body: '', source: 'exit' };
  if (typeof body === 'string') return { status, headers, body, source: 'exit' };
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return { status, headers: typed ? headers : [...headers, ['Content-Type', json]], body: jsonBytes(body), source: 'exit', ...(!typed && { table: true }) };
};

/** `kong.response.error`: the message in the form the Accept header asks for, with the request's id. */
export const errorAnswer = (
  request: { readonly id: string; readonly accept: string | undefined }, status: number, message?: string, headers: Headers = [],
): Answer => {
  const type = errorType(request.accept);
  const body = templates[type]?.(message ?? messageOf(status), request.id) ?? '';
  return { status, headers: [...headers, ['Content-Type', type]], body, source: 'exit' };
};

const caught = new Set([400, 404, 405, 408, 411, 412, 413, 414, 417, 494, 500, 502, 503, 504]);
const nginxTitles: Readonly<Record<number, string>> = { 401: 'Authorization Required', 416: 'Requested Range Not Satisfiable' };

const nginxReasons: Readonly<Record<number, string>> = {
  302: 'Moved Temporarily', 405: 'Not Allowed', 408: 'Request Time-out', 413: 'Request Entity Too Large', 414: 'Request-URI Too Large',
  416: 'Requested Range Not Satisfiable', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out',
};
const unnamed = new Set([203, 205, 207, 300, 305, 407, 417, 418, 422, 423, 424, 425, 426, 428, 431, 451, 506, 508, 510, 511]);

/** What nginx writes behind a status of its own making; nothing for those it has no words for. */
export const reasonOf = (status: number): string => (unnamed.has(status) ? '' : nginxReasons[status] ?? STATUS_CODES[status] ?? '');

/** nginx's own page, for the errors that Kong leaves to it. */
const nginxPage = (status: number): string => {
  const title = `${status} ${nginxTitles[status] ?? STATUS_CODES[status] ?? ''}`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
};

/**
 * What Kong makes of an error nginx found (400, 494, 502, 504, ...): without Accept it goes by Content-Type, and by
 * text/plain last. (kong/error_handlers.lua)
 */
export const nginxError = (
  request: { readonly id: string; readonly accept: string | undefined; readonly contentType: string | undefined }, status: number,
): Answer => {
  if (!caught.has(status)) {
    return { status, headers: [['Content-Type', 'text/html; charset=UTF-8']], body: nginxPage(status), source: 'error' };
  }
  const accept = request.accept ?? request.contentType ?? 'text/plain';
  const sent = status === 494 ? 400 : status;
  if (accept.startsWith('application/grpc')) return { ...exitAnswer(sent, { message: messageOf(status) }), source: 'error' };
  const type = errorType(accept);
  return { status: sent, headers: [['Content-Type', type]], body: templates[type]?.(messageOf(status), request.id) ?? '', source: 'error' };
};
