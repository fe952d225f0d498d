// How much apply and plan cost on a real Keycloak, through the command line, beside the least that Node needs for the same objects. Prints Markdown.
// Needs dist/ (npm run build), and either KEYCLOAK_URL and KEYCLOAK_CLIENT_SECRET or whatever `authctl stack up` needs: then it starts one.
//
//   node test/bench/keycloak.js [clients:users[:personas] ...]      beside them 100 roles, 20 scopes with two mappers, 20 groups
//
// Users are accounts that are made once, as people are (`raw.keycloak.entities.users`), or personas, which are compared: each has a role and is in a
// group. Every measured step is a process of its own, from start to exit; so are the raw calls, which ours take turns with.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as open } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const here = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('../../', import.meta.url));
const PARALLEL = 8;
const RUNS = 3;
const COUNTS = { roles: 100, scopes: 20, groups: 20 };
const PAGE = 2000;
const CLIENTS_OF_A_PAGE = 100;
/** Clients, from which a first apply is no longer measured: once, without raw calls beside it. */
const MOST = 100;

const times = (count, make) => Array.from({ length: count }, (_, at) => make(at));
const named = (entries) => Object.fromEntries(entries);
const mapper = (at) => ({ type: 'oidc-usermodel-attribute-mapper', config: { 'user.attribute': `a${at}`, 'claim.name': `a${at}`, 'access.token.claim': 'true' } });
const scopesOf = (at) => [`scope-${at % COUNTS.scopes}`, `scope-${(at + 7) % COUNTS.scopes}`];

/** Half the clients are for browsers, half for services. A scope's second mapper is the one of its audience, which authctl makes. */
const blueprintOf = ({ realm, url, clients, users, personas }) => ({
  apiVersion: 'authctl/v1',
  name: realm,
  targets: { keycloak: { url, credentials: { clientId: 'authctl', clientSecret: '${KEYCLOAK_CLIENT_SECRET}' } } },
  realm: {
    name: realm,
    roles: named(times(COUNTS.roles, (at) => [`role-${at}`, { description: `the role ${at}` }])),
    groups: named(times(COUNTS.groups, (at) => [`group-${at}`, { roles: [`role-${at}`] }])),
    scopes: named(times(COUNTS.scopes, (at) => [`scope-${at}`, { audience: `api-${at}`, mappers: { claim: mapper(at) } }])),
    clients: named(
      times(clients, (at) => [
        `client-${at}`,
        at % 2 === 0
          ? { type: 'public', redirectUris: [`https://app-${at}.example/callback`], scopes: scopesOf(at) }
          : { type: 'service', secret: '${CLIENT_SECRET}', scopes: scopesOf(at), roles: [`role-${at % COUNTS.roles}`] },
      ]),
    ),
  },
  ...(personas
    ? { personas: named(times(users, (at) => [`user-${at}`, { roles: [`role-${at % COUNTS.roles}`], groups: [`group-${at % COUNTS.groups}`], password: '${USER_PASSWORD}' }])) }
    : { raw: { keycloak: { entities: { users: named(times(users, (at) => [`user-${at}`, { email: `user-${at}@bench.test`, realmRoles: [`role-${at % COUNTS.roles}`], groups: [`/group-${at % COUNTS.groups}`] }])) } } } }),
});

/** One kept-alive connection per parallel call, nothing compared, nothing repeated. */
const rawCalls = async ({ url, secret }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  const counts = { reads: 0, writes: 0 };
  const ask = (method, path, { body, headers = {}, read = method === 'GET' } = {}) =>
    new Promise((resolve, reject) => {
      counts[read ? 'reads' : 'writes'] += 1;
      const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
      const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
      const sent = open(new URL(path, url), { method, agent, headers: { 'content-type': 'application/json', ...length, ...headers } }, (answer) => {
        let all = '';
        answer.setEncoding('utf8').on('data', (part) => (all += part)).on('end', () => {
          if (answer.statusCode >= 400) reject(new Error(`${method} ${path}: ${answer.statusCode} ${all}`));
          else resolve({ body: all === '' ? undefined : JSON.parse(all), id: answer.headers.location?.split('/').at(-1) });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  let login = { until: 0 };
  const token = async () => {
    if (login.until < performance.now()) {
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: secret }).toString();
      const asked = ask('POST', '/realms/master/protocol/openid-connect/token', { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' }, read: true });
      login = { until: performance.now() + 40_000, value: asked.then(({ body }) => body.access_token) };
    }
    return login.value;
  };
  const send = async (method, path, body, read) => ask(method, `/admin/realms${path}`, { body, read, headers: { authorization: `Bearer ${await token()}` } });
  const sendAll = async (items, work) => {
    let next = 0;
    await Promise.all(times(PARALLEL, async () => { while (next < items.length) await work(items[next++]); }));
  };
  return { send, sendAll, counts, close: () => agent.destroy() };
};

const steps = {
  /** The same realm with as few writes as Keycloak needs for it. */
  async rawApply({ realm, people, ...server }) {
    const raw = await rawCalls(server);
    const { realm: wanted, personas, raw: stated } = people.blueprint;
    await raw.send('POST', '', { realm, enabled: true, bruteForceProtected: true });
    const base = `/${realm}`;
    await raw.sendAll(Object.entries(wanted.roles), ([name, { description }]) => raw.send('POST', `${base}/roles`, { name, description }));
    const roles = new Map((await raw.send('GET', `${base}/roles?briefRepresentation=true`)).body.map(({ id, name }) => [name, { id, name }]));
    const refs = (names) => names.map((name) => roles.get(name));
    await raw.sendAll(Object.entries(wanted.scopes), ([name, { audience, mappers }]) =>
      raw.send('POST', `${base}/client-scopes`, {
        name,
        protocol: 'openid-connect',
        protocolMappers: [
          { name: 'audience', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.custom.audience': audience, 'access.token.claim': 'true' } },
          { name: 'claim', protocol: 'openid-connect', protocolMapper: mappers.claim.type, config: mappers.claim.config },
        ],
      }));
    await raw.sendAll(Object.entries(wanted.groups), async ([name, { roles: names }]) => {
      const { id } = await raw.send('POST', `${base}/groups`, { name });
      await raw.send('POST', `${base}/groups/${id}/role-mappings/realm`, refs(names));
    });
    await raw.sendAll(Object.entries(wanted.clients), async ([clientId, { type, redirectUris = [], scopes, roles: names }]) => {
      const service = type === 'service';
      const { id } = await raw.send('POST', `${base}/clients`, {
        clientId, protocol: 'openid-connect', publicClient: !service, standardFlowEnabled: !service, directAccessGrantsEnabled: false, serviceAccountsEnabled: service, fullScopeAllowed: false, redirectUris,
        ...(service && { secret: 'raw-secret' }), [service ? 'defaultClientScopes' : 'optionalClientScopes']: scopes,
      });
      await raw.send('POST', `${base}/clients/${id}/scope-mappings/realm`, refs(service ? names : Object.keys(wanted.roles)));
      if (service) await raw.send('POST', `${base}/users/${(await raw.send('GET', `${base}/clients/${id}/service-account-user`)).body.id}/role-mappings/realm`, refs(names));
    });
    await raw.sendAll(Object.entries(personas ?? stated.keycloak.entities.users), async ([username, { roles: names, realmRoles = names, groups }]) => {
      const { id } = await raw.send('POST', `${base}/users`, {
        username, enabled: true, email: `${username}@bench.test`, groups: groups.map((path) => `/${path.replace(/^\//, '')}`), ...(personas && { credentials: [{ type: 'password', value: 'raw-password', temporary: false }] }),
      });
      await raw.send('POST', `${base}/users/${id}/role-mappings/realm`, refs(realmRoles));
    });
    raw.close();
    return raw.counts;
  },
  /** What shows the same: the clients with their secrets, the export, the users; of personas also who has each role and who is in each group. */
  async rawPlan({ realm, personas, ...server }) {
    const raw = await rawCalls(server);
    const base = `/${realm}`;
    const pages = async (path, size = PAGE) => {
      for (let first = 0, rows = size; rows === size; first += size) rows = (await raw.send('GET', `${base}${path}&first=${first}&max=${size}`)).body.length;
    };
    const users = pages('/users?briefRepresentation=false');
    await pages('/clients?viewableOnly=false', CLIENTS_OF_A_PAGE);
    const { body } = await raw.send('POST', `${base}/partial-export?exportClients=true&exportGroupsAndRoles=true`, undefined, true);
    await users;
    const lists = personas ? [...body.roles.realm.map(({ name }) => `/roles/${name}/users?briefRepresentation=true`), ...body.groups.map(({ id }) => `/groups/${id}/members?briefRepresentation=true`)] : [];
    await raw.sendAll(lists, (path) => pages(path));
    raw.close();
    return raw.counts;
  },
  async remove({ realm, ...server }) {
    const raw = await rawCalls(server);
    await raw.send('DELETE', `/${realm}`).catch(() => undefined);
    raw.close();
    return raw.counts;
  },
};

/** Before anything else in the process that is measured: what it used, said at its end on a channel of its own. */
const USAGE = `data:text/javascript,${encodeURIComponent("import{writeSync}from'node:fs';process.on('exit',()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();writeSync(3,JSON.stringify({rss:maxRSS,cpu:(userCPUTime+systemCPUTime)/1000}))})")}`;
const run = (args, { env = process.env, input, allowed = [0] } = {}) => {
  const begun = performance.now();
  const { status, stdout, stderr, output } = spawnSync(process.execPath, ['--import', USAGE, ...args], { cwd: root, env, input, encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const wall = performance.now() - begun;
  if (!allowed.includes(status)) throw new Error(`${args.slice(0, 3).join(' ')}: ${status} ${stderr}${stdout.slice(0, 4000)}`);
  return { wall, stdout, ...JSON.parse(output[3]) };
};
const raw = (step, world) => {
  const { stdout, ...figures } = run([here, step], { input: JSON.stringify(world) });
  return { ...figures, ...JSON.parse(stdout) };
};
const ours = (args, env) => {
  const { stdout, ...figures } = run(['bin/authctl.js', ...args, '--json'], { env });
  const { requests, changes = [], problems } = JSON.parse(stdout);
  const left = args[0] === 'plan' ? changes.filter(({ action }) => action !== 'keep') : [];
  if (problems.length > 0 || left.length > 0) throw new Error(`${args[0]}: ${JSON.stringify([problems, left]).slice(0, 4000)}`);
  return { ...figures, ...requests.keycloak };
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const middle = (runs) => runs.length > 0 && ({ ...runs[0], ...named(['wall', 'rss', 'cpu'].map((figure) => [figure, median(runs.map((one) => one[figure]))])) });

/** Raw and ours by turns, each first apply into a realm that is not there, each plan on the realm that it was applied to. */
const compare = (size, server, dir) => {
  const found = { rawApply: [], apply: [], rawPlan: [], plan: [] };
  const env = {
    ...process.env, AUTHCTL_STATE_DIR: join(dir, 'state'), KEYCLOAK_CLIENT_SECRET: server.secret,
    CLIENT_SECRET: randomBytes(16).toString('base64url'), USER_PASSWORD: randomBytes(16).toString('base64url'),
  };
  const [applies, plans] = [size.clients > MOST ? 1 : RUNS, RUNS];
  for (let at = 0; at < applies; at += 1) {
    const [theirs, realm] = ['raw', 'own'].map((whose) => `bench-${whose}-${size.clients}-${size.personas ? 'personas' : 'accounts'}-${at}`);
    const blueprint = blueprintOf({ ...size, realm, url: server.url });
    const file = join(dir, `${realm}.yaml`);
    writeFileSync(file, stringify(blueprint));
    if (size.clients <= MOST) found.rawApply.push(raw('rawApply', { ...server, realm: theirs, people: { blueprint } }));
    found.apply.push(ours(['apply', file, '--yes'], env));
    for (let again = 0; again < plans; again += 1) {
      found.rawPlan.push(raw('rawPlan', { ...server, realm, personas: size.personas }));
      found.plan.push(ours(['plan', file], env));
    }
    // Keycloak takes longer to forget a realm than to make it; a stack of our own is thrown away as a whole.
    if (!server.own) for (const one of [theirs, realm]) raw('remove', { ...server, realm: one });
  }
  return named(Object.entries(found).map(([step, all]) => [step, middle(all)]));
};

const ratio = (a, b) => (a / b).toFixed(1);
const rowOf = ({ clients, users, personas }, title, mine, least) =>
  `| ${[clients, `${users} ${personas ? 'personas' : 'accounts'}`, title, ...[mine, least].map((one) => (one ? `${one.reads} + ${one.writes}` : '')), least ? ratio(mine.wall, least.wall) : '', (mine.cpu / 1000).toFixed(2), least ? (least.cpu / 1000).toFixed(2) : '', Math.round(mine.rss / 1024)].join(' | ')} |`;

const main = (sizes) => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-bench-'));
  const own = process.env.KEYCLOAK_URL === undefined;
  const env = { ...process.env, AUTHCTL_STACK_DIR: join(dir, 'stack') };
  // The step that is under way gets the signal, too, and ends; then the stack is stopped.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  try {
    if (own) {
      writeFileSync(join(dir, 'stack.yaml'), stringify(blueprintOf({ realm: 'bench', url: '${KEYCLOAK_URL}', clients: 1, users: 0, personas: true })));
      run(['bin/authctl.js', 'stack', 'up', join(dir, 'stack.yaml')], { env });
    }
    const { KEYCLOAK_URL: url, KEYCLOAK_CLIENT_SECRET: secret } = own ? JSON.parse(readFileSync(join(dir, 'stack', 'stack.json'), 'utf8')).env : process.env;
    process.stdout.write(
      `${[
        '| clients | users | step | requests: reads + writes | raw calls: reads + writes | wall : raw calls | CPU, s | raw calls: CPU, s | RSS, MiB |',
        '| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
      ].join('\n')}\n`,
    );
    for (const size of sizes) {
      const { apply, rawApply, plan, rawPlan } = compare(size, { url, secret, own }, dir);
      process.stdout.write(`${rowOf(size, 'first apply', apply, rawApply)}\n${rowOf(size, 'empty plan', plan, rawPlan)}\n`);
    }
  } finally {
    if (own) run(['bin/authctl.js', 'stack', 'down'], { env, allowed: [0, 1] });
    rmSync(dir, { recursive: true, force: true });
  }
};

const [first, ...rest] = process.argv.slice(2);
if (first !== undefined && first in steps) process.stdout.write(JSON.stringify(await steps[first](JSON.parse((await process.stdin.toArray()).join('')))));
else
  main(
    (first === undefined ? ['50:200', '50:200:personas', '250:1250', '1000:5000'] : [first, ...rest]).map((text) => {
      const [clients, users, kind] = text.split(':');
      return { clients: Number(clients), users: Number(users), personas: kind === 'personas' };
    }),
  );
