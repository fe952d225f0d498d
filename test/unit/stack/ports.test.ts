import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../src/stack/ports.ts';

it('finds a port that can be listened on', async () => {
  const port = await freePort();
  expect(await freePort(port)).toBe(port);
  // Not one that a connection which goes out may be given before the server has come.
  expect(port).toBeLessThan(32_768);
});

it('finds no port twice, although nobody has come to listen on the first', async () => {
  const ports = await Promise.all(Array.from({ length: 800 }, () => freePort()));
  expect(new Set(ports).size).toBe(800);
});

it('refuses a port that another server has', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => { server.close(); });
  const { port } = server.address() as AddressInfo;
  await expect(freePort(port)).rejects.toMatchObject({ code: 'STACK_PORT_TAKEN', message: `port ${String(port)} of 127.0.0.1 is in use` });
});
