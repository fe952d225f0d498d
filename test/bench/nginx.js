// What the plugins cost in a real nginx with LuaJIT (Debian's nginx and libnginx-mod-http-lua): processor time of nginx for each request, by route, in
// turns, so that a busy machine slows every one of them. `node test/bench/nginx.js [requests of a turn]`. Figures are for comparison with one another:
// Kong's own work on a request (router, balancer, timers) is not in them. `AUTHCTL_KONG_SOURCE`: a checkout of Kong, whose own `jwt` is measured beside them.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'node:http';
import { execFileSync } from 'node:child_process';
import { createViteServer } from 'vitest/node';

const KONG = process.env.AUTHCTL_KONG_SOURCE;
const REQUESTS = Number(process.argv[2] ?? 2000);
const TURNS = 7;

// The harness is the tests' own, in TypeScript.
const vite = await createViteServer({ configFile: false, logLevel: 'error', server: { middlewareMode: true, watch: null }, optimizeDeps: { noDiscovery: true } });
const { startNginx, nginxRunsLua } = await vite.ssrLoadModule('/test/nginx/gateway.ts');
const { startGateway, startUpstream, keySet, mint, publicPem } = await vite.ssrLoadModule('/test/lua/gateway.ts');
if (!nginxRunsLua) {
  process.stdout.write('not measured: there is no nginx that runs Lua ("apt-get install nginx libnginx-mod-http-lua lua-cjson")\n');
  process.exit(0);
}

const { newProofKey, proofBy } = await vite.ssrLoadModule('/src/checks/kit/proofs.ts');
const { mtls } = await vite.ssrLoadModule('/test/mtls-vectors.ts');

const scope = { scopes: ['orders:read'], identity_headers: true };
const opaque = 'b3BhcXVl_opaque-token~1';
const token = mint();
const hash = (bytes) => createHash('sha256').update(bytes).digest('base64url');
const key = newProofKey();
const proven = mint({ cnf: { jkt: hash(JSON.stringify({ crv: key.jwk.crv, kty: key.jwk.kty, x: key.jwk.x, y: key.jwk.y })) } });
const { raw: certificate } = new X509Certificate(mtls.certificates.holder.certificate);
const certified = mint({ cnf: { 'x5t#S256': hash(certificate) } });
const ORIGIN = 'https://api.example';
/** What a client of a route sends. */
const sent = {
  warm: () => ({ authorization: `Bearer ${opaque}` }),
  proven: () => ({ authorization: `DPoP ${proven}`, dpop: proofBy(key, { method: 'GET', url: `${ORIGIN}/proven`, token: proven, now: Date.now() }) }),
  certified: () => ({ authorization: `Bearer ${certified}`, 'client-cert': `:${certificate.toString('base64')}:` }),
};
const credential = JSON.stringify({ key: 'k1', algorithm: 'RS256', rsa_public_key: publicPem, consumer: { id: 'issuer' } });
const bundled = { credential, key_claim_name: 'kid', claims_to_verify: ['exp'] };
const ROUTES = [
  ['bare', {}, 'no plugin'],
  ...(KONG === undefined ? [] : [['jwt', { jwt: bundled }, 'bundled jwt alone (RS256)'], ['before', { guard: {}, jwt: bundled, scope }, 'guard with pinned keys, bundled jwt, scope guard']]),
  ['parsed', { guard: {} }, 'guard alone, keys pinned: all but the signature, which is jwt\'s'],
  ['followed', { followed: {}, scope }, 'guard with followed keys (RS256), scope guard'],
  ['proven', { followed: { bound: 'dpop', dpop_origins: [ORIGIN] }, scope }, 'guard with followed keys, a proof of a P-256 key (DPoP), noted in nginx, scope guard'],
  ['certified', { followed: { bound: 'mtls', certificate_from: 'header', certificate_proxies: ['127.0.0.1'] }, scope }, 'guard with followed keys, a certificate (RFC 9440), scope guard'],
  ['warm', { phantom: { cache_ttl: 300 }, followed: {}, scope }, 'opaque token, kept answer; guard with followed keys, scope guard'],
  ['decided', { followed: {}, scope, opa: { path_template: '/decided' } }, 'guard with followed keys, scope guard, OPA asked (an OPA that answers at once)'],
];
/** What to end whatever becomes of the run, an nginx above all; what was started last ends first. */
const started = [];
const toEnd = (end) => { started.unshift(end); };
const measured = async () => {
  toEnd(() => vite.close());
  const gateway = await startGateway();
  toEnd(() => gateway.close());
  gateway.provider.behave = ({ url }) =>
    url === '/certs' ? { body: keySet } : { body: JSON.stringify({ active: true, exp: Math.floor(Date.now() / 1000) + 300, iss: 'https://id.example/realms/shop', aud: 'orders', jwt: token }) };
  gateway.opa.behave = () => ({ body: '{"result":true}' });
  const upstream = await startUpstream();
  toEnd(() => { upstream.server.closeAllConnections(); upstream.server.close(); });
  const nginx = await startNginx(Object.fromEntries(ROUTES.map(([name, plugins]) => [name, plugins])), { ...gateway.ports, upstream: upstream.port }, undefined, undefined, KONG === undefined ? [] : [fileURLToPath(new URL('lua', import.meta.url)), KONG]);
  toEnd(() => nginx.close());

  const tick = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  /** Milliseconds that nginx has computed so far. */
  const spent = () => {
    const fields = readFileSync(`/proc/${nginx.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tick;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  toEnd(() => agent.destroy());
  const once = (path, headers) => new Promise((resolve, reject) => {
    request(`${nginx.url}/${path}`, { agent, headers }, (answer) => {
      answer.resume().on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${path} answered ${answer.statusCode}`))));
    }).on('error', reject).end();
  });
  const turn = async (name, count) => {
    const headersOf = sent[name] ?? (() => ({ authorization: `Bearer ${token}` }));
    const before = spent();
    let left = count;
    await Promise.all(Array.from({ length: 16 }, async () => {
      while (left-- > 0) await once(name, headersOf());
    }));
    upstream.calls.length = 0;
    gateway.opa.calls.length = 0;
    return (spent() - before) / count;
  };

  const times = Object.fromEntries(ROUTES.map(([name]) => [name, []]));
  for (const [name] of ROUTES) await turn(name, 500);
  for (let round = 0; round < TURNS; round += 1) for (const [name] of ROUTES) times[name].push(await turn(name, REQUESTS));
  return times;
};

let times;
try {
  times = await measured();
} finally {
  for (const end of started) await end();
}
const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const bare = median(times.bare);
const beside = times.jwt && median(times.jwt);
process.stdout.write(`nginx ${execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }).trim().split('/')[1]}, ${REQUESTS} requests a turn, median of ${TURNS}\n`);
for (const [name, , what] of ROUTES) {
  const one = median(times[name]);
  process.stdout.write(`${one.toFixed(3).padStart(8)} ms CPU a request  ${(one - bare).toFixed(3).padStart(6)} more  ${(bare / one).toFixed(2).padStart(5)} of the throughput without  ${beside === undefined ? '' : `${(beside / one).toFixed(2).padStart(5)} of that of jwt  `}${what}\n`);
}
