import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, hasDrift, makePlan } from '../../../../src/core/plan.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
const shop = [
  object('kong.service', 'shop.orders', { name: 'shop.orders', protocol: 'http', host: '127.0.0.1', port: 9, path: null, enabled: true }),
  object(
    'kong.plugin',
    'shop.orders.jwt',
    {
      name: 'jwt',
      instance_name: 'shop.orders.jwt',
      enabled: true,
      protocols: ['grpc', 'grpcs', 'http', 'https'],
      service: { name: 'shop.orders' },
      route: null,
      consumer: null,
      config: { key_claim_name: 'kid', claims_to_verify: ['exp', 'nbf'], cookie_names: [], uri_param_names: [], anonymous: null },
    },
    ['kong.service/shop.orders'],
  ),
  object(
    'kong.route',
    'shop.orders.list',
    {
      name: 'shop.orders.list',
      paths: ['~/orders$'],
      methods: ['GET'],
      headers: null,
      strip_path: false,
      service: { name: 'shop.orders' },
    },
    ['kong.service/shop.orders', 'kong.plugin/shop.orders.jwt'],
  ),
  object(
    'kong.plugin',
    'shop.orders.list.cors',
    {
      name: 'cors',
      instance_name: 'shop.orders.list.cors',
      enabled: true,
      route: { name: 'shop.orders.list' },
      service: null,
      config: { origins: ['https://shop.example'] },
    },
    ['kong.route/shop.orders.list'],
  ),
  object('kong.consumer', 'shop.issuer', { username: 'shop.issuer' }),
  object(
    'kong.jwt_secret',
    'shop.issuer/kid/1',
    { consumer: { username: 'shop.issuer' }, key: 'kid/1', algorithm: 'RS256', rsa_public_key: pem },
    ['kong.consumer/shop.issuer'],
  ),
];

describe('the provider and the embedded gateway', () => {
  let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
  beforeAll(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  });
  afterAll(() => kong.close());

  const connect = () =>
    createKongProvider(
      { name: 'shop', secrets: [], at: () => origin },
      { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store: 'database' },
      {
        admin: createHttp({ target: 'kong', url: kong.admin.url }),
        proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
      },
    );
  const plan = (desired: readonly Desired[] = shop): Promise<Plan> => makePlan([connect()], { name: 'shop', desired, deferred: [] });
  const apply = async (desired: readonly Desired[], prune = false) => {
    const provider = connect();
    const made = await makePlan([provider], { name: 'shop', desired, deferred: [] }, { prune });
    const results = await applyPlan({ providers: [provider], plan: made });
    await provider.close?.();
    return results.filter(({ outcome }) => outcome !== 'done').map(({ address, problem }) => [address, problem?.message]);
  };
  const admin = async (method: string, path: string, body?: object): Promise<void> => {
    await createHttp({ target: 'kong', url: kong.admin.url }).send(method as 'PATCH', path, { body: body ?? {} });
  };

  it('agree on the schemas, the writes, and that nothing is left to do', async () => {
    expect(await connect().check(shop)).toEqual([]);
    expect(await apply(shop)).toEqual([]);
    expect(changesOf(await plan()).filter(({ action }) => action !== 'keep')).toEqual([]);
    expect((await fetch(`${kong.proxy.url}/orders`)).status).toBe(401);
  });

  it('agree on what a hand has changed', async () => {
    await admin('PATCH', '/plugins/shop.orders.jwt', { enabled: false });
    await admin('PATCH', '/routes/shop.orders.list', { paths: ['/'] });
    expect(changesOf(await plan()).flatMap((change) => (change.action === 'update' ? [change.desired.id] : []))).toEqual([
      'shop.orders.jwt',
      'shop.orders.list',
    ]);
    expect(await apply(shop)).toEqual([]);
    expect(hasDrift(await plan())).toBe(false);
  });

  it('agree on deletion', async () => {
    expect(await apply([], true)).toEqual([]);
    expect(await (await fetch(`${kong.admin.url}/routes`)).json()).toMatchObject({ data: [] });
    expect(await (await fetch(`${kong.admin.url}/services`)).json()).toMatchObject({ data: [] });
  });
});
