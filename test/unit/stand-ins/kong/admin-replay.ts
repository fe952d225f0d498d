import { request } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { parse } from 'yaml';
import { createControlPlane } from '../../../../infra/stand-ins/src/kong/control.ts';
import { startLuaCompiler } from '../../../../infra/stand-ins/src/kong/lua-syntax.ts';
import type { PluginSchema } from '../../../../infra/stand-ins/src/kong/schema/types.ts';
import { listenAdmin } from '../../../../infra/stand-ins/src/kong/server.ts';

/** One request as it was sent to a genuine gateway, and the answer. */
export interface Recorded {
  readonly id: string;
  /** `GET /services` */
  readonly send: string;
  readonly type?: string;
  readonly accept?: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly status: number;
  readonly body?: unknown;
  readonly html?: string;
  /** The content type of the answer where it is not JSON. */
  readonly answers?: string;
  readonly allow?: string;
  /** A step that was made without being recorded, known from what came after it. */
  readonly unrecorded?: boolean;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const PRIVATE_KEY = '<PRIVATE KEY PEM, REDACTED>\n';

/** The recording of a private key keeps its place only; any one does. */
const withPrivateKey = (text: string): string => text.replaceAll(JSON.stringify(PRIVATE_KEY), JSON.stringify(privateKey));
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The plugin that the recorded gateway had besides the bundled ones. */
export const probePlugin: PluginSchema = {
  name: 'custom-probe',
  priority: 5,
  version: '0.1.0',
  fields: [
    {
      config: {
        type: 'record',
        required: true,
        fields: [{ header: { type: 'string', default: 'X-Oracle-Probe-Up' } }, { value: { type: 'string', default: 'yes' } }],
      },
    },
  ],
};

const isRow = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What differs from run to run and says nothing: replaced on both sides by its type. */
const VOLATILE = new Set(['request_id', 'node_id', 'memory', 'server', 'timers', 'pids', 'hostname', 'lua_version', 'configuration_hash']);

const RANDOM_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Without a database, what nothing names gets another id and another secret at every load: they are compared by their form. */
const loose = (value: unknown, key: string): unknown =>
  typeof value === 'string' && RANDOM_ID.test(value)
    ? 'a random id'
    : (key === 'key' || key === 'secret') && /^(?:[A-Za-z0-9]{32}|a secret of no account)$/.test(String(value)) ? 'made up' : value;

const steadyWith = (steadyIds: boolean) => {
  const steady = (given: unknown, key = ''): unknown => {
    if (VOLATILE.has(key)) return `a ${typeof given}`;
    const value = steadyIds ? given : loose(given, key);
    if (key === 'config' && typeof value === 'string') return steady(parse(value));
    if (value === PRIVATE_KEY || value === privateKey) return 'a private key';
    if (Array.isArray(value)) return value.map((item) => steady(item));
    if (!isRow(value)) return value;
    const shown = (name: string): string => (steadyIds ? name : String(loose(name, '')));
    return Object.fromEntries(Object.keys(value).sort().map((name) => [shown(name), steady(value[name], name)]));
  };
  return steady;
};

const call = (url: string, record: Recorded): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const [method = '', path = ''] = record.send.split(/ (.*)/s);
    const text = record.json === undefined ? record.text : withPrivateKey(JSON.stringify(record.json));
    const type = record.type ?? (record.json === undefined ? undefined : 'application/json');
    const headers = {
      ...(type !== undefined && { 'Content-Type': type }),
      ...(record.accept !== undefined && { Accept: record.accept }),
      ...(text !== undefined && { 'Content-Length': Buffer.byteLength(text) }),
    };
    const sent = request(`${url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });

/** Makes the ids, the times and the made-up secrets of the recording come up again, so that everything else can be compared as it is. */
const makeFates = () => {
  let body: Record<string, unknown> = {};
  let made: unknown[] = [];
  let now = 1_795_228_203;
  let spare = 0;
  return {
    follow: (record: Recorded) => {
      body = isRow(record.body) ? record.body : {};
      const given = isRow(record.json) ? record.json : {};
      made = ['key', 'secret'].flatMap((name) => (typeof body[name] === 'string' && given[name] === undefined ? [body[name]] : []));
      const loaded = record.send.startsWith('POST /config') ? /"created_at":([\d.]+)/.exec(JSON.stringify(body))?.[1] : undefined;
      const time = body['updated_at'] ?? body['created_at'] ?? loaded;
      if (time !== undefined) now = Number(time);
    },
    uuid: () => {
      if (typeof body['id'] === 'string') return body['id'];
      spare += 1;
      return `99999999-9999-4999-8999-${String(spare).padStart(12, '0')}`;
    },
    secret: () => String(made.shift() ?? 'a secret of no account'),
    clock: () => now,
  };
};

export interface Disagreement {
  readonly id: string;
  readonly wanted: unknown;
  readonly got: unknown;
}

const comparable = (record: Recorded, { status, headers, text }: Answered, dbless: boolean): { wanted: unknown; got: unknown } => {
  const steady = steadyWith(!dbless);
  const json = record.body !== undefined;
  const empty = record.status === 204 || record.status === 304 || record.send.startsWith('HEAD ');
  const wanted = {
    status: record.status,
    type: empty ? undefined : (record.answers ?? 'application/json; charset=utf-8'),
    allow: record.allow,
    body: json ? steady(record.body) : (record.html ?? ''),
  };
  let parsed: unknown = text;
  try {
    parsed = json ? steady(JSON.parse(text)) : text;
  } catch {
    // A body that is no JSON is compared as it is, and differs.
  }
  const type = empty ? undefined : headers['content-type'];
  return { wanted, got: { status, type, allow: record.allow === undefined ? undefined : headers['allow'], body: parsed } };
};

/** Sends every record in order to a fresh control plane and returns where the answers differ. */
export const replay = async (records: readonly Recorded[], dbless: boolean): Promise<Disagreement[]> => {
  const fates = makeFates();
  const compiler = await startLuaCompiler();
  const control = createControlPlane({
    dbless,
    clock: fates.clock,
    uuid: fates.uuid,
    secret: fates.secret,
    plugins: [probePlugin],
    luaSyntax: compiler.check,
    proxyUrl: () => undefined,
  });
  const admin = await listenAdmin({ host: '127.0.0.1', port: 0, app: control.app, count: control.count });
  const disagreements: Disagreement[] = [];
  try {
    for (const record of records) {
      fates.follow(record);
      const answer = await call(admin.url, record);
      if (record.unrecorded) continue;
      const { wanted, got } = comparable(record, answer, dbless);
      if (JSON.stringify(wanted) !== JSON.stringify(got)) disagreements.push({ id: record.id, wanted, got });
    }
  } finally {
    await admin.close();
    compiler.close();
  }
  return disagreements;
};
