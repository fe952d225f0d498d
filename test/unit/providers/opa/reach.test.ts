import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../src/access/index.ts';
import { opa as specs } from '../../../../src/providers/opa/specs/index.ts';
import { reachOf } from '../../../../src/providers/opa/reach/index.ts';
import type { Http } from '../../../../src/providers/http.ts';

const origin = { file: 'shop.yaml', line: 3, column: 1 };
const rego = 'package shop.authz\n\nallow if data.partners[input.who]\n# data.mentioned only here\n';
const bundle = specs.bundle.desired(['shop'], { spec: { revision: '1', files: { 'authz.rego': rego, 'data.json': '{}' } }, origin });
const live = { ...bundle, owner: 'shop' };
const question = (key: string): Question => ({ key, route: 'orders.list', decision: 'shop/authz/allow', input: {} });
const questions = [question('kong orders.list sam'), question('kong orders.list alice')];

interface Held {
  readonly config?: object;
  readonly policies?: readonly { readonly id: string; readonly package: string }[];
  readonly bundles?: Readonly<Record<string, readonly string[]>>;
  readonly data?: readonly string[];
  /** Of the names in `data`: nothing but empty objects. */
  readonly hollow?: readonly string[];
  /** Names below those that the root of a bundle begins with. */
  readonly below?: Readonly<Record<string, readonly string[]>>;
  readonly answers?: readonly string[];
  readonly digests?: Readonly<Record<string, string>>;
  readonly status?: number;
}

/** An OPA by what it answers; held to the real one by test/stack/opa-recorded.stack.ts. */
const opa = ({ config = {}, policies = [], bundles = { shop: ['shop'] }, data = ['shop'], answers = ['kong orders.list alice'], digests = {}, hollow = [], below = {}, status = 200 }: Held): Pick<Http, 'send'> => ({
  send: (_method, path, options) => {
    const { query = '' } = (options?.body ?? {}) as { query?: string };
    const packageOf = (name: string) => ({ package: { path: [{ type: 'var', value: 'data' }, ...name.split('.').map((value) => ({ type: 'string', value }))] } });
    const result =
      path === '/v1/config' ? config
      : path === '/v1/policies' ? policies.map(({ id, package: name }) => ({ id, raw: `package ${name}`, ast: packageOf(name) }))
      : query.includes('sha256') ? [{ x: digests }]
      : query.includes('walk(') ? [{ x: hollow }]
      : query.includes('system.bundles') ? [{ x: { bundles, data } }]
      : query.includes('| _ = data[') ? [{ x: below }]
      : [{ x: answers.map((key) => ({ key, answer: { allow: true } })) }];
    return Promise.resolve({ status, body: { result } });
  },
});

const reach = (held: Held, more: { readonly strange?: number; readonly store?: string; readonly signed?: boolean } = {}) =>
  reachOf([bundle], [live], {
    name: 'shop',
    servers: [{ url: 'http://opa:8181', http: opa(held) as Http, ...(more.strange !== undefined && { stranger: opa({ status: more.strange }) }) }],
    store: more.store,
    signed: more.signed ?? false,
    tokens: false,
    roots: ['shop'],
    answer: 'allow',
    questions: () => questions,
    evaluate: () => Promise.resolve(new Map([['kong orders.list alice', { allow: true, reasons: [] }]])),
  });
const told = async (...args: Parameters<typeof reach>) => (await reach(...args)).dangers.map(({ effect, kind, id }) => `${effect} ${kind}/${id}`);

describe('what stands beside the bundle of an OPA', () => {
  it('is told where it stands beside a root of ours that is deeper down, by how our policy asks it', async () => {
    const beside = async (asking: string, held: Held = {}): Promise<readonly string[]> => {
      const ours = specs.bundle.desired(['shop'], { spec: { revision: '1', files: { 'authz.rego': `package envoy.authz\nallow if ${asking}\n` } }, origin });
      const server = opa({ bundles: { shop: ['shop', 'envoy/authz'] }, data: ['shop', 'envoy'], below: { envoy: ['authz', 'extra'] }, policies: [{ id: 'a', package: 'envoy.authz' }], ...held }) as Http;
      const { dangers } = await reachOf([ours], [], { name: 'shop', servers: [{ url: 'http://opa:8181', http: server }], store: undefined, signed: false, tokens: false, roots: ['shop', 'envoy/authz'], answer: 'allow', questions: () => [], evaluate: () => Promise.resolve(undefined) });
      return dangers.map(({ effect, kind, id }) => `${effect} ${kind}/${id}`);
    };
    for (const asking of ['input.who in data.envoy.extra', 'input.who in data.envoy["extra"]', 'some x; data.envoy[x]', 'walk(data.envoy, [p, v])']) expect(await beside(asking)).toEqual(['opens opa.data/opa:8181/envoy/extra']);
    for (const asking of ['data.envoy.authz.more', 'input.extra', 'data.envoy.extras']) expect(await beside(asking)).toEqual(['differs opa.data/opa:8181/envoy/extra']);
    expect(await beside('data.envoy.extra', { below: { envoy: ['authz'] } })).toEqual([]);
    expect(await beside('data.envoy.authz.x', { bundles: { shop: ['shop', 'envoy/authz'], team: ['envoy/extra'] } })).toEqual([]);
  });

  it.each([['http://localhost:9000', true], ['http://0x7f000001:9000', true], ['http://[::ffff:127.0.0.1]:9000', true], ['http://127.0.0.2:9000', false], ['http://127.0.0.1:9001', false], ['https://store.example', false]])(
    'is published at this machine, and comes from %s: the same place is %s', async (url, same) => {
      const config = { services: { store: { url } }, bundles: { shop: { service: 'store' } } };
      expect(await told({ config, policies: [{ id: 'shop/authz.rego', package: 'shop.authz' }] }, { store: 'http://127.0.0.1:9000/bundles', strange: 401 })).toEqual(same ? [] : ['opens opa.config/opa:8181/bundles']);
    });

  it('is nothing on a good one', async () => {
    const config = { labels: { id: 'x' }, services: { store: { url: 'https://store.example/b' } }, bundles: { shop: { service: 'store', signing: { keyid: 'k' } } }, keys: { k: {} }, status: { prometheus: true }, default_decision: '/system/main' };
    expect(await reach({ config, policies: [{ id: 'shop/authz.rego', package: 'shop.authz' }] }, { store: 'https://store.example/bundles', signed: true, strange: 401 })).toEqual({ dangers: [], unseen: [] });
  });

  it('is nothing where a bundle has left the empty places of a root that it had deeper down', async () => {
    expect(await told({ data: ['shop', 'company'], hollow: ['company'] })).toEqual([]);
    expect(await told({ data: ['shop', 'company'] })).toEqual(['differs opa.data/opa:8181/company']);
  });

  it('is told again when data that our policy asks is other data, and not by what is in it', async () => {
    const seen = async (digest?: string) => (await reach({ data: ['shop', 'partners'], ...(digest && { digests: { partners: digest } }) })).dangers.map((danger) => [danger.effect, danger.id, danger.seen]);
    const [before, same, other] = [await seen('aa'), await seen('aa'), await seen('bb')];
    expect(before).toMatchObject([['opens', 'opa:8181/partners', expect.any(String)]]);
    expect([same, other[0]?.[2] === before[0]?.[2]]).toEqual([before, false]);
  });

  it('decides in the place of our bundle while that is not active', async () => {
    const held = { bundles: {}, data: ['shop'], policies: [{ id: 'theirs', package: 'shop.authz' }] };
    expect(await told(held)).toEqual(['opens opa.policy/opa:8181/theirs']);
    expect((await reach({ bundles: { other: ['other'] }, data: ['shop'] })).dangers).toMatchObject([{ kind: 'opa.data', id: 'opa:8181/shop', effect: 'differs' }]);
    expect(await told({ ...held, bundles: { other: [''] } })).toContain('opens opa.policy/opa:8181/other');
  });

  it('is not what a further root of ours holds, but for another bundle that has it', async () => {
    const ours = specs.bundle.desired(['shop'], { spec: { revision: '1', files: { 'authz.rego': 'package envoy.authz\n\nallow if data.envoy.authz.people[input.x]\n' } }, origin });
    const look = (held: Held) =>
      reachOf([ours], [], { name: 'shop', servers: [{ url: 'http://opa:8181', http: opa({ data: ['shop', 'envoy'], ...held }) as Http }], store: undefined, signed: false, tokens: true, roots: ['shop', 'envoy'], answer: 'allow', questions: () => [], evaluate: () => Promise.resolve(undefined) });
    const policies = [{ id: 'a.rego', package: 'envoy.authz' }];
    expect((await look({ bundles: { shop: ['shop', 'envoy'] }, policies })).dangers).toEqual([]);
    expect((await look({ bundles: { shop: ['shop'], theirs: ['envoy/authz'] }, policies })).dangers.map(({ effect, id }) => `${effect} ${id}`)).toEqual(expect.arrayContaining(['opens opa:8181/theirs']));
    expect((await look({ bundles: { shop: ['shop', 'envoy'] }, config: { decision_logs: { console: true } } })).dangers).toMatchObject([{ effect: 'exposes', what: expect.stringContaining('tokens are in it, and their claims') as string }]);
  });

  it('is what a variable of our policy may name', async () => {
    const anything = specs.bundle.desired(['shop'], { spec: { revision: '1', files: { 'authz.rego': 'package shop.authz\n\nallow if data[input.x].allow\n' } }, origin });
    const { dangers } = await reachOf([anything], [], { name: 'shop', servers: [{ url: 'http://opa:8181', http: opa({ data: ['shop', 'theirs'] }) as Http }], store: undefined, signed: false, tokens: false, roots: ['shop'], answer: 'allow', questions: () => [], evaluate: () => Promise.resolve(undefined) });
    expect(dangers).toMatchObject([{ kind: 'opa.data', id: 'opa:8181/theirs', effect: 'opens' }]);
  });

  it.each([
    ['a policy that somebody put there', { policies: [{ id: 'theirs', package: 'theirs.rules' }] }, 'differs opa.policy/opa:8181/theirs'],
    ['a policy that ours asks', { policies: [{ id: 'p', package: 'partners' }] }, 'opens opa.policy/opa:8181/p'],
    ['a policy of another bundle that ours asks', { policies: [{ id: 'p', package: 'partners' }], bundles: { shop: ['shop'], other: ['partners'] } }, 'opens opa.policy/opa:8181/p'],
    ['a policy about who may ask', { policies: [{ id: 'a', package: 'system.authz' }] }, 'opens opa.policy/opa:8181/a'],
    ['a policy about the log', { policies: [{ id: 'l', package: 'system.log' }], config: { decision_logs: {} } }, 'exposes opa.policy/opa:8181/l'],
    ['a policy for questions without a path', { policies: [{ id: 'm', package: 'system.main' }] }, 'differs opa.policy/opa:8181/m'],
    ['data that somebody put there', { data: ['shop', 'theirs'] }, 'differs opa.data/opa:8181/theirs'],
    ['data that only a comment names', { data: ['shop', 'mentioned'] }, 'differs opa.data/opa:8181/mentioned'],
    ['data beside a root of a bundle, deeper down', { bundles: { shop: ['shop'], team: ['team/http'] }, data: ['shop', 'team'], below: { team: ['http', 'more'] } }, 'differs opa.data/opa:8181/team/more'],
    ['data that our policy asks', { data: ['shop', 'partners'] }, 'opens opa.data/opa:8181/partners'],
    ['a bundle with our root', { bundles: { evil: ['shop'] } }, 'opens opa.policy/opa:8181/evil'],
    ['a log of every question', { config: { services: { s: { url: 'https://evil.example' } }, decision_logs: { service: 's' } } }, 'exposes opa.config/opa:8181/decision_logs'],
    ['a log of every question on its console', { config: { decision_logs: { console: true } } }, 'exposes opa.config/opa:8181/decision_logs'],
    ['its status told elsewhere', { config: { services: { s: { url: 'https://evil.example' } }, status: { service: 's' } } }, 'differs opa.config/opa:8181/status'],
    ['a configuration that comes from elsewhere', { config: { discovery: { service: 's' } } }, 'weakens opa.config/opa:8181/discovery'],
    ['a plugin', { config: { plugins: { theirs: {} } } }, 'weakens opa.config/opa:8181/plugins'],
    ['a field that nobody knows', { config: { new_thing: { on: true } } }, 'differs opa.config/opa:8181/new_thing'],
    ['another decision', { config: { default_decision: '/theirs/main' } }, 'differs opa.config/opa:8181/default_decision'],
    ['a yes where the policy says no', { answers: ['kong orders.list alice', 'kong orders.list sam'] }, 'opens opa.decision/opa:8181/yes'],
    ['a no where the policy says yes', { answers: [] }, 'breaks opa.decision/opa:8181/no'],
  ] as const)('tells %s', async (_what, held, expected) => {
    expect(await told(held)).toEqual([expected]);
  });

  it('tells of a bundle that comes from elsewhere, or that nobody signed, and of an OPA that asks nobody for a token', async () => {
    const config = { services: { store: { url: 'https://evil.example/b' } }, bundles: { shop: { service: 'store' } } };
    expect(await told({ config }, { store: 'https://store.example/b', signed: true })).toEqual(['opens opa.config/opa:8181/bundles', 'weakens opa.config/opa:8181/bundles']);
    expect(await told({}, { strange: 200 })).toEqual(['opens opa.config/opa:8181/authorization']);
  });

  it('is silent about the bundle of another team that ours does not ask', async () => {
    expect(await told({ policies: [{ id: 'team/x.rego', package: 'team.x' }], bundles: { shop: ['shop'], team: ['team'] }, data: ['shop', 'team'] })).toEqual([]);
  });

  it('is nothing where no OPA decides', async () => {
    const nobody = { name: 'shop', servers: [], store: undefined, signed: false, tokens: false, roots: ['shop'], answer: 'allow', questions: () => questions, evaluate: () => Promise.resolve(undefined) };
    expect(await reachOf([bundle], [live], nobody)).toEqual({ dangers: [], unseen: [] });
  });

  it('says what it may not read', async () => {
    const { dangers, unseen } = await reach({ status: 401 });
    expect([dangers, unseen.map(({ what }) => what)]).toEqual([
      [],
      ['the configuration of http://opa:8181', 'the policies of http://opa:8181', 'the names of bundles and data of http://opa:8181', 'what http://opa:8181 answers'],
    ]);
  });
});
