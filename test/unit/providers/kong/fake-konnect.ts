import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A control plane of Konnect in front of a Kong's Admin API: the paths, pages, fields and errors that are documented, and nothing besides. No answer of it
 * was recorded on the real service.
 *
 * - https://github.com/Kong/sdk-konnect-go/blob/main/openapi.yaml (list-control-planes, get-control-plane, list-dataplane-nodes, get-expected-config-hash,
 *   get-control-planes-id-group-member-status, fetch-plugin-schema, the lists below core-entities; UnauthorizedError and NotFoundError, GatewayUnauthorizedError)
 * - https://developer.konghq.com/api/konnect/control-planes-config/v2/
 * - states of compatibility: https://github.com/Kong/koko (node_service.go); pages by `offset`: https://github.com/Kong/go-kong (kong/list.go)
 */
export interface FakeKonnect {
  readonly url: string;
  /** `GET /v2/…`, each that was asked. */
  readonly seen: string[];
  readonly close: () => Promise<void>;
}

export const KONNECT_TOKEN = 'spat_of_the_system_account';
export const CONTROL_PLANE = '7f9fd312-a987-4628-b4c5-bb4f4fddd5f7';
export const EXPECTED = 'ab5ff425e2518a23ce23ea41a0000000';
const LISTS = /^\/(services|routes|plugins|consumers|jwts|acls|key-auths|basic-auths|hmac-auths|upstreams|upstreams\/[^/]+\/targets|certificates|ca_certificates|snis|key-sets|keys|vaults)$/;

interface Node {
  readonly id: string;
  readonly version: string;
  readonly config_hash: string;
  readonly compatibility_status: { readonly state: string };
}
export const node = (id: string, more: Partial<Node> = {}): Node => ({ id, version: '3.9.1.0', config_hash: EXPECTED, compatibility_status: { state: 'COMPATIBILITY_STATE_FULLY_COMPATIBLE' }, ...more });

interface Options {
  readonly kong: string;
  readonly nodes?: readonly Node[];
  readonly member?: boolean;
  readonly pageSize?: number;
  /** Answers in the place of its own: status and body. */
  readonly instead?: (path: string, nth: number) => { readonly status: number; readonly body: object; readonly headers?: Readonly<Record<string, string>> } | undefined;
}

export const startFakeKonnect = async ({ kong, nodes = [node('dp-1')], member = false, pageSize = 2, instead }: Options): Promise<FakeKonnect> => {
  const seen: string[] = [];
  const plane = { id: CONTROL_PLANE, name: 'shop', description: '', labels: {}, config: { control_plane_endpoint: 'https://acfe5f253f.cp.konghq.com', telemetry_endpoint: 'https://acfe5f253f.tp.konghq.com', cluster_type: 'CLUSTER_TYPE_CONTROL_PLANE', auth_type: 'pinned_client_certs', cloud_gateway: false } };
  const problem = (status: number, title: string, detail: string) => ({ status, body: { status, title, type: `https://httpstatuses.com/${status}`, instance: 'kong:trace:1234567890', detail } });

  const answer = async (method: string, url: URL, bearer: string | undefined): Promise<{ readonly status: number; readonly body: object }> => {
    const { pathname: path, searchParams: query } = url;
    const inside = path.startsWith(`/v2/control-planes/${CONTROL_PLANE}`) ? path.slice(`/v2/control-planes/${CONTROL_PLANE}`.length) : undefined;
    if (bearer !== `Bearer ${KONNECT_TOKEN}`) return inside?.startsWith('/core-entities') ? { status: 401, body: { message: 'Unauthorized', status: 401 } } : problem(401, 'Unauthorized', 'Invalid credentials');
    if (method !== 'GET') return { status: 405, body: { message: 'Method Not Allowed' } };
    if (path === '/v2/control-planes') {
      const data = query.get('filter[name][eq]') === plane.name ? [plane] : [];
      return { status: 200, body: { data, meta: { page: { number: 1, size: Number(query.get('page[size]')), total: data.length } } } };
    }
    if (inside === undefined) return problem(404, 'Not Found', 'Not found');
    if (inside === '') return { status: 200, body: plane };
    if (inside === '/group-member-status') return { status: 200, body: { is_member: member } };
    if (inside === '/expected-config-hash') return { status: 200, body: { expected_hash: EXPECTED, created_at: 1_683_841_722, updated_at: 1_683_841_722 } };
    if (inside === '/nodes') {
      const from = Number(query.get('page[after]') ?? 0);
      const items = nodes.slice(from, from + pageSize);
      const next = from + items.length < nodes.length ? { next: String(from + items.length) } : {};
      return { status: 200, body: { items, page: { total_count: nodes.length, ...next } } };
    }
    const entity = inside.replace(/^\/core-entities/, '');
    if (/^\/schemas\/plugins\/[^/]+$/.test(entity)) return relayed(entity);
    if (!LISTS.test(entity)) return { status: 404, body: { message: 'Not found' } };
    const all = (await relayed(`${entity}?size=1000`)).body as { data?: readonly { tags?: readonly string[] }[] };
    const tag = query.get('tags');
    const rows = (all.data ?? []).filter(({ tags }) => tag === null || tags?.includes(tag));
    const from = Number(query.get('offset') ?? 0);
    const data = rows.slice(from, from + Math.min(pageSize, Number(query.get('size') ?? 100)));
    const more = from + data.length < rows.length ? { offset: String(from + data.length), next: `${entity}?offset=${from + data.length}` } : { next: null };
    return { status: 200, body: { data, ...more } };
  };
  const relayed = async (path: string): Promise<{ readonly status: number; readonly body: object }> => {
    const asked = await fetch(`${kong}${path}`);
    return { status: asked.status, body: (await asked.json()) as object };
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://konnect');
    const line = `${request.method ?? ''} ${url.pathname}`;
    seen.push(line);
    request.resume();
    const given = instead?.(url.pathname, seen.filter((one) => one === line).length);
    void (given ? Promise.resolve(given) : answer(request.method ?? '', url, request.headers.authorization)).then(
      ({ status, body }) => response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', ...given?.headers }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
