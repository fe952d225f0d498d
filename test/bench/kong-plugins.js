// What the plugins cost on a Kong of your own, beside the bundled jwt: processor time of its worker for each request, and requests a second, route by route
// in turns. Needs wrk and nginx ("apt-get install wrk nginx-light"), a Kong on this machine with one worker (nginx_worker_processes = 1) and no other work, our
// plugins enabled in it, and an Admin API that takes writes. It must be one for trials: what this makes there begins with "bench." and is deleted at the end.
//
//   node test/bench/kong-plugins.js <Admin API> <proxy> [seconds of a turn] [turns]
import { execFileSync, spawn } from 'node:child_process';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rawCalls } from './kong-world.js';

const [admin, proxy, seconds = '4', turns = '7'] = process.argv.slice(2);
const ISSUER = 'https://id.example/realms/shop';
const CONSUMER = 'bench.issuer';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);
/** As Keycloak makes one, for an hour. */
const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'bench-k1' })}.${part({
  iss: ISSUER, aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'storefront', scope: 'orders:read', iat: now, exp: now + 3600, realm_access: { roles: ['customer'] },
})}`;
const jwt = `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`;
const opaque = 'b3BhcXVl_opaque-token~1';

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

/** The service, the issuer and an OPA that answers at once, which cost as little as can be. */
const behind = async (port, dir) => {
  const answers = {
    '/': '{"upstream":true}',
    '/certs': JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench-k1', alg: 'RS256', use: 'sig' }] }),
    '/introspect': JSON.stringify({ active: true, exp: now + 3600, iss: ISSUER, aud: 'orders', jwt }),
    '/v1/data/shop/authz': '{"result":true}',
  };
  const locations = Object.entries(answers).map(([path, text]) => `location ${path === '/' ? '/' : `= ${path}`} { default_type application/json; return 200 '${text}'; }`);
  writeFileSync(join(dir, 'nginx.conf'), `
daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log; events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${dir}; proxy_temp_path ${dir}; fastcgi_temp_path ${dir}; uwsgi_temp_path ${dir}; scgi_temp_path ${dir};
  keepalive_requests 1000000000; keepalive_time 1d; server { listen 127.0.0.1:${port}; ${locations.join('\n')} } }
`);
  const child = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], { stdio: 'inherit' });
  return () => new Promise((resolve) => { child.once('exit', resolve); child.kill('SIGTERM'); });
};

const routesOf = (port) => {
  const here = `http://127.0.0.1:${port}`;
  const jwtAlone = { key_claim_name: 'kid', claims_to_verify: ['exp'], header_names: ['authorization'], cookie_names: [], uri_param_names: [] };
  const scope = { scopes: ['orders:read'], identity_headers: true };
  const followed = { issuer: ISSUER, audience: 'orders', keys: 'followed', jwks_url: `${here}/certs`, jwks_allow_plain_http: true };
  const [guard, scopes] = ['authctl-token-guard', 'authctl-scope-guard'];
  return [
    ['bare', 'no plugin', {}],
    ['jwt', 'bundled `jwt` alone (RS256)', { jwt: jwtAlone }],
    ['pinned', 'guard with pinned keys, bundled `jwt`, scope guard', { [guard]: { issuer: ISSUER, audience: 'orders', pinned_consumer: CONSUMER }, jwt: jwtAlone, [scopes]: scope }],
    ['followed', 'guard with followed keys (RS256), scope guard', { [guard]: followed, [scopes]: scope }],
    ['opaque', 'opaque token, its answer kept; guard with followed keys, scope guard', {
      'authctl-phantom-token': {
        introspection_url: `${here}/introspect`, obtain: 'introspection', allow_plain_http: true, client_id: 'gateway', client_secret: 'secret', issuer: ISSUER, audience: 'orders', cache_ttl: 300, negative_ttl: 1,
      },
      [guard]: followed, [scopes]: scope,
    }],
    ['decided', 'guard with followed keys, scope guard, OPA that answers at once', {
      [guard]: followed, [scopes]: scope, 'authctl-opa': { url: here, decision: 'shop/authz', service: 'orders', route: 'read', path_template: '/bench/decided' },
    }],
  ];
};

/** On connections of its own: Kong closes those that nobody has used for a while. */
const withAdmin = async (work) => {
  const raw = rawCalls(admin);
  try {
    return await work(raw);
  } finally {
    raw.close();
  }
};

const configure = (routes, port) => withAdmin(async (raw) => {
  await raw.send('PUT', '/services/bench.orders', { url: `http://127.0.0.1:${port}` });
  for (const [name, , plugins] of routes) {
    await raw.send('PUT', `/routes/bench.${name}`, { service: { name: 'bench.orders' }, paths: [`/bench/${name}`], strip_path: false });
    for (const [plugin, config] of Object.entries(plugins)) await raw.send('POST', `/routes/bench.${name}/plugins`, { name: plugin, config });
  }
  await raw.send('PUT', `/consumers/${CONSUMER}`, {});
  await raw.send('PUT', `/consumers/${CONSUMER}/jwt/bench-k1`, { algorithm: 'RS256', rsa_public_key: publicKey.export({ type: 'spki', format: 'pem' }) });
});

const cleared = (routes) => withAdmin(async (raw) => {
  for (const [name] of routes) await raw.send('DELETE', `/routes/bench.${name}`);
  await raw.send('DELETE', '/services/bench.orders');
  await raw.send('DELETE', `/consumers/${CONSUMER}`);
});

const tokenOf = (name) => (name === 'opaque' ? opaque : jwt);
/** Each route answers as it will in a turn, and refuses whoever has no token. */
const inForce = async (routes) => {
  for (const [name, , plugins] of routes)
    for (let left = 300; ; left -= 1) {
      const status = async (headers) => (await fetch(`${proxy}/bench/${name}`, { headers })).status;
      const seen = [await status({ authorization: `Bearer ${tokenOf(name)}` }), await status({})];
      if (seen[0] === 200 && seen[1] === (Object.keys(plugins).length === 0 ? 200 : 401)) break;
      if (left === 0) throw new Error(`${name} answers ${seen.join(' and ')}`);
      await pause(100);
    }
};

const tick = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** Milliseconds that the worker has computed so far. */
const spent = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tick;
};

const turn = (pid, name, length) => {
  const before = spent(pid);
  const told = execFileSync('wrk', ['-t1', '-c32', `-d${length}s`, '-H', `authorization: Bearer ${tokenOf(name)}`, `${proxy}/bench/${name}`], { encoding: 'utf8' });
  const requests = Number(/(\d+) requests in/.exec(told)?.[1]);
  if (/Non-2xx|Socket errors/.test(told)) throw new Error(`${name}: ${told}`);
  return { cpu: (spent(pid) - before) / requests, rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(told)?.[1]) };
};

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const measured = async (routes) => {
  const { version, pids } = await withAdmin((raw) => raw.send('GET', '/'));
  if (pids.workers.length !== 1) throw new Error('this measures one worker: nginx_worker_processes = 1');
  const [pid] = pids.workers;
  await inForce(routes);
  for (const [name] of routes) turn(pid, name, 1);
  const found = Object.fromEntries(routes.map(([name]) => [name, []]));
  for (let round = 0; round < Number(turns); round += 1) for (const [name] of routes) found[name].push(turn(pid, name, seconds));
  const of = (name, what) => median(found[name].map((one) => one[what]));
  const rows = routes.map(([name, words]) => {
    const [cpu, rate] = [of(name, 'cpu'), of(name, 'rate')];
    return [words, cpu.toFixed(3), (cpu - of('bare', 'cpu')).toFixed(3), (of('jwt', 'cpu') / cpu).toFixed(2), (rate / of('jwt', 'rate')).toFixed(2)];
  });
  process.stdout.write([
    `Kong ${version}, one worker, wrk with 32 connections, median of ${turns} turns of ${seconds} s`, '',
    '| route | ms of the worker a request | more than without | `jwt` alone : it | throughput : `jwt` alone |', '| --- | ---: | ---: | ---: | ---: |', ...rows.map((row) => `| ${row.join(' | ')} |`), '',
  ].join('\n'));
};

const port = await freePort();
const dir = mkdtempSync(join(tmpdir(), 'authctl-bench-'));
const end = await behind(port, dir);
const routes = routesOf(port);
try {
  await configure(routes, port);
  await measured(routes);
} finally {
  await cleared(routes);
  await end();
  rmSync(dir, { recursive: true });
}
