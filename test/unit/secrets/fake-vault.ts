import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const PATHS = [
  ['secret', 'versioned'],
  ['kv', 'plain'],
] as const;

/** What a Vault holds below `mount/path`. */
export type Held = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Fake {
  readonly held: Held;
  readonly namespace?: string;
  /** AppRoles and their secret ids, roles of Kubernetes and the tokens of service accounts that they take. */
  readonly approles?: Readonly<Record<string, string>>;
  readonly kubernetes?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** Answers everything with this. */
  readonly instead?: { readonly status: number; readonly body?: unknown; readonly location?: string };
}

/**
 * A Vault as its documentation has it: https://developer.hashicorp.com/vault/api-docs (errors, headers), …/secret/kv/kv-v2, …/secret/kv/kv-v1,
 * …/auth/approle, …/auth/kubernetes, …/auth/token. `secret/` keeps versions, `kv/` none.
 */
export const startVault = async ({ held, namespace = '', approles = {}, kubernetes = {}, token = 'given-token-of-vault', instead }: Fake) => {
  const seen: { readonly what: string; readonly headers: IncomingMessage['headers'] }[] = [];
  const tokens = new Set([token]);
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const what = `${request.method} ${request.url}`;
      seen.push({ what, headers: request.headers });
      const answer = (status: number, body?: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
      if (instead) {
        if (instead.location !== undefined) response.setHeader('location', instead.location);
        return answer(instead.status, instead.body);
      }
      const given = text === '' ? {} : (JSON.parse(text) as Record<string, string>);
      const login = (good: boolean, said: string): void => {
        if (!good) return answer(400, { errors: [said] });
        const made = `hvs.made-${tokens.size}-for-this-run`;
        tokens.add(made);
        return answer(200, { request_id: 'r', lease_id: '', renewable: false, lease_duration: 0, data: null, auth: { client_token: made, accessor: 'a', policies: ['default'], lease_duration: 1200, renewable: true } });
      };
      if (request.headers['x-vault-request'] !== 'true') return answer(412, { errors: ["missing 'X-Vault-Request' header"] });
      if ((request.headers['x-vault-namespace'] ?? '') !== namespace) return answer(403, { errors: ['permission denied'] });
      if (what === 'POST /v1/auth/approle/login') return login(given['role_id'] !== undefined && approles[given['role_id']] === given['secret_id'], 'invalid role or secret ID');
      if (what === 'POST /v1/auth/pods/login') return login(given['role'] !== undefined && kubernetes[given['role']] === given['jwt'], 'invalid role name');
      const shown = request.headers['x-vault-token'];
      if (typeof shown !== 'string' || !tokens.has(shown)) return answer(403, { errors: ['permission denied'] });
      if (what === 'POST /v1/auth/token/revoke-self') return answer(tokens.delete(shown) ? 204 : 500);
      const path = decodeURIComponent((request.url ?? '').replace('/v1/', ''));
      const [mount = '', engine] = PATHS.find(([name]) => path.startsWith(`${name}/`)) ?? [];
      if (request.method !== 'GET' || path.includes('forbidden')) return answer(403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] });
      const lease = { request_id: 'r', lease_id: '', renewable: false, lease_duration: engine === 'plain' ? 2_764_800 : 0, wrap_info: null, warnings: null, auth: null };
      if (engine === 'versioned' && !path.startsWith(`${mount}/data/`))
        return answer(404, { ...lease, data: null, warnings: ['Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the Vault CLI, use \'vault kv get\' for this operation.'] });
      const found = Object.hasOwn(held, path) ? held[path] : undefined;
      const metadata = { created_time: '2026-11-01T00:00:00Z', custom_metadata: null, deletion_time: '', destroyed: false, version: 3 };
      if (found?.['deleted'] === true) return answer(404, { ...lease, data: { data: null, metadata: { ...metadata, deletion_time: '2026-11-02T00:00:00Z' } } });
      if (found === undefined) return answer(404, { errors: [] });
      return answer(200, { ...lease, data: engine === 'versioned' ? { data: found, metadata } : found });
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    /** Tokens that are still good. */
    tokens,
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
};
