import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packBundle, textsOf, unpackBundle } from '../../../src/providers/opa/archive.ts';
import { ownStack } from '../own.ts';
import { driftOf } from './drift.ts';
import { opaRows } from './opa-rows.ts';
import type { OpaHand } from './opa-rows.ts';
import { mismatches } from './table.ts';

const BLUEPRINT = 'blueprints/sso.yaml';
/** Asked by nobody: a token that holds no scope. */
const NOBODY = { input: { route: { service: 'orders', id: 'list' }, request: { method: 'GET' }, token: null } };

/** A hand at the OPA and the store of a stack; `undo` takes back what it did since. */
const handAt = (env: Readonly<Record<string, string>>): { readonly hand: OpaHand; readonly undo: () => Promise<void> } => {
  const undone: (() => Promise<unknown>)[] = [];
  const place = env.BUNDLE_STORE ?? '';
  const directory = place.startsWith('file://') ? fileURLToPath(place) : place.replace(/^file:/, '');
  const archive = join(directory, readdirSync(directory).find((name) => name === 'shop.tar.gz') ?? 'shop.tar.gz');
  const send = async (method: string, path: string, body?: string): Promise<{ readonly status: number; readonly body: unknown }> => {
    const answer = await fetch(`${env.OPA_URL}${path}`, { method, ...(body !== undefined && { body, headers: { 'content-type': method === 'PUT' && path.includes('policies') ? 'text/plain' : 'application/json' } }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const put = async (path: string, body: string): Promise<number> => {
    const { status } = await send('PUT', path, body);
    if (status < 300) undone.push(() => send('DELETE', path));
    return status;
  };
  const lastDownload = async (): Promise<string> => {
    const { body } = await send('GET', '/v1/status');
    return String((body as { result: { bundles: Record<string, { last_successful_activation?: string }> } }).result.bundles.shop?.last_successful_activation);
  };
  /** Returns when OPA has activated what is in the store; the limit is far away. */
  const replaced = async (content: Buffer | undefined): Promise<void> => {
    const before = await lastDownload();
    if (content === undefined) return rmSync(archive);
    writeFileSync(`${archive}.next`, content);
    renameSync(`${archive}.next`, archive);
    for (let tries = 0; (await lastDownload()) === before && tries < 300; tries += 1) await pause(100);
  };
  return {
    hand: {
      policy: (id, rego) => put(`/v1/policies/${id}`, rego),
      data: (path, value) => (value === undefined ? send('POST', '/v1/data/shop', JSON.stringify(NOBODY)).then(({ status }) => status) : put(`/v1/data/${path}`, JSON.stringify(value))),
      tamper: async (change) => {
        const good = readFileSync(archive);
        const texts = textsOf((await unpackBundle(good)) ?? {});
        undone.push(() => replaced(good));
        await replaced(await packBundle(Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, change(path, text)]))));
      },
      unpublish: async () => {
        const good = readFileSync(archive);
        undone.push(async () => {
          writeFileSync(`${archive}.next`, good);
          renameSync(`${archive}.next`, archive);
        });
        await replaced(undefined);
      },
    },
    undo: async () => {
      for (const back of undone.splice(0).toReversed()) await back();
    },
  };
};

describe('what is done by hand to an OPA on a running stack', () => {
  const stack = ownStack(BLUEPRINT);
  let at: ReturnType<typeof handAt>;
  beforeAll(async () => {
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
    at = handAt(stack.env());
  });
  afterAll(() => stack.down());

  it.each(opaRows)('is told: $what', async (row) => {
    try {
      await row.do(at.hand);
      expect(mismatches(row.told, await driftOf(stack, BLUEPRINT))).toEqual([]);
      if (row.verify) expect((await stack.verify('--only', row.verify.join(','))).idsOf('failed')).toEqual(row.verify);
    } finally {
      await at.undo();
    }
  });

  it('is nothing once it is taken back', async () => {
    expect(await driftOf(stack, BLUEPRINT)).toEqual([]);
  });
});
