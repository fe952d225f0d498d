import { expect, it } from 'vitest';
import { blueprint, startTargets } from '../unit/app/targets.ts';
import { cli } from './run.ts';

it('drift says who can do what by a route of others, and what it cannot say that of', async () => {
  const env = await startTargets();
  const run = (...argv: string[]) => cli([...argv.slice(0, 1), blueprint, ...argv.slice(1), '--no-stack'], env);
  const kong = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${env['KONG_ADMIN_URL'] ?? ''}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
    return (await answer.json()) as Record<string, unknown>;
  };
  expect((await run('apply', '--yes')).exitCode).toBe(0);
  expect(await run('drift')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^no changes\n/) as string });

  const { data } = (await (await fetch(`${env['KONG_ADMIN_URL'] ?? ''}/services`)).json()) as { data: readonly { readonly name: string; readonly protocol: string; readonly host: string; readonly port: number }[] };
  const ours = data.find(({ name }) => name === 'tickets.tickets');
  await kong('/services', { name: 'around', protocol: ours?.protocol, host: ours?.host, port: ours?.port });
  await kong('/services/around/routes', { name: 'around', paths: ['/around'] });
  await kong('/plugins', { name: 'pre-function', instance_name: 'theirs', config: { access: ['return'] } });
  const drift = await run('drift');
  expect(drift.exitCode).toBe(2);
  expect(drift.stdout.split('\n').filter((line) => /^(lets in|beside|not worked out|access)/.test(line)).map((line) => line.replace(/ {2}\S+:\d+:\d+$/, ''))).toEqual([
    'access: no cell of the matrix changes, but 2 of what is told above open something',
    'lets in kong anonymous: GET /around/tickets reaches tickets.list  kong.route/around',
    'lets in kong anonymous: GET /around/tickets/x reaches tickets.read  kong.route/around',
    'beside the matrix: 2 requests get where the blueprint lets nobody',
    'not worked out who can do what by kong.plugin/theirs',
  ]);
  const { access } = JSON.parse((await run('drift', '--json')).stdout) as { access: { gains: readonly object[]; unknown: readonly string[] } };
  expect(access).toMatchObject({ gains: [{ who: 'anonymous', gateway: 'kong', request: 'GET /around/tickets', reaches: 'tickets.list', by: 'kong.route/around' }, {}], unknown: ['kong.plugin/theirs'] });
});
