import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const example = await readFile(join(repository, 'blueprints/bound.yaml'), 'utf8');
const env = { KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', CLOSING_SECRET: 'closing-secret', ANNA_PASSWORD: 'anna-password', ALDO_PASSWORD: 'aldo-password' };
const edited = (from: string, to: string): string => {
  if (!example.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
  return example.replace(from, to);
};
const expanded = async (text = example) => expand(await load(text, { env }));
const specs = async (kind: string, text?: string): Promise<Readonly<Record<string, Spec>>> =>
  Object.fromEntries((await expanded(text)).desired.filter((one) => one.kind === kind).map(({ id, spec }) => [id, spec]));

describe('tokens that are bound to a key', () => {
  it('are made by every client with a scope of such an API, and taken by the guard of each', async () => {
    const clients = await specs('keycloak.client');
    expect(Object.entries(clients).map(([id, { attributes }]) => [id, (attributes as Spec)['dpop.bound.access.tokens']])).toEqual([['ledgers/desk', 'true'], ['ledgers/closing', 'true']]);
    const plugins = await specs('kong.plugin');
    for (const service of ['entries', 'reports'])
      expect(plugins[`ledgers.${service}.guard`]?.config).toMatchObject({ bound: 'dpop', keys: 'followed', token_types: ['DPoP'], dpop_origins: ['http://localhost:8000'], dpop_window: 60 });
  });

  it('may be proven at the addresses that clients ask', async () => {
    const plugins = await specs('kong.plugin', edited('proxy: { url:', 'proxy: { origins: ["https://api.example"], url:'));
    expect(plugins['ledgers.entries.guard']?.config).toMatchObject({ dpop_origins: ['http://localhost:8000', 'https://api.example'] });
  });

  it('are no matter of a blueprint that does not say so: its guards state that, and its clients nothing', async () => {
    const text = edited(', bound: dpop', '');
    expect((await specs('kong.plugin', text))['ledgers.entries.guard']?.config).toMatchObject({ bound: 'none', token_types: ['Bearer'] });
    expect(Object.values(await specs('keycloak.client', text)).every(({ attributes }) => !('dpop.bound.access.tokens' in (attributes as Spec)))).toBe(true);
  });

  it.each([
    ['keys that are pinned', edited('keys: followed\n    followed: { refresh: 5m, coolDown: 2s, stale: 1h }', 'keys: pinned')],
    ['a cookie', edited('in: [header], bound', 'in: [header, cookie], cookie: __Host-ledgers, bound')],
    ['another pattern', edited('pattern: sso', 'pattern: jwt')],
    ['a service behind AWS', edited('\nrealm:', '  aws: { region: ap-northeast-1, endpoint: "http://127.0.0.1:1" }\n\nrealm:').replace('    routes:\n      list: { match: GET /entries', '    gateways: [kong, aws]\n    routes:\n      list: { match: GET /entries')],
    ['a client that has scopes of both sorts of API', edited('  reports:\n    upstream', '  reports:\n    authentication: { pattern: sso, token: { in: [header] } }\n    upstream')],
  ])('cannot be had with %s', async (_, text) => {
    await expect(expanded(text)).rejects.toMatchObject({ code: 'PATTERN_INCOMPLETE', at: expect.objectContaining({ line: expect.any(Number) as number }) as object });
  });
});
