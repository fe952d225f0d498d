import type { Plan } from '../../../src/core/plan.ts';
import { Problem, unreachable } from '../../../src/core/problem.ts';
import type { About, AccessChange, AccessGain, Report, Verdict } from '../../../src/core/report.ts';
import type { Change, Desired } from '../../../src/core/resource.ts';
import type { Topology, TopologyNode, TopologyPart } from '../../../src/core/topology.ts';

const line = (number: number, column = 3) => ({ file: 'shop.yaml', line: number, column });
const want = (kind: string, id: string, at: number): Desired => ({ kind, id, spec: {}, after: [], origin: line(at) });
const held = (kind: string, id: string) => ({ kind, id, spec: {}, owner: 'shop' });
const diff = (path: string, before: unknown, after: unknown) => ({ path, before, after });

const plan: Plan = {
  name: 'shop',
  waves: [
    [
      { action: 'create', desired: want('kong.service', 'shop.orders', 10) },
      { action: 'keep', desired: want('keycloak.realm', 'shop', 2), live: held('keycloak.realm', 'shop') },
      { action: 'keep', desired: want('keycloak.role', 'shop/admin', 4), live: held('keycloak.role', 'shop/admin') },
    ],
    [
      { action: 'update', desired: want('opa.bundle', 'shop', 30), live: held('opa.bundle', 'shop'), because: [diff('files.authz', 'a'.repeat(130), `b${'c'.repeat(118)}`), diff('files.more', `package shop\n\nallow := true\n${'# old\n'.repeat(9)}# end\n`, 'package shop\n\ndefault allow := false\nallow if input.ok\n# end\n'), diff('roots', ['shop'], [])] },
      { action: 'replace', desired: want('aws.route', 'shop/GET /orders', 12), live: held('aws.route', 'shop/GET /orders'), because: [diff('RouteKey', 'GET /a|b', 'GET /<orders>')] },
      { action: 'adopt', desired: want('kong.route', 'shop.orders.list', 12), live: held('kong.route', 'shop.orders.list'), because: [] },
      { action: 'blocked', desired: want('keycloak.client', 'shop/portal', 20), live: held('keycloak.client', 'shop/portal'), problem: new Problem('PLAN_BLOCKED', 'already there', { at: line(20), hint: 'rename it' }) },
      { action: 'blocked', desired: want('keycloak.client', 'shop/other', 21), live: held('keycloak.client', 'shop/other'), problem: new Problem('PLAN_BLOCKED', 'already there') },
      { action: 'deferred', deferred: { kind: 'kong.jwt_secret', id: 'shop.issuer/<keys>', after: [], origin: line(2), needs: { provider: 'keycloak', output: 'keys' }, expand: () => [] } },
    ],
  ],
  removals: [{ action: 'delete', live: held('kong.plugin', 'shop.old.guard') }],
  orphans: [{ action: 'orphan', live: held('kong.route', 'shop.old') }],
  dangers: [{ action: 'danger', effect: 'opens', danger: { kind: 'kong.route', id: 'sneak', effect: 'opens', what: 'reaches <orders> | without a token', origin: line(10), hint: 'delete it', seen: '0123456789ab' } }],
  accepted: [{ danger: { kind: 'kong.route', id: 'known', effect: 'differs', what: 'is known', origin: line(10), hint: 'h' }, reason: 'the partner\'s' }],
  unseen: [{ target: 'kong', what: 'consumer groups', why: 'HTTP 403' }],
};

const kept: Plan = { name: 'shop', waves: [[{ action: 'keep', desired: want('keycloak.realm', 'shop', 2) } satisfies Change]], removals: [], orphans: [], dangers: [], accepted: [], unseen: [] };
const opens: AccessChange = { change: 'opens', who: 'sam', gateway: 'kong', route: 'orders.place', request: 'POST /orders', origin: line(12) };
const closes: AccessChange = { change: 'closes', who: 'ada | <ops>', gateway: 'aws', route: 'orders.list', request: 'GET /orders', origin: line(13) };

const gain: AccessGain = { who: 'anonymous', gateway: 'kong', request: 'GET /bd/orders', reaches: 'orders.list', by: 'kong.route/side-door', origin: line(14) };

const verdict = (id: string, part: Partial<Verdict> = {}): Verdict => ({
  id,
  group: id.slice(0, id.lastIndexOf('-')),
  claim: `the claim of ${id}`,
  severity: 'high',
  source: 'RFC 7519 section 4.1',
  subject: 'kong orders.list',
  status: 'passed',
  evidence: [],
  origin: line(12),
  ...part,
});
const cell = (who: string, route: string, { allowed = false, ...part }: Partial<Verdict> & { readonly allowed?: boolean }): Verdict => {
  const [gateway = '', name = ''] = route.split(' ');
  return verdict('AZ-06', { severity: 'critical', subject: `${route} as ${who}`, cell: { gateway, route: name, request: `GET /${name}`, who, allowed }, ...part });
};
const { origin: _origin, ...homeless } = verdict('ERR-01', { subject: 'shop', severity: 'low', status: 'failed' });

const about: About = {
  at: '2026-11-29T12:00:03.000Z',
  by: 'jo',
  host: 'ci-7',
  authctl: '0.1.0',
  file: 'shop.yaml',
  overlay: 'staging',
  targets: [
    { name: 'keycloak', title: 'Keycloak', address: 'http://localhost:8080', version: '26.4.1' },
    { name: 'kong', title: 'Kong', address: 'http://localhost:8001', onlyLookedAt: true },
  ],
};
const drawn = (id: string, part: TopologyPart, ...lines: readonly string[]): TopologyNode => ({ id, part, shape: part === 'person' ? 'person' : part === 'policy' ? 'store' : 'box', lines });
const topology: Topology = {
  name: 'shop',
  clusters: [
    { id: 'callers', title: 'Callers', nodes: [drawn('who sam', 'person', 'sam', 'support'), drawn('who <b>', 'client', '<b>'), drawn('client storefront', 'application', 'storefront', 'client, sso')] },
    { id: 'targets', title: 'Targets', nodes: [drawn('target keycloak', 'issuer', 'Keycloak', 'realm shop'), drawn('target kong', 'gateway', 'Kong', 'oss, database'), drawn('target opa', 'policy', 'OPA', 'shop/authz'), drawn('target aws', 'gateway', 'AWS', 'eu-west-1')] },
    { id: 'service orders', title: 'orders (audience orders)', nodes: [drawn('route orders.list', 'route', 'list: GET /orders', 'orders:read', 'passes: sam'), drawn('route orders.place', 'route', 'place: POST /orders', 'orders:write')] },
  ],
  edges: [
    { from: 'who sam', to: 'client storefront' },
    { from: 'client storefront', to: 'target keycloak', label: 'signs in', dashed: true },
    { from: 'client storefront', to: 'target kong' },
    { from: 'target kong', to: 'route orders.list' },
    { from: 'target kong', to: 'target keycloak', label: 'keys', dashed: true },
    { from: 'target kong', to: 'target opa', label: 'asks shop/authz', dashed: true },
    { from: 'target aws', to: 'route orders.list' },
  ],
};

/** Reports in which everything occurs that a renderer knows how to say. */
export const reports: Readonly<Record<string, Report>> = {
  plan: {
    command: 'plan',
    blueprint: 'shop',
    about,
    topology,
    plan,
    access: { first: false, changes: [opens, closes], gains: [gain], unknown: ['keycloak.client/shop/<evil>'], note: 'no opa was found' },
    limits: [{ what: 'scripts can read | the token', hint: 'choose <another>', origin: line(8) }],
    notes: ['a note', 'another note'],
    requests: { kong: { reads: 3, writes: 0 } },
    problems: [],
    negative: true,
    seconds: 1.25,
  },
  besideTheMatrix: { command: 'drift', blueprint: 'shop', plan: kept, access: { first: false, changes: [], gains: [gain, { ...gain, who: 'mallory | <x>' }] }, problems: [] },
  unknown: { command: 'drift', blueprint: 'shop', plan: kept, access: { first: false, changes: [], unknown: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `kong.plugin/${name}`) }, problems: [] },
  byCells: {
    command: 'drift',
    blueprint: 'shop',
    plan: {
      ...kept,
      waves: [
        [
          { action: 'create', effect: 'breaks', does: 'now refuses everybody at kong orders.list (GET /<orders>)', desired: want('kong.plugin', 'shop.orders.jwt', 10) },
          { action: 'update', effect: 'opens', does: 'now lets in sam at kong orders.place (POST /orders)', desired: want('keycloak.user', 'shop/sam', 12), live: held('keycloak.user', 'shop/sam'), because: [diff('realmRoles[1]', 'admin', null)] },
        ],
      ],
    },
    access: { first: false, changes: [{ ...closes, by: ['keycloak.user/shop/sam'] }] },
    problems: [],
    negative: true,
  },
  unfounded: { command: 'drift', blueprint: 'shop', plan, access: { first: false, changes: [], dependsOn: 'what is wrong with the servers themselves (KEYCLOAK_<ISSUER>)' }, problems: [new Problem('KEYCLOAK_ISSUER', 'another', { at: line(3) })], negative: true },
  unchanged: { command: 'drift', blueprint: 'shop', plan: kept, access: { first: false, changes: [] }, problems: [], negative: false, seconds: 0.5 },
  first: { command: 'plan', plan: kept, access: { first: true, changes: [opens, { ...opens, who: 'ada' }] }, problems: [] },
  closing: { command: 'plan', plan: kept, access: { first: false, changes: [closes, { ...closes, who: 'sam' }] }, problems: [] },
  apply: {
    command: 'apply',
    blueprint: 'shop',
    plan,
    applied: [
      { address: 'kong.service/shop.orders', action: 'create', outcome: 'done', milliseconds: 12 },
      { address: 'kong.route/shop.orders.list', action: 'create', outcome: 'failed', milliseconds: 3, problem: new Problem('KONG_REFUSED', 'kong refused <it>') },
      { address: 'kong.plugin/shop.orders.guard', action: 'create', outcome: 'skipped', milliseconds: 0, problem: new Problem('APPLY_SKIPPED', 'kong.route/shop.orders.list was not written') },
      { address: 'kong.settle/shop', action: 'settle', outcome: 'failed', milliseconds: 1 },
    ],
    problems: [new Problem('KONG_REFUSED', 'kong refused <it>', { at: { ...line(2), length: 4 }, hint: 'a|b', expected: 'this' }), new Problem('KONG_STORE', 'no place'), unreachable('opa', 'http://opa:8181', new Error('refused'))],
    seconds: 2,
  },
  drift: {
    command: 'drift',
    blueprint: 'shop',
    about,
    topology,
    plan: { ...plan, waves: plan.waves.map((wave) => wave.map((change) => (change.action === 'keep' ? change : { ...change, effect: 'weakens' }))) },
    access: { first: false, changes: [opens, closes] },
    problems: [],
    negative: true,
  },
  traced: {
    command: 'drift',
    blueprint: 'shop',
    plan: {
      ...kept,
      waves: [
        [
          { action: 'update', effect: 'opens', does: 'now lets in sam', desired: want('keycloak.user', 'shop/sam', 12), live: held('keycloak.user', 'shop/sam'), because: [diff('realmRoles[1]', 'admin', null)], changed: { at: '2026-11-29T12:00:03.000Z', by: 'user <mallory>\u001b[2J through client admin-cli from 10.1.2.3' } },
          { action: 'update', desired: want('kong.route', 'shop.orders.list', 12), live: held('kong.route', 'shop.orders.list'), because: [diff('paths[0]', '/', '/orders')], changed: { at: '2026-11-29T11:00:00.000Z' } },
        ],
      ],
      dangers: plan.dangers.map((change) => ({ ...change, changed: { at: '2026-11-29T10:00:00.000Z' } })),
    },
    notes: ['who changed it is not recorded: admin events are off', 'since the apply of 2026-11-29 02:00:11Z'],
    problems: [],
    negative: true,
  },
  beside: { command: 'drift', blueprint: 'shop', plan: { ...kept, dangers: plan.dangers }, access: { first: false, changes: [] }, problems: [], negative: true },
  unlooked: { command: 'plan', blueprint: 'shop', plan: { ...kept, unseen: plan.unseen }, access: { first: false, changes: [] }, problems: [] },
  nothing: { command: 'apply', blueprint: 'shop', plan: kept, applied: [], problems: [] },
  verify: {
    command: 'verify',
    about,
    topology,
    blueprint: 'shop <&"\'>',
    problems: [],
    negative: true,
    seconds: 8.4,
    verdicts: [
      verdict('SIG-03'),
      verdict('SIG-03', { subject: 'aws orders.list', status: 'skipped', why: 'issuer-key' }),
      verdict('SIG-04', { severity: 'critical', status: 'failed', why: 'expected 401 | got 200', hint: 'look at <jwt>', evidence: [{ request: 'GET /orders with <script>', status: 200, upstreamCalls: 1 }, { request: 'GET /orders again', status: 401, upstreamCalls: 0 }, { request: 'GET /orders a third time', upstreamCalls: 2 }] }),
      verdict('TIM-01', { severity: 'medium', status: 'crashed', why: 'got 500', evidence: [{ request: 'GET /orders\u0000\u001b', status: 500 }] }),
      verdict('TIM-02', { severity: 'low', status: 'inconclusive', subject: 'keycloak storefront' }),
      verdict('TIM-03', { status: 'skipped', why: 'issuer-key' }),
      verdict('TIM-04', { status: 'skipped' }),
      verdict('AWS-02', { subject: 'aws orders.place', limit: 'keys are kept for | two hours' }),
      cell('sam', 'kong orders.list', { allowed: true, evidence: [{ request: 'GET /orders', status: 200 }] }),
      cell('ada', 'kong orders.list', { status: 'failed', why: 'must not pass', evidence: [{ request: 'GET /orders', status: 299 }] }),
      cell('sam', 'kong orders.place', { evidence: [{ request: 'POST /orders', status: 403 }] }),
      cell('<b>', 'aws orders.list', { allowed: true, status: 'crashed', evidence: [{ request: 'GET /orders', status: 199 }] }),
      cell('anonymous', 'aws orders.list', { status: 'skipped', why: 'disruptive' }),
      homeless,
    ],
  },
  waived: {
    command: 'verify',
    blueprint: 'shop',
    problems: [],
    negative: false,
    verdicts: [
      verdict('SIG-03'),
      verdict('SIG-04', { status: 'waived', why: 'expected 401 | got 200', waiver: { was: 'failed', reason: 'the <partner> is | late', until: '2027-01-31', origin: line(40) } }),
      verdict('TIM-01', { status: 'waived', waiver: { was: 'crashed', reason: 'known', origin: line(41) } }),
    ],
    notes: ['the waiver of SIG-03 is not needed: the check passes  shop.yaml:42'],
  },
  graph: { command: 'graph', blueprint: 'shop', topology, data: topology, text: 'flowchart LR', problems: [] },
  matrix: {
    command: 'matrix',
    blueprint: 'shop',
    worked: {
      source: 'from the blueprint and its policy, evaluated by opa',
      words: '2 of 3 cells are not as expect says',
      callers: ['alice', 'sam <ops>', 'guest', 'anonymous'],
      who: ['alice (token of portal): roles customer; scopes orders:read; audiences orders', 'guest (token of portal): roles none; scopes none; audiences none; no row in expect: shown, not judged'],
      rows: [
        { gateways: 'kong aws', route: 'orders.list', request: 'GET /orders', cells: [{ passes: true, allowed: true, judged: true, origin: line(12) }, { passes: true, allowed: false, judged: true, wrong: 'expect does not list it, and the policy says yes', origin: line(13) }, { passes: false, allowed: false, judged: false, why: 'the token has no scope orders:read', origin: line(14) }, { passes: false, allowed: false, judged: true, why: 'there is no token', origin: line(15) }] },
        { gateways: 'kong', route: 'orders.place', request: 'POST /orders', cells: [{ passes: false, allowed: true, judged: true, why: 'late | <tired>', wrong: 'expect lists it, and the policy says no: late | <tired>', origin: line(12) }, { passes: false, allowed: false, judged: true, why: 'there is no token', wrong: 'expect does not list it, and the policy says yes: only the gateway refuses it (there is no token)', origin: line(13) }, { passes: true, allowed: false, judged: false, origin: line(14) }, { passes: false, allowed: false, judged: true, origin: line(15) }] },
      ],
    },
    problems: [],
    negative: true,
  },
  text: { command: 'explain', blueprint: 'shop', text: 'words & <more>', data: { words: 2 }, problems: [] },
};
