// A service of the shop that trusts nobody in front of it: it verifies every token itself and, with a bundle, decides in process.
// Its handler only says what it saw. `authctl stack up` runs one for each service of the patterns jwt, decentralised and hybrid.
import { createServer } from 'node:http';
import { createDecider, createGuard, createVerifier, guardNode } from 'authctl-service';
import { configurationOf } from './configuration.js';

const say = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
const wrong = (/** @type {string} */ name, /** @type {string} */ detail) => new Error(`the variable ${name} ${detail}`);

const start = async () => {
  const { service, port, host, recorder: recording, verifier, routes, objects, question, decider: deciding } = configurationOf(process.env, wrong);
  const decider = deciding && createDecider({ ...deciding, onStatus: ({ ready, revision, error }) => say({ policy: { ready, revision, error } }) });
  const guard = createGuard({
    verifier: createVerifier(verifier),
    ...(decider && { decider }),
    service,
    routes,
    ...(question && { question }),
    object: ({ route, params }) => {
      const { ownedBy } = routes.find(({ id }) => id === route);
      const id = ownedBy === undefined ? undefined : params[ownedBy];
      return id !== undefined && Object.hasOwn(objects, id) ? { owner: objects[id] } : undefined;
    },
    onVerdict: (verdict) => say({ decision: verdict }),
  });
  // For rehearsals only, so that a service in use needs no package of stand-ins.
  const recorder = recording ? (await import('authctl-stand-ins/recorder')).createRecorder({ service }) : undefined;

  const handle = guardNode(guard, (request, response, { route, params, identity }) => {
    recorder?.record(request);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify({ service, route, params, subject: identity?.claims.sub ?? null }));
  });

  const server = createServer((request, response) => {
    const told = request.url === '/__authctl/status' ? { service, ...(decider?.status() ?? { ready: true }) } : recorder?.answer(request);
    if (told !== undefined) {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(told));
      return;
    }
    handle(request, response).catch((thrown) => {
      say({ error: thrown instanceof Error ? thrown.message : 'unknown' });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.listen(port, host, () => say({ listening: server.address(), service }));
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      decider?.close();
      server.close();
      server.closeAllConnections();
    });
  }
};

try {
  await start();
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
}
