import { markerPathIn } from '../../../../src/providers/kong/in-force-marker.ts';
import { randomUUID } from 'node:crypto';
import type { Answer, Http } from '../../../../src/providers/http.ts';

type Row = Record<string, unknown> & { id: string };
const UNIQUE: Record<string, string> = { services: 'name', routes: 'name', consumers: 'username', jwts: 'key', plugins: 'instance_name' };
const DEFAULTS: Record<string, object> = {
  services: { protocol: 'http', port: 80, path: null, retries: 5, enabled: true, tags: null },
  routes: {
    headers: null,
    methods: null,
    hosts: null,
    paths: null,
    protocols: ['http', 'https'],
    strip_path: true,
    service: null,
    tags: null,
  },
  consumers: { custom_id: null, tags: null },
  jwts: { secret: 'made-up-by-the-server', algorithm: 'HS256', tags: null },
  plugins: {
    enabled: true,
    protocols: ['grpc', 'grpcs', 'http', 'https'],
    service: null,
    route: null,
    consumer: null,
    config: {},
    tags: null,
  },
};

export interface FakeKong {
  readonly admin: Http;
  readonly proxy: Http;
  /** `POST /services`, in order. */
  readonly log: string[];
  readonly rows: (entity: string) => Row[];
  readonly row: (entity: string, name: string) => Row;
  /** Puts a row in place as somebody else would. */
  readonly hand: (entity: string, row: Record<string, unknown>) => Row;
  /** Called before each request; may throw, or answer in the server's place. */
  intercept?: (method: string, path: string) => Answer | undefined;
  /** What a request without any header or token gets: the names of routes that match, with their plugins at that moment. */
  readonly exposed: string[];
}

/** The part of the Admin API that the provider uses, with Kong's merge, conflict and cascade rules, in memory. */
export const fakeKong = (root: object = {}): FakeKong => {
  const data: Record<string, Row[]> = { services: [], routes: [], consumers: [], jwts: [], plugins: [] };
  const log: string[] = [];
  const counts = { reads: 0, writes: 0 };
  const exposed: string[] = [];
  const at = (entity: string, key: string): Row | undefined =>
    data[entity]?.find((row) => row.id === key || row[UNIQUE[entity] ?? ''] === key);
  const resolve = (body: Record<string, unknown>): Record<string, unknown> => {
    const out = { ...body };
    for (const [field, entity] of [
      ['service', 'services'],
      ['route', 'routes'],
      ['consumer', 'consumers'],
    ] as const) {
      const reference = out[field] as Record<string, string> | null | undefined;
      if (reference) out[field] = { id: at(entity, reference.id ?? reference.name ?? reference.username ?? '')?.id };
    }
    return out;
  };
  const merge = (row: Row, body: Record<string, unknown>): void => {
    for (const [field, value] of Object.entries(resolve(body)))
      row[field] = field === 'config' ? { ...(row.config as object), ...(value as object) } : value;
  };
  const watch = (): void => {
    for (const route of data.routes ?? [])
      if (route.headers === null && route.service !== null) {
        const service = (route.service as Row).id;
        const guarded = data.plugins?.some(
          (plugin) => (plugin.service as Row | null)?.id === service || (plugin.route as Row | null)?.id === route.id,
        );
        if (!guarded) exposed.push(String(route.name));
      }
  };

  const kong: FakeKong = {
    log,
    exposed,
    rows: (entity) => data[entity] ?? [],
    row: (entity, name) => {
      const row = at(entity, name);
      if (!row) throw new Error(`no ${entity} ${name}`);
      return row;
    },
    hand: (entity, body) => {
      const row = { ...structuredClone(DEFAULTS[entity]), ...resolve(body), id: randomUUID() };
      data[entity]?.push(row);
      return row;
    },
    admin: {
      send: (method, path, { body = {}, reads } = {}) => {
        counts[method === 'GET' || reads ? 'reads' : 'writes'] += 1;
        log.push(`${method} ${path}`);
        const early = kong.intercept?.(method, path);
        const answer = early ?? handle(method, path, body as Record<string, unknown>);
        watch();
        return Promise.resolve(structuredClone(answer));
      },
      requests: () => ({ ...counts }),
      close: () => undefined,
    },
    proxy: {
      send: (_method, path, { headers = {} } = {}) => {
        const route = data.routes?.find(({ paths }) => markerPathIn((paths as string[] | null)?.[0] ?? '') === path);
        const asked = Object.entries((route?.headers ?? {}) as Record<string, string[]>);
        const plugin = data.plugins?.find((row) => (row.route as Row | null)?.id === route?.id);
        if (!route || !plugin || !asked.every(([name, values]) => values.includes(headers[name] ?? '')))
          return Promise.resolve({ status: 404, body: { message: 'no Route matched with those values' } });
        return Promise.resolve({ status: 200, body: '', header: (plugin.config as { origins: string[] }).origins[0] ?? '' });
      },
      requests: () => ({ reads: 0, writes: 0 }),
      close: () => undefined,
    },
  };

  const handle = (method: string, url: string, body: Record<string, unknown>): Answer => {
    const { pathname, searchParams } = new URL(url, 'http://kong');
    const parts = pathname.split('/').slice(1).map(decodeURIComponent);
    if (pathname === '/')
      return {
        status: 200,
        body: {
          version: '3.9.3',
          configuration: { database: 'postgres', nginx_worker_processes: '1' },
          plugins: { available_on_server: { jwt: {}, cors: {} } },
          ...root,
        },
      };
    if (parts[0] === 'tags') return { status: 200, body: { data: [], next: null } };
    if (parts[0] === 'schemas') {
      const wrong = (body.config as Record<string, unknown> | undefined)?.wrong;
      return wrong === undefined
        ? { status: 200, body: {} }
        : { status: 400, body: { message: 'schema violation (config.wrong: unknown field)' } };
    }
    const nested = parts.length > 2 ? { [(parts[0] ?? '').slice(0, -1)]: { id: at(parts[0] ?? '', parts[1] ?? '')?.id } } : {};
    const [entity = '', key] = parts.length > 2 ? [parts[2] === 'jwt' ? 'jwts' : parts[2], parts[3]] : parts;
    const list = data[entity];
    if (!list || (parts.length > 2 && !at(parts[0] ?? '', parts[1] ?? ''))) return { status: 404, body: { message: 'Not found' } };
    const row =
      key === undefined
        ? undefined
        : list.find(
            (item) =>
              item === at(entity, key) &&
              Object.entries(nested).every(([field, value]) => (item[field] as Row | null)?.id === (value as Row).id),
          );
    if (method === 'GET' && key === undefined) {
      const offset = Number(searchParams.get('offset') ?? 0);
      const next = offset + 2 < list.length ? `/${entity}?size=2&offset=${offset + 2}` : null;
      return { status: 200, body: { data: list.slice(offset, offset + 2), next } };
    }
    if (method === 'POST') {
      const field = UNIQUE[entity] ?? '';
      if (list.some((item) => item[field] === body[field]))
        return { status: 409, body: { message: `UNIQUE violation detected on '{${field}="${String(body[field])}"}'` } };
      return { status: 201, body: kong.hand(entity, { ...body, ...nested }) };
    }
    if (!row) return method === 'DELETE' ? { status: 204, body: '' } : { status: 404, body: { message: 'Not found' } };
    if (method === 'PATCH') merge(row, body);
    if (method === 'PUT')
      list.splice(list.indexOf(row), 1, {
        ...structuredClone(DEFAULTS[entity]),
        ...resolve(body),
        ...nested,
        id: row.id,
        [UNIQUE[entity] ?? '']: key,
      });
    if (method === 'DELETE') {
      if (entity === 'services' && data.routes?.some(({ service }) => (service as Row | null)?.id === row.id))
        return { status: 400, body: { message: "an existing 'routes' entity references this 'services' entity" } };
      for (const [name, rows] of Object.entries(data))
        data[name] = rows.filter(
          (item) => item !== row && !['service', 'route', 'consumer'].some((field) => (item[field] as Row | null)?.id === row.id),
        );
      return { status: 204, body: '' };
    }
    return { status: 200, body: row };
  };
  return kong;
};
