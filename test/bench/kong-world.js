// What the measures of Kong have in common: the objects, and the least that Node needs to write them.
import { Agent, request as open } from 'node:http';

export const root = new URL('../../', import.meta.url);
const dist = (path) => import(new URL(`dist/${path}`, root).href);
export const PARALLEL = 16;

const name = (prefix, at) => `bench.${prefix}${at}`;

/** The same objects for both: as authctl wants them, from which the raw calls are made, too. */
export const objects = (count, pem) => {
  const origin = { file: 'bench.yaml', line: 1, column: 1 };
  const object = (kind, id, spec, after = []) => ({ kind, id, spec, after, origin });
  const all = [];
  for (let at = 0; at < count; at += 1) {
    const [service, plugin, route] = [name('service', at), name('jwt', at), name('route', at)];
    all.push(
      object('kong.service', service, { name: service, protocol: 'http', host: '127.0.0.1', port: 9, path: null, enabled: true }),
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
          else resolve(JSON.parse(read));
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
