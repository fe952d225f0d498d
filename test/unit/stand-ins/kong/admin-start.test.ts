import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKong, type EmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';

const pluginDir = fileURLToPath(new URL('../../../../infra/kong/plugins', import.meta.url));

describe('the embedded Kong', () => {
  let kong: EmbeddedKong;

  beforeAll(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir });
  });
  afterAll(() => kong.close());

  const put = (path: string, body: unknown): Promise<Response> =>
    fetch(`${kong.admin.url}${path}`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

  it('enables our own plugins, with the priority of their handlers', async () => {
    const { plugins } = (await (await fetch(kong.admin.url)).json()) as { plugins: { available_on_server: unknown } };
    expect(plugins.available_on_server).toMatchObject({
      jwt: { priority: 1450, version: '3.9.3' }, 'authctl-token-guard': { priority: 1455 }, 'authctl-opa': { priority: 920 },
    });
  });

  it('routes by what was written, at once, and says what it is', async () => {
    expect((await fetch(`${kong.proxy.url}/here`)).status).toBe(404);
    await put('/routes/here', { paths: ['/here'] });
    await put('/routes/here/plugins/stop', { name: 'request-termination', config: { status_code: 418, message: 'stop' } });
    const answer = await fetch(`${kong.proxy.url}/here`);
    expect([answer.status, answer.headers.get('x-authctl-stand-in')]).toEqual([418, 'embedded-kong']);
    expect((await fetch(kong.admin.url)).headers.get('x-authctl-stand-in')).toBe('embedded-kong');
  });

  it('makes one entity of many writes at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => put('/services/one', { host: 'h' })));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect([new Set(answers.map(({ status }) => status)), new Set(ids).size]).toEqual([new Set([200]), 1]);
  });

  it('counts reads and writes apart', async () => {
    const before = kong.requests();
    await fetch(`${kong.admin.url}/services`);
    await put('/services/counted', { host: 'h' });
    expect(kong.requests()).toEqual({ reads: before.reads + 1, writes: before.writes + 1 });
  });

  it('refuses a body past ten megabytes', async () => {
    const answer = await put('/services/big', { host: 'h', name: 'x'.repeat(11 * 1024 * 1024) });
    expect(answer.status).toBe(413);
  });

  it('rejects when its port is taken, and leaves nothing running', async () => {
    const taken = kong.admin.address.port;
    await expect(startEmbeddedKong({ adminPort: taken, proxyPort: 0, pluginDir })).rejects.toThrow('EADDRINUSE');
  });
});
