import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBundles } from '../../../../src/stack/servers/bundles.ts';
import { temporaryDir } from '../temporary.ts';
import { draws } from '../../../properties.ts';

const serving = async () => {
  const root = temporaryDir();
  const dir = join(root, 'bundles');
  mkdirSync(dir);
  writeFileSync(join(root, 'stack.json'), 'a secret');
  const server = await startBundles({ dir, port: 0, readToken: 'read', writeToken: 'write' });
  onTestFinished(() => server.close());
  const ask = (method: string, path: string, token: string | undefined, more: Record<string, string> = {}, body?: string): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...more },
      ...(body !== undefined && { body }),
    });
  return { dir, ask };
};
const etagOf = (text: string): string => `"${createHash('sha256').update(text).digest('hex')}"`;

describe('the bundle server', () => {
  it('answers 404 until something is published', async () => {
    const { ask } = await serving();
    expect((await ask('GET', '/bundles/shop.tar.gz', 'read')).status).toBe(404);
  });

  it('serves what lies in its directory by a strong tag, and 304 when it is known', async () => {
    const { dir, ask } = await serving();
    writeFileSync(join(dir, 'shop.tar.gz'), 'first');
    const answer = await ask('GET', '/bundles/shop.tar.gz', 'read');
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, etagOf('first'), 'first']);
    const known = await ask('GET', '/bundles/shop.tar.gz', 'read', { 'if-none-match': etagOf('first') });
    expect([known.status, await known.text()]).toEqual([304, '']);
    writeFileSync(join(dir, 'shop.tar.gz'), 'second');
    expect((await ask('GET', '/bundles/shop.tar.gz', 'read', { 'if-none-match': etagOf('first') })).status).toBe(200);
  });

  it('takes a bundle from the one who may write, whole', async () => {
    const { dir, ask } = await serving();
    const answer = await ask('PUT', '/bundles/shop.tar.gz', 'write', {}, 'new');
    expect([answer.status, answer.headers.get('etag')]).toEqual([204, etagOf('new')]);
    expect([readdirSync(dir), readFileSync(join(dir, 'shop.tar.gz'), 'utf8')]).toEqual([['shop.tar.gz'], 'new']);
  });

  it.for([
    ['GET', undefined], ['GET', 'wrong'], ['GET', ''], ['PUT', undefined], ['PUT', 'read'], ['DELETE', 'read'],
  ] as const)('refuses %s with the token %s', async ([method, token]) => {
    const { dir, ask } = await serving();
    writeFileSync(join(dir, 'shop.tar.gz'), 'first');
    expect((await ask(method, '/bundles/shop.tar.gz', token, {}, method === 'PUT' ? 'new' : undefined)).status).toBe(401);
    expect(readFileSync(join(dir, 'shop.tar.gz'), 'utf8')).toBe('first');
  });

  it('takes a bundle away for the one who may write, twice as well as once', async () => {
    const { dir, ask } = await serving();
    writeFileSync(join(dir, 'shop.tar.gz'), 'first');
    expect((await ask('DELETE', '/bundles/shop.tar.gz', 'write')).status).toBe(204);
    expect((await ask('DELETE', '/bundles/shop.tar.gz', 'write')).status).toBe(204);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('knows no other method', async () => {
    const { ask } = await serving();
    expect((await ask('POST', '/bundles/shop.tar.gz', 'write')).status).toBe(405);
  });

  it('never leaves its directory', async () => {
    const { dir, ask } = await serving();
    const piece = fc.constantFrom('..', '%2e%2e', '%2F', '/', '\\', 'stack.json', 'shop', '.tar.gz', '%00', 'bundles', '.');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const answer = await ask('GET', `/bundles/${pieces.join('')}`, 'read');
        expect([answer.status, await answer.text()]).toEqual([404, '']);
      }),
      { numRuns: draws(100) },
    );
    expect(readdirSync(dir)).toEqual([]);
  });
});
