// What a request costs: verify and decide in process by `authctl-service`, against its parts alone, and against asking an OPA server.
// All in one process and in interleaved rounds, so that a busy machine slows every one of them. Run `npm run build` first, then
// `node test/bench/service.js [iterations per round]`. Exit 2 when the whole costs 20 % more than the sum of its parts.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { SignJWT, createLocalJWKSet, jwtVerify } from 'jose';
import opaWasm from '@open-policy-agent/opa-wasm';
import { extract } from 'tar-stream';
import { createDecider, createGuard, createVerifier, fromNode } from 'authctl-service';

const ITERATIONS = Number(process.argv[2] ?? 100);
const ROUNDS = 40;
const LIMIT = 1.2;
const bundle = fileURLToPath(new URL('../data/service/bundle.tar.gz', import.meta.url));
const policyFolder = fileURLToPath(new URL('../data/service/policy', import.meta.url));
const opaBinary = process.env.AUTHCTL_OPA_BIN ?? join(homedir(), '.cache/authctl/opa/1.22.0/opa');
const issuer = 'https://id.example/realms/shop';
const audience = 'orders';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256', use: 'sig' }] };
const token = await new SignJWT({ typ: 'Bearer', azp: 'storefront', scope: 'openid orders:read', realm_access: { roles: ['customer'] } })
  .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
  .setIssuer(issuer)
  .setAudience(audience)
  .setSubject('alice')
  .setIssuedAt()
  .setExpirationTime('1h')
  .sign(privateKey);

const wire = {
  method: 'GET',
  url: '/users/alice/orders?page=2',
  rawHeaders: ['Host', 'api.example', 'User-Agent', 'bench', 'Accept', '*/*', 'Authorization', `Bearer ${token}`],
  socket: { remoteAddress: '127.0.0.1' },
};
const inputOf = (claims) => ({
  request: {
    method: 'GET',
    path: '/users/alice/orders',
    segments: ['users', 'alice', 'orders'],
    query: { page: ['2'] },
    host: 'api.example',
    scheme: 'http',
    client_ip: '127.0.0.1',
  },
  route: { service: 'orders', id: 'own', params: { owner: 'alice' } },
  source: 'service',
  token: claims,
});

const files = new Map();
const archive = extract();
archive.end(gunzipSync(readFileSync(bundle)));
for await (const entry of archive) {
  const chunks = [];
  for await (const chunk of entry) chunks.push(chunk);
  files.set(entry.header.name.replace(/^\//, ''), Buffer.concat(chunks));
}
const policy = await opaWasm.loadPolicy(files.get('policy.wasm'), {}, { 'time.now_ns': Date.now, 'io.jwt.decode': () => undefined });
policy.setData(JSON.parse(files.get('data.json').toString()));

const keys = createLocalJWKSet(jwks);
const decider = createDecider({ bundle, entrypoint: 'demo/authz' });
await decider.refresh();
const guard = createGuard({
  verifier: createVerifier({ issuer, audience, jwks }),
  decider,
  service: 'orders',
  routes: [{ id: 'own', method: 'GET', path: '/users/{owner}/orders', scopes: ['orders:read'] }],
});

const must = (allowed, what) => {
  if (!allowed) throw new Error(`${what} refused a good request`);
};
const plainJose = async () =>
  (await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'], typ: 'JWT', clockTolerance: 5 })).payload;
const { payload: someClaims } = await jwtVerify(token, keys);
const someInput = inputOf(someClaims);

const subjects = {
  'plain jose': plainJose,
  'plain opa-wasm': () => must(policy.evaluate(someInput, 'demo/authz')[0].result.allow, 'opa-wasm'),
  'authctl-service': async () => must((await guard.check(fromNode(wire))).ok, 'authctl-service'),
};

const server = existsSync(opaBinary) ? await startOpa() : undefined;
if (server) subjects['plain jose + OPA over HTTP'] = async () => must((await server.ask(inputOf(await plainJose()))).allow, 'OPA');

try {
  const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries(subjects)) {
      const started = process.hrtime.bigint();
      for (let index = 0; index < ITERATIONS; index += 1) await run();
      // The first two rounds only warm the machine up.
      if (round >= 0) times[name].push(Number(process.hrtime.bigint() - started) / ITERATIONS / 1000);
    }
  }
  const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
  const parts = times['plain jose'].map((time, round) => time + times['plain opa-wasm'][round]);
  const ratios = times['authctl-service'].map((time, round) => time / parts[round]);
  for (const [name, list] of Object.entries(times)) process.stdout.write(`${name.padEnd(28)} ${median(list).toFixed(1).padStart(8)} us\n`);
  const ratio = median(ratios);
  process.stdout.write(`authctl-service / (jose + opa-wasm)          ${ratio.toFixed(2)} (limit ${String(LIMIT)})\n`);
  if (server) {
    const remote = median(times['plain jose + OPA over HTTP'].map((time, round) => time / times['authctl-service'][round]));
    process.stdout.write(`(jose + OPA over HTTP) / authctl-service     ${remote.toFixed(2)}\n`);
  } else process.stdout.write('OPA over HTTP: skipped, no opa found (AUTHCTL_OPA_BIN)\n');
  process.exitCode = ratio < LIMIT ? 0 : 2;
} finally {
  decider.close();
  server?.stop();
}

/**
 * An OPA server on a free loopback port with the same policy: from its sources, because a server without a wasm engine takes no
 * compiled bundle.
 */
async function startOpa() {
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
  const child = spawn(
    opaBinary,
    ['run', '--server', '--disable-telemetry', '--log-level', 'error', '--addr', `127.0.0.1:${String(port)}`, '-b', policyFolder],
    { stdio: 'ignore' },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (input) =>
    new Promise((resolve, reject) => {
      const call = httpRequest(
        { agent, host: '127.0.0.1', port, method: 'POST', path: '/v1/data/demo/authz', headers: { 'content-type': 'application/json' } },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()).result ?? {}));
        },
      );
      call.on('error', reject);
      call.end(JSON.stringify({ input }));
    });
  for (let attempt = 0; ; attempt += 1) {
    try {
      await ask({});
      break;
    } catch (error) {
      if (attempt === 100) {
        child.kill();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    ask,
    stop: () => {
      agent.destroy();
      child.kill();
    },
  };
}
