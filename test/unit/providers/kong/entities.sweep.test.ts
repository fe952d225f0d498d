import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Expansion, Plan, PlanOptions } from '../../../../src/core/plan.ts';
import { addressOfChange } from '../../../../src/core/plan.ts';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { kongDeclarative } from '../../../../src/render/kong-declarative.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createHttp } from '../../../../src/providers/http.ts';
import { createKongProvider } from '../../../../src/providers/kong/index.ts';
import { env, load, sso } from '../../blueprint/loading.ts';
import { selfSigned } from './x509.ts';

const edge = selfSigned('shop.example');
const renewed = selfSigned('shop.example');
const authority = selfSigned('Partners', { ca: true });
const values = {
  PARTNER_KEY: 'key-of-the-partner',
  PARTNER_PASSWORD: 'password-of-the-partner',
  PARTNER_HMAC: 'hmac-secret-of-the-partner',
  EDGE_KEY: edge.key,
  SIGNING_KEY: edge.key,
};
const secrets = Object.values(values);
/** Fields of the upstream that the blueprint does not state. */
const SLOTS = 'danger kong.upstream/orders.pool';

/** Every sort of entity once, in Kong's words. */
const RAW = `
raw:
  kong:
    services:
      orders: { client_certificate: edge, protocol: https, ca_certificates: [partners] }
    entities:
      vaults:
        shop-env: { name: env, config: { prefix: SHOP_ } }
      certificates:
        edge: { cert: "\${EDGE_CERTIFICATE}", key: "\${EDGE_KEY}", snis: [shop.example, "*.shop.example"] }
      ca_certificates:
        partners: { cert: "\${PARTNERS_CA}" }
      key_sets:
        signing: {}
      keys:
        signing-1: { set: signing, kid: "1", pem: { private_key: "\${SIGNING_KEY}" } }
      upstreams:
        orders.pool:
          algorithm: least-connections
          client_certificate: edge
          healthchecks: { passive: { unhealthy: { http_failures: 3 } } }
          targets:
            "orders-1:9101": { weight: 100 }
            orders-2: { weight: 50 }
      services:
        shop.stock: { host: orders.pool, read_timeout: 5000 }
      consumers:
        partner:
          custom_id: partner-7
          acls: [readers, writers]
          keyauth_credentials: { current: { key: "\${PARTNER_KEY}" } }
          basicauth_credentials: { partner: { password: "\${PARTNER_PASSWORD}" } }
          hmacauth_credentials: { partner: { secret: "\${PARTNER_HMAC}" } }
      routes:
        shop.stock.read: { service: shop.stock, paths: ["/stock", "/more-stock"], methods: [HEAD, GET] }
      plugins:
        shop.stock.key: { name: key-auth, service: shop.stock, config: { key_names: [apikey] } }
        shop.partner.rate: { name: rate-limiting, consumer: partner, service: shop.stock, config: { minute: 100, policy: local } }
        shop.everywhere: { name: correlation-id, config: { header_name: X-Request-Id } }
        shop.partner.size: { name: request-size-limiting, consumer: partner, route: shop.stock.read, config: { allowed_payload_size: 1 } }
`;
const RARE = [
  ...['vaults', 'certificates', 'snis', 'ca_certificates', 'key-sets', 'keys', 'upstreams'],
  ...['acls', 'key-auths', 'basic-auths', 'hmac-auths'],
];

const blueprintOf = async (raw: string = RAW, variables: Record<string, string> = {}): Promise<Blueprint> =>
  load(`${await sso()}${raw}`, {
    env: { ...env, ...values, EDGE_CERTIFICATE: edge.cert, PARTNERS_CA: authority.cert, ...variables },
  });
const partOf = (blueprint: Blueprint): Expansion => ({
  name: blueprint.name,
  desired: expand(blueprint).desired.filter(({ kind }) => kind.startsWith('kong.')).map((object) => ({
    ...object, after: object.after.filter((address) => address.startsWith('kong.')),
  })),
  deferred: [],
});

describe.each(['database', 'dbless'] as const)('entities of the raw part (%s)', (store) => {
  let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
  beforeAll(async () => {
    kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', dbless: store === 'dbless' });
  });
  afterAll(() => kong.close());

  const connect = (blueprint: Blueprint) =>
    createKongProvider(
      blueprint,
      { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store },
      {
        admin: createHttp({ target: 'kong', url: kong.admin.url }),
        proxy: createHttp({ target: 'kong', url: kong.proxy.url, freshConnections: true, tries: 1 }),
      },
    );
  const plan = async (blueprint: Blueprint, options?: PlanOptions): Promise<Plan> => {
    const provider = connect(blueprint);
    const made = await makePlan([provider], partOf(blueprint), options);
    await provider.close?.();
    return made;
  };
  const apply = async (blueprint: Blueprint, options: PlanOptions = {}) => {
    const provider = connect(blueprint);
    const made = await makePlan([provider], partOf(blueprint), options);
    const results = await applyPlan({ providers: [provider], plan: made, options });
    await provider.close?.();
    return results.filter(({ outcome }) => outcome !== 'done').map(({ address, problem }) => [address, problem?.message]);
  };
  const changed = (made: Plan): string[] =>
    changesOf(made).flatMap((change) => (change.action === 'keep' ? [] : [`${change.action} ${addressOfChange(change)}`])).toSorted();
  const admin = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await createHttp({ target: 'kong', url: kong.admin.url }).send(method as 'PATCH', path, body ? { body } : {});
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body as Record<string, unknown>;
  };
  const rows = async (list: string) => ((await admin('GET', `/${list}?size=1000`)).data as Record<string, unknown>[]);

  const told = async (raw: string, variables?: Record<string, string>) => {
    const blueprint = await blueprintOf(raw, variables);
    const provider = connect(blueprint);
    const problems = await provider.check(partOf(blueprint).desired);
    await provider.close?.();
    const lines = `${await sso()}${raw}`.split('\n');
    return problems.map(({ code, at }) => [code, (lines[(at?.line ?? 0) - 1] ?? '').slice((at?.column ?? 1) - 1, (at?.column ?? 1) - 1 + (at?.length ?? 0))]).toSorted();
  };

  it('are accepted by the live schemas before anything is written', async () => {
    expect(await told(RAW)).toEqual([]);
  });

  it.each([
    ['algorithm: least', 'algorythm: least', 'KONG_FIELD_UNKNOWN', 'algorythm'],
    ['http_failures: 3', 'http_failures: "3"', 'KONG_FIELD_TYPE', 'http_failures'],
    ['least-connections', 'most-connections', 'KONG_SCHEMA', 'algorithm'],
    ['weight: 50', 'wait: 50', 'KONG_FIELD_UNKNOWN', 'wait'],
    ['minute: 100', 'minutes: 100', 'KONG_FIELD_UNKNOWN', 'minutes'],
    ['minute: 100', 'minute: -1', 'KONG_SCHEMA', 'minute'],
    ['name: key-auth', 'name: key-oath', 'KONG_PLUGIN_MISSING', 'name'],
    ['"${PARTNER_PASSWORD}"', '"{vault://env/x}"', 'KONG_SECRET_LITERAL', 'password'],
    ['name: env', 'name: hcv', 'KONG_VAULT_MISSING', 'name'],
    ['prefix: SHOP_', 'prefx: SHOP_', 'KONG_FIELD_UNKNOWN', 'prefx'],
    ['host: orders.pool, read', 'host: orders.pool, url: "http://x", read', 'KONG_FIELD_UNKNOWN', 'url'],
    ['read_timeout: 5000', 'read_timeout: "5000"', 'KONG_FIELD_TYPE', 'read_timeout'],
    ['methods: [HEAD, GET]', 'methods: [HEAD, 7]', 'KONG_FIELD_TYPE', 'methods'],
    ['methods: [HEAD, GET]', 'expression: "true"', 'KONG_FIELD_UNKNOWN', 'expression'],
    ['{ name: correlation-id, config: { header_name: X-Request-Id } }', '{ name: jwt, consumer: partner }', 'KONG_SCHEMA', 'consumer'],
    ['protocol: https', 'tls_verfy: true, protocol: https', 'KONG_FIELD_UNKNOWN', 'tls_verfy'],
  ])('name the line of what the live schemas refuse (%s -> %s)', async (from, to, code, marked) => {
    expect(await told(RAW.replace(from, () => to))).toContainEqual([code, marked]);
  });

  it('are not written when a certificate does not fit its key', async () => {
    expect(await told(RAW, { EDGE_KEY: renewed.key })).toEqual([['KONG_SCHEMA', 'edge']]);
  });

  it('in the way are blocked, and adopted with what they hold when asked', async () => {
    const tags = ['team-a'];
    const [pool, partner] = [{ name: 'orders.pool', slots: 77, tags }, { username: 'partner', tags }];
    if (store === 'dbless') await admin('POST', '/config', { _format_version: '3.0', upstreams: [pool], consumers: [partner] });
    else {
      await admin('POST', '/upstreams', pool);
      await admin('POST', '/consumers', partner);
    }
    const blueprint = await blueprintOf();
    const blocked = (await plan(blueprint)).waves.flat().filter(({ action }) => action === 'blocked');
    expect(blocked.map(addressOfChange).toSorted()).toEqual(['kong.consumer/partner', 'kong.upstream/orders.pool']);
    expect(await apply(blueprint, { adopt: true })).toEqual([]);
    expect((await rows('upstreams'))[0]).toMatchObject({ slots: 77, tags: ['team-a', 'authctl:shop', 'authctl.raw:shop', 'authctl.adopted'] });
    await asIfMadeByUs();
  });

  /** What was there before is let go by prune, never deleted: the tests that follow are about what we made. */
  const asIfMadeByUs = async (): Promise<void> => {
    if (store === 'dbless') {
      const { config } = (await admin('GET', '/config')) as unknown as { config: string };
      await admin('POST', '/config', parse(config.replace(/^\s*- authctl\.adopted\n/gm, '')) as Record<string, unknown>);
    } else
      for (const list of ['upstreams', 'consumers'])
        for (const { id, tags } of await rows(list)) await admin('PATCH', `/${list}/${String(id)}`, { tags: (tags as string[]).filter((tag) => tag !== 'authctl.adopted') });
  };

  it('are made, marked, and nothing is left to do', async () => {
    const blueprint = await blueprintOf();
    expect(await apply(blueprint)).toEqual([]);
    // What was there before, and is not stated, is told: its slots.
    expect(changed(await plan(blueprint))).toEqual([SLOTS]);
    for (const list of RARE) {
      const found = await rows(list);
      expect([list, found.length > 0, found.every(({ tags }) => (tags as string[]).includes('authctl:shop'))]).toEqual([list, true, true]);
    }
  });

  it('show no secret, in a plan or in a row that is not theirs', async () => {
    const made = await plan(await blueprintOf(RAW, { PARTNER_KEY: 'another-key', PARTNER_PASSWORD: 'another-password' }));
    expect(changed(made)).toEqual([SLOTS, 'update kong.basicauth_credential/partner/partner', 'update kong.keyauth_credential/partner/current']);
    const hashed = String((await rows('basic-auths'))[0]?.password);
    for (const value of [...secrets, 'another-key', 'another-password', hashed]) expect(JSON.stringify(made)).not.toContain(value);
  });

  it('are changed by what differs, and keep what is not stated', async () => {
    const [row] = await rows('upstreams');
    if (store === 'database') await admin('PATCH', `/upstreams/${String(row?.id)}`, { slots: 100, healthchecks: { passive: { unhealthy: { timeouts: 7 } } } });
    const next = await blueprintOf(
      RAW.replace('http_failures: 3', 'http_failures: 4')
        .replace('weight: 50', 'weight: 10')
        .replace('custom_id: partner-7', 'custom_id: partner-8')
        .replace('prefix: SHOP_', 'prefix: SHOPS_')
        .replace('minute: 100', 'minute: 50')
        .replace('"/more-stock"', '"/other-stock"'),
      { PARTNER_KEY: 'second-key', PARTNER_PASSWORD: 'password-2', PARTNER_HMAC: 'second-hmac', EDGE_CERTIFICATE: renewed.cert, EDGE_KEY: renewed.key, SIGNING_KEY: renewed.key },
    );
    expect(changed(await plan(next))).toEqual([
      // Two fields that somebody set by hand where there is a database to do it in.
      ...(store === 'database' ? [SLOTS, SLOTS] : [SLOTS]),
      'update kong.basicauth_credential/partner/partner',
      'update kong.certificate/edge',
      'update kong.consumer/partner',
      'update kong.hmacauth_credential/partner/partner',
      'update kong.key/signing-1',
      'update kong.keyauth_credential/partner/current',
      'update kong.plugin/shop.partner.rate',
      'update kong.route/shop.stock.read',
      'update kong.target/orders.pool/orders-2:8000',
      'update kong.upstream/orders.pool',
      'update kong.vault/shop-env',
    ]);
    expect(await apply(next)).toEqual([]);
    expect(changed(await plan(next))).toEqual(store === 'database' ? [SLOTS, SLOTS] : [SLOTS]);
    expect((await rows('upstreams'))[0]).toMatchObject({
      ...(store === 'database' && { slots: 100 }),
      healthchecks: { passive: { unhealthy: { http_failures: 4, ...(store === 'database' && { timeouts: 7 }) } } },
    });
    expect(await rows('key-auths')).toMatchObject([{ key: 'second-key' }]);
  });

  const theirs = async (): Promise<void> => {
    const pair = selfSigned('theirs.example');
    const rowsOfTheirs = {
      certificates: [{ ...pair, id: '11111111-1111-4111-8111-111111111111' }],
      snis: [{ name: 'theirs.example', certificate: '11111111-1111-4111-8111-111111111111' }],
      upstreams: [{ name: 'theirs' }],
      targets: [{ upstream: 'orders.pool', target: 'elsewhere:1' }, { upstream: 'theirs', target: 'theirs:1' }],
      consumers: [{ username: 'theirs' }],
      keyauth_credentials: [{ consumer: 'partner', key: 'extra-key' }, { consumer: 'theirs', key: 'key-of-theirs' }],
      basicauth_credentials: [{ consumer: 'partner', username: 'extra', password: 'extra-password' }],
      acls: [{ consumer: 'partner', group: 'admins' }, { consumer: 'theirs', group: 'readers' }],
    };
    const tags = ['team-a'];
    if (store === 'dbless') {
      const { config } = (await admin('GET', '/config')) as unknown as { config: string };
      const whole = parse(config) as Record<string, object[]>;
      for (const [list, added] of Object.entries(rowsOfTheirs)) whole[list] = [...(whole[list] ?? []), ...added.map((row) => ({ ...row, tags }))];
      await admin('POST', '/config', whole);
      return;
    }
    const below: Record<string, string> = { keyauth_credentials: 'key-auth', basicauth_credentials: 'basic-auth', acls: 'acls', targets: 'targets' };
    for (const [list, added] of Object.entries(rowsOfTheirs))
      for (const row of added as Record<string, unknown>[]) {
        const { consumer, upstream, certificate, ...rest } = row;
        const parent = consumer === undefined ? (upstream === undefined ? '' : `/upstreams/${String(upstream)}`) : `/consumers/${String(consumer)}`;
        await admin('POST', `${parent}/${below[list] ?? list}`, { ...rest, tags, ...(certificate !== undefined && { certificate: { id: certificate } }) });
      }
  };

  it('of others are not touched; what they hung on ours is a danger', async () => {
    await theirs();
    const blueprint = await blueprintOf();
    const foreign = async () => Object.fromEntries(await Promise.all(
      ['certificates', 'snis', 'consumers', 'key-auths', 'acls'].map(async (list) => [
        list,
        (await rows(list)).filter(({ tags }) => (tags as string[]).includes('team-a')).map(({ name, username, key, group }) => name ?? username ?? key ?? group).toSorted(),
      ]),
    )) as unknown;
    const before = await foreign();
    expect(await apply(blueprint, { prune: true })).toEqual([]);
    const made = await plan(blueprint);
    expect(changed(made).map((line) => line.replace(/#.*/, '#'))).toEqual([
      'danger kong.acl/partner/admins',
      'danger kong.basicauth_credential/partner/extra',
      'danger kong.keyauth_credential/#',
      // The key of theirs, in a group that our acl lets in.
      'danger kong.keyauth_credential/#',
      'danger kong.target/orders.pool/elsewhere:1',
      ...(store === 'database' ? [SLOTS, SLOTS] : [SLOTS]),
    ]);
    expect(JSON.stringify(made)).not.toContain('extra-key');
    expect(await foreign()).toEqual(before);
  });

  it('that leave the blueprint are orphans, and go with prune', async () => {
    const without = await blueprintOf('');
    expect((await plan(without)).orphans.map(addressOfChange).toSorted()).toEqual([
      'kong.acl/partner/readers',
      'kong.acl/partner/writers',
      'kong.basicauth_credential/partner/partner',
      'kong.ca_certificate/partners',
      'kong.certificate/edge',
      'kong.consumer/partner',
      'kong.hmacauth_credential/partner/partner',
      'kong.key/signing-1',
      'kong.key_set/signing',
      'kong.keyauth_credential/partner/current',
      'kong.plugin/shop.everywhere',
      'kong.plugin/shop.partner.rate',
      'kong.plugin/shop.partner.size',
      'kong.plugin/shop.stock.key',
      'kong.route/shop.stock.read',
      'kong.service/shop.stock',
      'kong.sni/*.shop.example',
      'kong.sni/shop.example',
      'kong.target/orders.pool/orders-1:9101',
      'kong.target/orders.pool/orders-2:8000',
      'kong.upstream/orders.pool',
      'kong.vault/shop-env',
    ]);
    const bare = await blueprintOf('raw: { kong: { services: { orders: { client_certificate: null, ca_certificates: null } } } }');
    expect(await apply(bare, { prune: true })).toEqual([]);
    for (const list of RARE)
      expect([list, (await rows(list)).filter(({ tags }) => (tags as string[]).includes('authctl:shop'))]).toEqual([list, []]);
    expect((await rows('snis')).map(({ name }) => name)).toEqual(['theirs.example']);
    expect(changed(await plan(bare))).toEqual([]);
  });
});

describe('the file for decK', () => {
  it('holds the same, with no secret in it: a node that loads it has nothing left to do', async () => {
    const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', dbless: true });
    const blueprint = await blueprintOf();
    const part = partOf(blueprint);
    const text = kongDeclarative(blueprint, part, undefined);
    for (const value of secrets) expect(text).not.toContain(value.split('\n')[1] ?? value);

    const given: Record<string, string> = {
      DECK_PARTNER_CURRENT_KEY: values.PARTNER_KEY,
      DECK_PARTNER_PARTNER_PASSWORD: values.PARTNER_PASSWORD,
      DECK_PARTNER_PARTNER_SECRET: values.PARTNER_HMAC,
      DECK_EDGE_KEY: values.EDGE_KEY,
      DECK_SIGNING_1_PEM_PRIVATE_KEY: values.SIGNING_KEY,
    };
    // decK takes mappings for these references, a node takes texts.
    const { _info, ...configuration } = parse(text, (field, value: unknown) => {
      if (field === 'set' || field === 'client_certificate') return Object.values(value as object)[0] as unknown;
      const name = typeof value === 'string' ? /^\$\{\{ env "(\w+)" \}\}$/.exec(value)?.[1] : undefined;
      return name === undefined ? value : given[name];
    }) as Record<string, unknown>;
    expect(_info).toEqual({ select_tags: ['authctl:shop'] });
    const http = createHttp({ target: 'kong', url: kong.admin.url });
    const loaded = await http.send('POST', '/config', { body: configuration });
    expect([loaded.status, loaded.status === 201 ? '' : loaded.body]).toEqual([201, '']);

    const target = { admin: { url: kong.admin.url }, proxy: { url: kong.proxy.url }, edition: 'oss', store: 'dbless' } as const;
    const made = await makePlan([createKongProvider(blueprint, target, { admin: http, proxy: http })], part);
    http.close();
    await kong.close();
    expect(changesOf(made).filter(({ action }) => action !== 'keep')).toEqual([]);
  });
});
