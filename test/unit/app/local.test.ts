import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openRun } from '../../../src/app/run.ts';
import { createMask } from '../../../src/core/mask.ts';
import { markOf } from '../../../src/stack/identity.ts';
import { writeState } from '../../../src/stack/state.ts';
import { pool, poolAtKong } from './pool.ts';

const made = { KONG_ADMIN_URL: 'http://127.0.0.1:18001', KONG_PROXY_URL: 'http://127.0.0.1:18000', AWS_ENDPOINT: 'http://127.0.0.1:14566' };
const own = { ISSUER_URL: 'https://id.example/pool', TRACKER_SECRET: 'secret-of-the-tracker', DORA_TOKEN: 'token-of-dora', DORA_ID_TOKEN: 'id-token-of-dora', UPSTREAM: 'http://127.0.0.1:19000' };
const realm = `
apiVersion: authctl/v1
name: alone
targets: { keycloak: { url: "\${KEYCLOAK_URL}", credentials: { clientId: authctl, clientSecret: "\${KEYCLOAK_CLIENT_SECRET}" } } }
realm: {}
`;

/** Whether a blueprint's targets are the stack's that runs (`stack`), where the environment says this much itself; and what was told of it. */
const judged = async (text: string, { stack = made, env = {} }: { readonly stack?: Readonly<Record<string, string>>; readonly env?: Readonly<Record<string, string>> } = {}) => {
  const dir = mkdtempSync(join(tmpdir(), 'authctl-local-'));
  onTestFinished(() => { rmSync(dir, { recursive: true, force: true }); });
  const stackDirectory = join(dir, 'stack');
  mkdirSync(stackDirectory);
  writeFileSync(join(dir, 'blueprint.yaml'), text);
  writeState(stackDirectory, {
    version: 1, ready: true, startedAt: '2026-01-01T00:00:00.000Z', processes: [{ name: 'supervisor', ...(markOf(process.pid) ?? expect.fail('this process runs')) }],
    parts: ['kong'], needs: { name: 'parcels', keycloak: false, opa: false, kong: true, aws: false, services: [] }, servers: [], env: stack,
  });
  const told: string[] = [];
  const run = await openRun({ env: { ...own, ...env }, stackDirectory, events: ({ type }) => { told.push(type); } }, createMask());
  return [run.isLocal(await run.load(join(dir, 'blueprint.yaml'))), told.includes('stack.used')];
};

it('is a blueprint whose issuer is not ours, where the stack made every target', async () => {
  expect(await judged(poolAtKong)).toEqual([true, true]);
  expect(await judged(pool)).toEqual([true, true]);
});

it('is none of which one address is somebody else’s, on this machine, too', async () => {
  expect(await judged(poolAtKong, { env: { KONG_PROXY_URL: 'http://127.0.0.1:28000' } })).toEqual([false, false]);
  expect(await judged(poolAtKong, { env: { KONG_ADMIN_URL: 'https://kong.example' } })).toEqual([false, false]);
  expect(await judged(poolAtKong, { stack: {}, env: made })).toEqual([false, false]);
  expect(await judged(pool.replace(', endpoint: "${AWS_ENDPOINT}"', ''))).toEqual([false, false]);
});

it('is one with the stack’s Keycloak, and none with another', async () => {
  const stack = { KEYCLOAK_URL: 'http://127.0.0.1:18080', KEYCLOAK_CLIENT_SECRET: 'secret-of-the-login' };
  expect(await judged(realm, { stack })).toEqual([true, true]);
  expect(await judged(realm, { stack, env: { KEYCLOAK_URL: 'http://127.0.0.1:28080' } })).toEqual([false, false]);
});
