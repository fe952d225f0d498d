// The main job, from nothing to nothing: stack up, plan, apply, verify, no second change, three things broken by hand, drift, repair,
// verify again, stack down. Every step says what must come back; the demonstration fails when it does not.
import { readFileSync } from 'node:fs';
import { ensure } from './packages.js';
import { run } from './run.js';
import { saboteur } from './sabotage.js';

const blueprint = process.argv[2] ?? 'blueprints/sso.yaml';
const stackDir = process.env.AUTHCTL_STACK_DIR ?? '.authctl/stack';
const begun = Date.now();
const summary = [];
// As authctl itself does: which Node.js the SDK will need one day is nothing that who looks at this can act on.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const authctl = async (title, args, { code = 0, says = [] } = {}) => {
  process.stdout.write(`\n\u001b[1m$ authctl ${args.join(' ')}\u001b[0m\n`.replace(process.stdout.isTTY ? '' : /\u001b\[\d+m/g, ''));
  const started = Date.now();
  const result = await run(process.execPath, ['bin/authctl.js', ...args], { capture: true });
  const missing = says.filter((text) => !result.output.includes(text));
  const good = result.code === code && missing.length === 0;
  summary.push(`${good ? 'ok  ' : 'FAIL'} ${title.padEnd(52)} exit ${result.code}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (!good) throw new Error(`${title}: expected exit ${code}${missing.length > 0 ? ` and the words ${missing.join(', ')}` : ''}, got ${result.code}`);
  return result.output;
};

const breakThings = async () => {
  const { env } = JSON.parse(readFileSync(`${stackDir}/stack.json`, 'utf8'));
  const name = /^name:\s*(\S+)/m.exec(readFileSync(blueprint, 'utf8'))?.[1] ?? '';
  const hand = saboteur(env, name);
  process.stdout.write('\nthree things are broken by hand:\n');
  await hand.removePlugins(({ instance_name }) => instance_name === `${name}.orders.list.scope`);
  process.stdout.write('  Kong: the route orders.list loses its plugin\n');
  await hand.openRedirect('storefront');
  process.stdout.write('  Keycloak: the client storefront gets the redirect URI *\n');
  await hand.removeAuthorizer('GET /orders');
  process.stdout.write('  AWS: the route GET /orders loses its authorizer\n');
};

let failure;
try {
  if (/pattern:\s*session\b/.test(readFileSync(blueprint, 'utf8'))) await ensure({ 'redis-server': ['redis-server'] });
  await authctl('the local stack starts', ['stack', 'up', blueprint]);
  await authctl('plan shows what would be made', ['plan', blueprint]);
  await authctl('apply makes it', ['apply', blueprint, '--yes']);
  await authctl('verify attacks it', ['verify', blueprint]);
  await authctl('a second plan has nothing to do', ['plan', blueprint, '--exit-code'], { says: ['no changes'] });
  if (blueprint.endsWith('sso.yaml')) {
    await breakThings();
    const named = ['orders.list.scope', 'keycloak.client/shop/storefront', 'aws.route/shop/GET /orders', `${blueprint}:`];
    await authctl('drift names the three, each with its blueprint line', ['drift', blueprint], { code: 2, says: named });
    await authctl('apply repairs them', ['apply', blueprint, '--yes']);
    await authctl('verify attacks again', ['verify', blueprint]);
  }
} catch (thrown) {
  failure = thrown;
} finally {
  await authctl('the local stack stops', ['stack', 'down']).catch((thrown) => {
    failure ??= thrown;
  });
}

process.stdout.write(`\n${summary.join('\n')}\n`);
if (failure) process.stdout.write(`\n${failure.message}\n`);
process.stdout.write(`demo of ${blueprint}: ${failure ? 'FAILED' : 'all as it must be'} after ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);
process.exitCode = failure ? 1 : 0;
