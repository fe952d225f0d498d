import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createAuthctl } from 'authctl';
import { addressOf } from '../../../src/core/resource.ts';
import { expect, it, onTestFinished } from 'vitest';
import { blueprint, startTargets } from '../app/targets.ts';

const send = async (url: string, method: string, body: object): Promise<{ readonly id: string }> => {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { id: string };
};

/** A gateway that somebody set up by hand. */
const setUp = async (admin: string): Promise<void> => {
  await send(`${admin}/services/billing`, 'PUT', { url: 'http://billing.internal:9101/api', retries: 2 });
  await send(`${admin}/services/billing/routes`, 'POST', { name: 'billing-all', paths: ['/billing'], methods: ['GET', 'POST'], strip_path: false });
  await send(`${admin}/services/billing/routes`, 'POST', { paths: ['/unnamed'] });
  await send(`${admin}/routes/billing-all/plugins`, 'POST', { name: 'rate-limiting', instance_name: 'billing-rate', config: { minute: 60, policy: 'local' } });
  await send(`${admin}/services/billing/plugins`, 'POST', { name: 'cors' });
  await send(`${admin}/consumers`, 'POST', { username: 'partner', custom_id: '42' });
};

it('has nothing to do at a gateway after an import of what is there', async () => {
  const env = await startTargets();
  const cwd = await mkdtemp(join(tmpdir(), 'authctl-import-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await setUp(env.KONG_ADMIN_URL ?? '');
  const before = createAuthctl({ env, cwd, localStack: false });
  expect((await before.apply(resolve(blueprint), { approve: true })).problems).toEqual([]);

  await writeFile(join(cwd, 'realm.json'), '{ "realm": "tickets" }');
  const imported = await before.import({ from: ['kong'], files: ['realm.json'], out: 'imported.yaml', name: 'imported' });
  expect(imported.problems).toEqual([]);
  const text = await readFile(join(cwd, 'imported.yaml'), 'utf8');
  for (const [name, value] of Object.entries(env)) if (/SECRET|PASSWORD/.test(name)) expect(text).not.toContain(value);

  const variables = Object.fromEntries(imported.data!.secrets.map(({ variable, of }) => [variable, env[variable] ?? (of.endsWith('.client_secret') ? env.GATEWAY_SECRET : 'what-nobody-can-compare')]));
  const report = await createAuthctl({ env: { ...variables, ...env }, cwd, localStack: false }).plan(join(cwd, 'imported.yaml'));
  expect(report.problems).toEqual([]);
  expect([...report.plan!.waves.flat(), ...report.plan!.removals].filter(({ action }) => action !== 'keep')).toEqual([]);
  const differing = report.plan!.dangers.flatMap((change) => ('danger' in change && change.danger.kind.startsWith('kong.') && change.danger.what.includes('not managed here') ? [`${addressOf(change.danger)}: ${change.danger.what}`] : []));
  expect(differing).toEqual([]);
  expect(text).toContain('billing-rate:');
});
