// What the measures of Kong have in common: the objects, and the least that Node needs to write them.
import { spawnSync } from 'node:child_process';
import { Agent, request as open } from 'node:http';

export const root = new URL('../../', import.meta.url);
const dist = (path) => import(new URL(`dist/${path}`, root).href);
export const PARALLEL = 16;

const name = (prefix, at) => `bench.${prefix}${at}`;

/** Addresses of the services: one, or so many. Nothing listens there. */
const ADDRESSES = Number(process.env.AUTHCTL_BENCH_ADDRESSES ?? 1);

/** The same objects for both: as authctl wants them, from which the raw calls are made, too. */
export const objects = (count, pem) => {
  const origin = { file: 'bench.yaml', line: 1, column: 1 };
  const object = (kind, id, spec, after = []) => ({ kind, id, spec, after, origin });
  const all = [];
  for (let at = 0; at < count; at += 1) {
    const [service, plugin, route] = [name('service', at), name('jwt', at), name('route', at)];
    all.push(
      object('kong.service', service, { name: service, protocol: 'http', host: `127.0.${(at % ADDRESSES) >> 7}.${1 + ((at % ADDRESSES) & 127)}`, port: 9, path: null, enabled: true }),
      object(
        'kong.plugin', plugin,
        {
          name: 'jwt', instance_name: plugin, enabled: true, service: { name: service },
          config: { key_claim_name: 'kid', claims_to_verify: ['exp'] },
        },
        [`kong.service/${service}`],
      ),
      object(
        'kong.route', route,
        { name: route, paths: [`~/bench/${at}$`], methods: ['GET'], headers: null, strip_path: false, service: { name: service } },
        [`kong.service/${service}`, `kong.plugin/${plugin}`],
      ),
    );
  }
  for (let at = 0; at < count / 10; at += 1) {
    const [username, key] = [name('consumer', at), name('key', at)];
    all.push(
      object('kong.consumer', username, { username }),
      object(
        'kong.jwt_secret', `${username}/${key}`,
        { consumer: { username }, key, algorithm: 'RS256', rsa_public_key: pem },
        [`kong.consumer/${username}`],
      ),
    );
  }
  return all;
};

export const engineOver = async ({ admin, proxy, desired }) => {
  const [{ createEngine }, { connectKong }] = await Promise.all([dist('core/engine.js'), dist('providers/kong/index.js')]);
  const kong = { admin: { url: admin }, proxy: { url: proxy }, edition: 'oss', store: 'database' };
  const provider = connectKong({ name: 'bench', secrets: [], at: () => ({ file: 'bench.yaml', line: 1, column: 1 }), targets: { kong } });
  return createEngine([provider], { name: 'bench', desired, deferred: [] });
};

/** One kept-alive connection per parallel call, nothing compared, nothing repeated. */
export const rawCalls = (admin) => {
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  const counts = { reads: 0, writes: 0 };
  const send = (method, path, body) =>
    new Promise((resolve, reject) => {
      counts[method === 'GET' ? 'reads' : 'writes'] += 1;
      const text = body && JSON.stringify(body);
      const headers = text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const sent = open(new URL(path, admin), { method, agent, ...(headers && { headers }) }, (answer) => {
        let read = '';
        answer.setEncoding('utf8').on('data', (part) => (read += part)).on('end', () => {
          if (answer.statusCode >= 400) reject(new Error(`${method} ${path}: ${answer.statusCode} ${read}`));
          else resolve(read === '' ? undefined : JSON.parse(read));
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  const sendAll = async (items, work) => {
    let next = 0;
    await Promise.all(Array.from({ length: PARALLEL }, async () => { while (next < items.length) await work(items[next++]); }));
  };
  return { send, sendAll, counts, close: () => agent.destroy() };
};

const PATHS = {
  'kong.service': () => '/services',
  'kong.consumer': () => '/consumers',
  'kong.plugin': ({ service }) => `/services/${service.name}/plugins`,
  'kong.route': ({ service }) => `/services/${service.name}/routes`,
  'kong.jwt_secret': ({ consumer }) => `/consumers/${consumer.username}/jwt`,
};

/** Each kind in its turn. */
export const writeRaw = async (raw, desired, kinds) => {
  for (const kind of kinds)
    await raw.sendAll(desired.filter((object) => object.kind === kind), ({ spec }) => {
      const { service: _service, consumer: _consumer, ...body } = spec;
      return raw.send('POST', PATHS[kind](spec), body);
    });
};

/** The same objects as decK takes them. It demands a secret for each credential, although RS256 has none. */
export const deckFile = (desired) => {
  const of = (kind) => desired.filter((object) => object.kind === kind).map(({ spec }) => spec);
  const below = (kind, field, key, owner) =>
    of(kind).filter((spec) => spec[field][key] === owner).map(({ [field]: _owner, ...spec }) => spec);
  const services = of('kong.service').map(({ path: _none, ...service }) => ({
    ...service,
    routes: below('kong.route', 'service', 'name', service.name).map(({ headers: _none, ...route }) => route),
    plugins: below('kong.plugin', 'service', 'name', service.name),
  }));
  const consumers = of('kong.consumer').map(({ username }) => ({
    username,
    jwt_secrets: below('kong.jwt_secret', 'consumer', 'username', username).map((one) => ({ ...one, secret: one.key })),
  }));
  return JSON.stringify({ _format_version: '3.0', services, consumers });
};

export const deckIsThere = spawnSync('deck', ['version']).status === 0;
/** `deck gateway sync|diff` of such a file, and how long it took. */
export const deck = (verb, { admin }, file) => {
  const begun = performance.now();
  const args = ['gateway', verb, file, '--kong-addr', admin, '--parallelism', String(PARALLEL), '--analytics=false', '--silence-events'];
  // Exit 2 when there is something left to do.
  if (verb === 'diff') args.push('--non-zero-exit-code');
  const { status, stderr, stdout } = spawnSync('deck', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`deck ${verb}: ${stderr}${stdout}`);
  return { wall: performance.now() - begun };
};

