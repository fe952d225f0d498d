/** What a verifier and a guard need to know about a request, whatever the framework. */
export interface ServiceRequest {
  /** As sent, in capitals. */
  readonly method: string;
  /** Path and query exactly as the client sent them (`/orders/7?full=1`), before any router changed them. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  /** Lower-case name to every value in order; a header that came twice has two. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly clientIp?: string | undefined;
  /** The certificate that the client has shown in the handshake of this connection (DER). */
  readonly certificate?: Uint8Array | undefined;
  /** Parameter names of a form that was already parsed; unset when nobody read the body yet. */
  readonly formNames?: readonly string[];
}

/** The parts of `http.IncomingMessage` (and of Express's and Fastify's raw request) that are read. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the target before a router was mounted. */
  readonly originalUrl?: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean | undefined; readonly getPeerCertificate?: () => object | null };
  /** Express, after a body parser. */
  readonly body?: unknown;
}

/**
 * Reads a Node request. Headers come from `rawHeaders`: `headers` keeps only the first of two Authorization lines, and a second one
 * must be seen to be refused.
 */
export const fromNode = (request: NodeRequest): ServiceRequest => {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    const value = request.rawHeaders[index + 1] ?? '';
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  }
  // HTTP/2 sends what HTTP/1 calls Host as a pseudo-header; a Host of another name beside it is a second one (RFC 9113 section 8.3.1).
  const authority = headers.get(':authority');
  const host = headers.get('host') ?? [];
  if (authority && !(host.length === 1 && host[0]?.toLowerCase() === authority[0]?.toLowerCase())) headers.set('host', [...authority, ...host]);
  return {
    method: request.method ?? '',
    target: request.originalUrl ?? request.url ?? '',
    scheme: request.socket.encrypted === true ? 'https' : 'http',
    headers,
    clientIp: request.socket.remoteAddress,
    ...certificateOf(request.socket),
    ...formNamesOf(request.body),
  };
};

/** Without one it is an empty object, or `null` on a connection that has ended. (https://nodejs.org/api/tls.html#tlssocketgetpeercertificatedetailed) */
const certificateOf = (socket: NodeRequest['socket']): Pick<ServiceRequest, 'certificate'> => {
  const shown = socket.getPeerCertificate?.();
  return shown && 'raw' in shown && shown.raw instanceof Uint8Array ? { certificate: shown.raw } : {};
};

/**
 * Why nobody can say which host a request is for, or `undefined`: two of them, or none that a host could be (RFC 9112 section 3.2). Node hands both on, and
 * shows its handler the first. One that names none is left to the server, which knows its version of HTTP.
 */
export const judgeHost = ({ headers }: Pick<ServiceRequest, 'headers'>): string | undefined => {
  const hosts = headers.get('host') ?? [];
  if (hosts.length > 1) return 'more than one Host';
  return hosts.some((host) => !HOST.test(host) || host.includes('..')) ? 'a Host that is none' : undefined;
};
/** What RFC 3986 section 3.2 allows of a host and a port, and nothing of two in one value, as a Fetch server joins them. */
const HOST = /^(?:\[[\w.:%-]+\]|[\w.~!$&'()*+;=%-]+)(?::\d*)?$/;

/** The parts of a Fetch `Request` that are read (Hono, and every server built on the Fetch standard). */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<readonly [string, string]>;
}

/** Reads a Fetch request. Two Authorization lines arrive here as one value with a comma, which no token contains: still refused. */
export const fromWeb = ({ method, url, headers }: WebRequest, clientIp?: string): ServiceRequest => {
  const [, scheme = '', target = ''] = /^(https?):\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  return {
    method,
    target: target.startsWith('?') ? `/${target}` : target,
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    headers: new Map([...headers].map(([name, value]) => [name.toLowerCase(), [value]])),
    clientIp,
  };
};

const formNamesOf = (body: unknown): { readonly formNames?: readonly string[] } =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { formNames: Object.keys(body) } : {};
