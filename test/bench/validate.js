// Processor time of `authctl validate` against that of `node -e 0`: both twenty times by turns, children (opa) included. Needs a build.
// node test/bench/validate.js [blueprint] [runs]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [blueprint = 'blueprints/sso.yaml', runs = '20'] = process.argv.slice(2);
const env = { ...process.env, KEYCLOAK_URL: 'https://id.example' };
for (const name of ['KEYCLOAK_CLIENT_SECRET', 'REPORTS_SECRET', 'ALICE_PASSWORD', 'SAM_PASSWORD', 'ADA_PASSWORD', 'BOB_PASSWORD', 'BUNDLE_SIGNING_KEY', 'GATEWAY_SECRET'])
  env[name] ??= `a-value-for-${name}`;

/** Seconds of user and system time that a command took, with everything it started. */
const seconds = (...command) => {
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
  const { stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...command], { cwd: root, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return user + system;
};
const middle = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const commands = {
  'node -e 0': [process.execPath, '-e', '0'],
  'authctl validate, without an opa': ['/usr/bin/env', 'PATH=/nowhere', 'XDG_CACHE_HOME=/nowhere', process.execPath, 'bin/authctl.js', 'validate', blueprint],
  'authctl validate': [process.execPath, 'bin/authctl.js', 'validate', blueprint],
};
const taken = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
for (let run = 0; run < Number(runs); run += 1) for (const [name, command] of Object.entries(commands)) taken[name].push(seconds(...command));
const base = middle(taken['node -e 0']);
for (const [name, values] of Object.entries(taken))
  process.stdout.write(`${name}: ${middle(values).toFixed(3)} s, ${(middle(values) / base).toFixed(1)} times\n`);
