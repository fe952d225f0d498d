import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/core/resource.ts';
import type { Desired } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { rowId } from '../../../src/patterns/kong/raw-references.ts';
import { env, load, problemsIn, sso } from '../blueprint/loading.ts';

type Edit = readonly [from: string, to: string];
const withRaw = async (raw: string, edits: readonly Edit[] = []): Promise<string> => `${await sso(...edits)}\nraw:\n  kong:\n${raw.replace(/^/gm, '    ')}\n`;
const loaded = async (text: string) => load(text, { env: { ...env, KEY: 'the-key-of-edge', CERT: 'PEM' } });
const expanded = async (raw: string, ...edits: readonly Edit[]): Promise<ReadonlyMap<string, Desired>> =>
  new Map(expand(await loaded(await withRaw(raw, edits))).desired.map((object) => [addressOf(object), object]));
const problemsOf = async (raw: string) => {
  const blueprint = await loaded(await withRaw(raw));
  return problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
};
/** The line of the raw part that a text stands in, counted as an object's origin is. */
const lineOf = async (raw: string, part: string): Promise<number> => (await withRaw(raw)).split('\n').findIndex((line) => line.includes(part)) + 1;

const V5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const OWN = '0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d';

describe('an entity that is stated raw', () => {
  it('is a key of the jwt plugin of a consumer, by what its tokens are known by; one that signs, too, is refused', async () => {
    const key = (fields: string): string => `entities:\n  consumers: { partner: { jwt_secrets: { first: { ${fields} } } } }`;
    const pem = 'rsa_public_key: "-----BEGIN PUBLIC KEY-----\\nMII\\n-----END PUBLIC KEY-----"';
    const objects = await expanded(key(`key: "https://partner.example", algorithm: RS256, ${pem}`));
    expect(objects.get('kong.jwt_secret/partner/https://partner.example')).toMatchObject({ spec: { key: 'https://partner.example', algorithm: 'RS256', consumer: { username: 'partner' } }, after: ['kong.consumer/partner'] });
    for (const fields of ['key: partner, algorithm: HS256', `algorithm: RS256, ${pem}`, 'key: partner, algorithm: RS256', `key: partner, ${pem}`])
      expect(await problemsOf(key(fields))).toMatchObject([{ code: 'RAW_FIELD', at: { line: await lineOf(key(fields), 'jwt_secrets') } }]);
  });

  it('is called as its entry says, each by the field that Kong knows it by', async () => {
    const objects = await expanded(`entities:
  vaults: { shop-env: { name: env, config: { prefix: SHOP_ } } }
  ca_certificates: { partners: { cert: PEM } }
  key_sets: { signing: {} }
  keys:
    first: { set: signing, kid: "1", jwk: "\${KEY}" }
    second: { kid: "2", jwk: "\${KEY}" }
  services: { stock: { host: stock } }`);
    expect(objects.get('kong.vault/shop-env')).toMatchObject({ spec: { prefix: 'shop-env', name: 'env' }, after: [] });
    expect(objects.get('kong.ca_certificate/partners')?.spec).toEqual({ id: expect.stringMatching(V5) as string, cert: 'PEM' });
    expect(objects.get('kong.key_set/signing')).toMatchObject({ spec: { name: 'signing' }, after: [] });
    expect(objects.get('kong.key/first')).toMatchObject({ spec: { name: 'first', kid: '1', set: { name: 'signing' } }, after: ['kong.key_set/signing'] });
    expect(objects.get('kong.key/second')).toMatchObject({ spec: { name: 'second', set: null }, after: [] });
    expect(objects.get('kong.service/stock')?.spec).toEqual({ name: 'stock', host: 'stock' });
  });

  it('waits for what it hangs on, and says the line of what is told inside another', async () => {
    const raw = `entities:
  certificates:
    edge:
      cert: PEM
      key: "\${KEY}"
      snis:
        - shop.example
        - www.shop.example
  consumers:
    partner:
      acls:
        - readers
      basicauth_credentials:
        login: { password: "\${KEY}" }
      hmacauth_credentials:
        signer: { secret: "\${KEY}" }`;
    const objects = await expanded(raw);
    expect(Object.keys(objects.get('kong.certificate/edge')?.spec ?? {}).toSorted()).toEqual(['cert', 'id', 'key']);
    const sni = objects.get('kong.sni/www.shop.example');
    expect(sni?.after).toEqual(['kong.certificate/edge']);
    expect(sni?.origin.line).toBe(await lineOf(raw, 'www.shop.example'));
    expect(objects.get('kong.consumer/partner')?.spec).toEqual({ username: 'partner' });
    const basic = objects.get('kong.basicauth_credential/partner/login');
    expect(basic).toMatchObject({ spec: { username: 'login', consumer: { username: 'partner' } }, after: ['kong.consumer/partner'] });
    expect(basic?.origin.line).toBe(await lineOf(raw, 'login:'));
    const hmac = objects.get('kong.hmacauth_credential/partner/signer');
    expect(hmac).toMatchObject({ spec: { username: 'signer', consumer: { username: 'partner' } }, after: ['kong.consumer/partner'] });
    expect(hmac?.origin.line).toBe(await lineOf(raw, 'signer:'));
    expect(objects.get('kong.acl/partner/readers')?.origin.line).toBe(await lineOf(raw, '- readers'));
  });

  it.each([
    ['orders-1', 'orders-1:8000'],
    ['"orders-1:9101"', 'orders-1:9101'],
    ['"[::1]"', '[::1]:8000'],
    ['"[::1]:9101"', '[::1]:9101'],
  ])('as a target has its port (%s)', async (address, target) => {
    const objects = await expanded(`entities: { upstreams: { pool: { algorithm: round-robin, targets: { ${address}: { weight: 7 } } } } }`);
    expect(objects.get(`kong.target/pool/${target}`)).toMatchObject({ spec: { target, weight: 7, upstream: { name: 'pool' } }, after: ['kong.upstream/pool'] });
    expect(objects.get('kong.upstream/pool')?.spec).toEqual({ name: 'pool', algorithm: 'round-robin' });
  });

  it('as a route waits for the plugins on its service alone', async () => {
    const objects = await expanded(`entities:
  services: { stock: { host: stock }, other: { host: other } }
  routes:
    read: { service: stock, paths: ["/stock"] }
    loose: { paths: ["/loose"] }
  plugins:
    on-service: { name: cors, service: stock }
    on-other: { name: cors, service: other }
    on-route: { name: acl, service: stock, route: read }
    everywhere: { name: correlation-id }`);
    expect(objects.get('kong.route/read')?.after).toEqual(['kong.service/stock', 'kong.plugin/on-service']);
    expect(objects.get('kong.route/loose')).toMatchObject({ spec: { name: 'loose', service: null }, after: [] });
    expect(objects.get('kong.plugin/everywhere')).toMatchObject({ spec: { service: null, route: null, consumer: null, instance_name: 'everywhere' }, after: [] });
  });

  it('may be switched off', async () => {
    const objects = await expanded('entities: { plugins: { off: { name: cors, enabled: false } } }');
    expect(objects.get('kong.plugin/off')?.spec.enabled).toBe(false);
  });
});

describe('a certificate is named', () => {
  const CERTIFICATES = 'entities: { certificates: { edge: { cert: PEM, key: "${KEY}" } }, ca_certificates: { partners: { cert: PEM } } }';

  it('by its entry, for which its id is put', async () => {
    const objects = await expanded(`services: { orders: { client_certificate: edge, ca_certificates: [partners] } }\n${CERTIFICATES}`);
    const [edge, partners] = [objects.get('kong.certificate/edge')?.spec.id, objects.get('kong.ca_certificate/partners')?.spec.id];
    expect(edge).toMatch(V5);
    expect(objects.get('kong.service/shop.orders')).toMatchObject({
      spec: { client_certificate: { id: edge }, ca_certificates: [partners] },
      after: expect.arrayContaining(['kong.certificate/edge', 'kong.ca_certificate/partners']) as string[],
    });
  });

  it.each([
    ['a uuid', `"${OWN}"`, { id: OWN }],
    ['an id in a mapping', `{ id: "${OWN}" }`, { id: OWN }],
    ['nothing', 'null', null],
  ])('by %s, which is taken as it is', async (_what, stated, kept) => {
    const service = (await expanded(`services: { orders: { client_certificate: ${stated} } }`)).get('kong.service/shop.orders');
    expect(service?.spec.client_certificate).toEqual(kept);
    expect(service?.spec).not.toHaveProperty('ca_certificates');
  });

  it('and left out where nothing is said of it', async () => {
    const service = (await expanded('services: { orders: { retries: 1 } }')).get('kong.service/shop.orders');
    expect(service?.spec).not.toHaveProperty('client_certificate');
  });

  it.each([
    ['services: { orders: { ca_certificates: [partners, partner] } }\nentities: { ca_certificates: { partners: { cert: PEM } } }', 'ca_certificate "partner"', 'did you mean "partners"?'],
    ['services: { orders: { client_certificate: edge } }', 'certificate "edge"', undefined],
  ])('and told where there is none of that name', async (raw, what, hint) => {
    const problems = await problemsOf(raw);
    expect(problems).toMatchObject([{ code: 'RAW_UNKNOWN_NAME', message: expect.stringContaining(what) as string, hint }]);
    // Where it could be stated, when there is none yet.
    if (hint === undefined) expect(problems[0]?.expected).toContain('raw.kong.entities.certificates');
  });

  it('has another id under another name, in another workspace and of another blueprint', async () => {
    const blueprint = await loaded(await withRaw('services: { orders: { retries: 1 } }'));
    const { kong } = blueprint.targets;
    const elsewhere = { ...blueprint, targets: { ...blueprint.targets, ...(kong && { kong: { ...kong, workspace: 'team-a' } }) } };
    const ids = [
      rowId(blueprint, 'certificates', 'edge'), rowId(blueprint, 'certificates', 'other'), rowId(blueprint, 'ca_certificates', 'edge'),
      rowId(elsewhere, 'certificates', 'edge'), rowId({ ...blueprint, name: 'fair' }, 'certificates', 'edge'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(V5);
    expect(rowId(blueprint, 'certificates', 'edge')).toBe(ids[0]);
  });
});

describe('a name that nothing has', () => {
  it.each([
    ['services: { orders: {} }\nplugins: { shop.orders.core: { max_age: 1 } }', 'RAW_UNKNOWN_PLUGIN', 'did you mean "shop.orders.cors"?'],
    ['plugins: { something.quite.different: { max_age: 1 } }', 'RAW_UNKNOWN_PLUGIN', 'a plugin of your own goes into raw.kong.entities.plugins'],
    ['entities: { plugins: { p: { name: cors, service: shop.order } } }', 'RAW_UNKNOWN_NAME', 'did you mean "shop.orders"?'],
    ['entities: { plugins: { p: { name: cors, service: something-quite-different } } }', 'RAW_UNKNOWN_NAME', undefined],
  ])('is told with the nearest that there is (%s)', async (raw, code, hint) => {
    expect(await problemsOf(raw)).toMatchObject([{ code, hint }]);
  });

  it('is not looked for among objects of another kind', async () => {
    // shop.orders.list is a route, not a service.
    expect(await problemsOf('entities: { plugins: { p: { name: cors, service: shop.orders.list } } }')).toMatchObject([{ code: 'RAW_UNKNOWN_NAME' }]);
  });

  it('may be stated as Kong states it', async () => {
    const objects = await expanded('entities: { plugins: { p: { name: cors, service: { name: shop.orders } } } }');
    expect(objects.get('kong.plugin/p')).toMatchObject({ spec: { service: { name: 'shop.orders' } }, after: ['kong.service/shop.orders'] });
  });
});

describe('what a name says already', () => {
  it.each([
    ['services: { orders: { name: other } }', 'name'],
    ['routes: { orders.list: { name: other } }', 'name'],
    ['entities: { upstreams: { pool: { targets: { orders-1: { target: "x:1" } } } } }', 'target'],
    ['entities: { plugins: { p: { name: cors, instance_name: q } } }', 'instance_name'],
    ['entities: { vaults: { shop-env: { name: env, prefix: w } } }', 'prefix'],
  ])('cannot be stated again (%s)', async (raw, field) => {
    const problems = await problemsOf(raw);
    expect(problems).toMatchObject([{ code: 'RAW_FIELD', message: expect.stringContaining(`"${field}"`) as string }]);
    expect(problems[0]?.hint).toBe('the name of the entry says it');
  });

  it('nor can what Kong sets', async () => {
    expect((await problemsOf('services: { orders: { created_at: 1 } }')).map(({ code, hint }) => [code, hint])).toEqual([['RAW_FIELD', 'Kong or authctl sets it']]);
  });
});

it('the line of each field inside a list of mappings is known', async () => {
  const raw = `entities:
  plugins:
    limited:
      name: request-transformer-of-ours
      config:
        rules:
          - name: first
          - name: second
        words: [b, a]`;
  const fields = (await expanded(raw)).get('kong.plugin/limited')?.fields ?? {};
  expect(fields['config.rules.1.name']?.line).toBe(await lineOf(raw, 'second'));
  expect(fields['config.words']?.line).toBe(await lineOf(raw, 'words: [b, a]'));
  expect(Object.keys(fields)).not.toContain('config.words.0');
});
