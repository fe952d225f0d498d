import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { disagreementsIn, matrixMarkdown, matrixText, workedOut } from '../../../src/render/matrix.ts';
import { matrixOf, questionsOf } from '../../../src/access/index.ts';
import type { PolicyAnswer } from '../../../src/access/index.ts';
import { shop, withAws } from '../blueprint/shop.ts';

/** What a policy that agrees with `expect` would say, with changes. */
const answers = (blueprint: Blueprint, changes: Readonly<Record<string, PolicyAnswer>> = {}): Map<string, PolicyAnswer> =>
  new Map(
    questionsOf(blueprint, 0).map(({ key }) => {
      const [, route = '', who = ''] = key.split(' ');
      const [service = '', id = ''] = route.split('.');
      const allow = blueprint.expect[who]?.[service]?.includes(id) === true;
      return [key, changes[key] ?? { allow, reasons: allow ? [] : ['no'] }];
    }),
  );

describe('questionsOf', () => {
  it('asks about protected routes behind kong, in the shape the gateway asks', async () => {
    const questions = questionsOf(await shop(...withAws), 1000);
    expect(questions.slice(0, 5).map(({ route }) => route)).toEqual([...Array<string>(4).fill('orders.list'), 'orders.read']);
    expect(questions.map(({ key }) => key)).toEqual(
      ['list', 'read', 'place'].flatMap((route) => ['alice', 'sam', 'reports', 'anonymous'].map((who) => `kong orders.${route} ${who}`)),
    );
    expect(questions.find(({ key }) => key === 'kong orders.read anonymous')?.input).toEqual({
      request: {
        method: 'GET',
        path: '/orders/42',
        segments: ['orders', '42'],
        query: {},
        host: 'gateway.test',
        scheme: 'https',
        client_ip: '192.0.2.1',
      },
      route: { service: 'orders', id: 'read', params: { id: '42' } },
      source: 'kong',
      token: null,
    });
  });

  it('fills a variable with what no route names literally', async () => {
    const questions = questionsOf(await shop(['GET /orders/health', 'GET /orders/42']), 0);
    expect(questions.find(({ key }) => key === 'kong orders.read alice')?.input).toMatchObject({ request: { path: '/orders/420' } });
  });
});

describe('matrixOf', () => {
  it('agrees with a matrix that is right, on every cell', async () => {
    const blueprint = await shop(...withAws);
    const matrix = matrixOf(blueprint, answers(blueprint));
    expect(matrix.cells).toHaveLength(4 * 4 * 2);
    expect(matrix.cells.filter(({ passes, expected }) => passes !== expected)).toEqual([]);
    expect(disagreementsIn(matrix)).toEqual([]);
  });

  it('without a policy lets the roles of the blueprint decide', async () => {
    const blueprint = await shop();
    expect(disagreementsIn(matrixOf(blueprint, undefined))).toEqual([]);
    expect(matrixOf(blueprint, undefined).cells.find(({ route, who }) => route === 'place' && who === 'sam')).toMatchObject({
      passes: false,
      refusal: 'the token has no scope orders:write',
    });
  });

  it('names the cell and the line when the policy refuses what expect lists', async () => {
    const blueprint = await shop();
    const matrix = matrixOf(blueprint, answers(blueprint, { 'kong orders.read sam': { allow: false, reasons: ['not today'] } }));
    const { file } = blueprint;
    const { line, column } = blueprint.at('expect.sam.orders.1');
    expect(disagreementsIn(matrix)).toEqual([
      `${file}:${line}:${column} kong orders.read as sam: expect lists it, and the policy says no: not today`,
    ]);
  });

  it('counts a question that the policy leaves undefined as a no', async () => {
    const blueprint = await shop();
    const given = answers(blueprint);
    given.delete('kong orders.list alice');
    expect(disagreementsIn(matrixOf(blueprint, given))).toEqual([
      expect.stringContaining('kong orders.list as alice: expect lists it, and the policy says no: the decision is undefined'),
    ]);
  });

  it('tells of a yes that expect does not list, also where the gateway would refuse', async () => {
    const blueprint = await shop();
    const yes = { allow: true, reasons: [] };
    const matrix = matrixOf(blueprint, answers(blueprint, { 'kong orders.place sam': yes, 'kong orders.list anonymous': yes }));
    expect(disagreementsIn(matrix).map((text) => text.replace(/^\S+ /, ''))).toEqual([
      'kong orders.list as anonymous: expect does not list it, and the policy says yes: only the gateway refuses it (there is no token)',
      'kong orders.place as sam: expect does not list it, and the policy says yes: only the gateway refuses it (the token has no scope orders:write)',
    ]);
  });

  it('sees a role that only the policy could check, and AWS does not', async () => {
    // Loading refuses this blueprint; the matrix must not depend on that.
    const blueprint = await shop(...withAws);
    const { realm } = blueprint;
    const open = { ...blueprint, realm: { ...realm, scopes: { ...realm.scopes, 'orders:write': { audience: 'orders', mappers: {}, roles: [] } } } };
    expect(disagreementsIn(matrixOf(open, answers(open))).map((text) => text.replace(/^\S+ /, ''))).toEqual([
      'aws orders.place as sam: expect does not list it, and nothing refuses it',
    ]);
  });

  it('does not judge somebody without a row', async () => {
    const blueprint = await shop(['  reports: { orders: [list, read] }\n', '']);
    const yes = { allow: true, reasons: [] };
    const matrix = matrixOf(blueprint, answers(blueprint, { 'kong orders.list reports': yes }));
    expect([disagreementsIn(matrix), matrix.cells.find(({ who, route }) => who === 'reports' && route === 'list')]).toMatchObject([
      [],
      { passes: true, judged: false },
    ]);
  });
});

describe('a cell', () => {
  const cellIn = (blueprint: Blueprint, given: ReadonlyMap<string, PolicyAnswer> | undefined, wanted: string): unknown =>
    matrixOf(blueprint, given).cells.find(({ gateway, service, route, who }) => `${gateway} ${service}.${route} ${who}` === wanted);
  const yes = { allow: true, reasons: [] };

  it('says what it is about, how it fares and where that is stated, and no more than there is to say', async () => {
    const blueprint = await shop();
    const list = { gateway: 'kong', service: 'orders', route: 'list' };
    expect(cellIn(blueprint, answers(blueprint), 'kong orders.list alice')).toEqual({
      ...list,
      who: 'alice',
      expected: true,
      judged: true,
      passes: true,
      policy: yes,
      at: blueprint.at('expect.alice.orders.0'),
    });
    expect(cellIn(blueprint, undefined, 'kong orders.list anonymous')).toEqual({
      ...list,
      who: 'anonymous',
      expected: false,
      judged: true,
      passes: false,
      refusal: 'there is no token',
      at: blueprint.at('expect.anonymous.orders'),
    });
    expect(cellIn(blueprint, answers(blueprint), 'kong orders.health alice')).toEqual({
      ...list,
      route: 'health',
      who: 'alice',
      expected: true,
      judged: true,
      passes: true,
      at: blueprint.at('expect.alice.orders'),
    });
  });

  it('whose policy says yes to somebody whom nothing else stops is told as a yes of the policy', async () => {
    const blueprint = await shop(['  sam: { orders: [list, read] }', '  sam: { orders: [list] }']);
    expect(cellIn(blueprint, answers(blueprint, { 'kong orders.read sam': yes }), 'kong orders.read sam')).toMatchObject({
      passes: true,
      disagreement: 'expect does not list it, and the policy says yes',
    });
  });

  it('that expect lists and the gateway refuses tells why', async () => {
    const blueprint = await shop();
    const stated = { ...blueprint, expect: { ...blueprint.expect, sam: { orders: ['place'] } } };
    expect(cellIn(stated, undefined, 'kong orders.place sam')).toMatchObject({
      disagreement: 'expect lists it, and the gateway refuses it: the token has no scope orders:write',
    });
  });

  it('that the policy refuses tells every reason, or that there is none', async () => {
    const blueprint = await shop();
    const told = (reasons: readonly string[]): unknown =>
      cellIn(blueprint, answers(blueprint, { 'kong orders.list alice': { allow: false, reasons } }), 'kong orders.list alice');
    expect(told(['late', 'tired'])).toMatchObject({ disagreement: 'expect lists it, and the policy says no: late; tired' });
    expect(told([])).toMatchObject({ disagreement: 'expect lists it, and the policy says no: it gives no reason' });
  });
});

describe('the table', () => {
  it('joins the gateways that agree, and marks what is wrong', async () => {
    const blueprint = await shop(...withAws);
    const matrix = matrixOf(blueprint, answers(blueprint, { 'kong orders.read sam': { allow: false, reasons: ['not today'] } }));
    expect(matrixText(matrix, 'from a test').split('\n').slice(0, 6)).toEqual([
      'route          request             gateway   alice  sam   reports  anonymous',
      'orders.list    GET /orders         kong aws  pass   pass  pass     -',
      'orders.read    GET /orders/{id}    kong      pass   -!    pass     -',
      'orders.read    GET /orders/{id}    aws       pass   pass  pass     -',
      'orders.place   POST /orders        kong aws  pass   -     -        -',
      'orders.health  GET /orders/health  kong aws  pass   pass  pass     pass',
    ]);
    expect(matrixText(matrix, 'from a test')).toMatch(/1 of 32 cells is not as expect says$/);
    expect(matrixMarkdown(matrix, 'from a test')).toContain('| orders.read | GET /orders/{id} | kong | pass | -! | pass | - |\n');
    const { rows, callers, words } = workedOut(matrix, 'from a test');
    expect([words, callers]).toEqual(['1 of 32 cells is not as expect says', ['alice', 'sam', 'reports', 'anonymous']]);
    expect(rows.map(({ route, gateways }) => `${route} ${gateways}`)).toEqual(['orders.list kong aws', 'orders.read kong', 'orders.read aws', 'orders.place kong aws', 'orders.health kong aws']);
    expect(rows[1]?.cells[1]).toMatchObject({ passes: false, allowed: true, judged: true, why: 'not today', wrong: 'expect lists it, and the policy says no: not today' });
    expect(rows[1]?.cells[3]).toMatchObject({ passes: false, allowed: false, why: 'there is no token' });
  });
});
