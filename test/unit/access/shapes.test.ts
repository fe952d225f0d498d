import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerOf, matrixOf, policyInput, questionsOf } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { askPolicy } from '../../../src/providers/opa/ask.ts';
import { bundleOf } from '../../../src/providers/opa/bundle.ts';
import { variants, variantText } from '../../rego-variants.ts';
import { complaints, load, repository } from '../blueprint/loading.ts';
import { opa } from '../service/support/fixture.ts';

const cellsOf = async (blueprint: Blueprint) => {
  const policy = { files: bundleOf(blueprint).files, answer: answerOf(blueprint), at: blueprint.at('authorization') };
  return matrixOf(blueprint, await askPolicy(opa ?? '', policy, questionsOf(blueprint, 1_800_000_000), process.env)).cells;
};

describe.skipIf(opa === undefined)('a policy that was written for something else (needs opa)', () => {
  it.each(variants)('decides as the matrix says when it is asked in the shape it knows: %s', async (variant) => {
    const cells = await cellsOf(await load(variantText(variant)));
    expect(cells.length).toBeGreaterThan(60);
    expect(cells.flatMap(({ route, who, disagreement }) => (disagreement === undefined ? [] : [`${route} ${who} ${disagreement}`]))).toEqual([]);
  });

  it.each([
    ['envoy', 'input: envoy', 'input: authctl, answer: allowed'],
    ['kong', 'input: kong', 'input: envoy, answer: allow'],
    ['mapping', 'answer: permitted, ', ''],
    ['mapping', 'who.scopes: token.scope', 'who.scopes: token.scp'],
  ] as const)('says no to everybody with a token when it is asked otherwise: %s, "%s" is "%s"', async (variant, from, to) => {
    const text = variantText(variant);
    expect(text).toContain(from);
    const cells = await cellsOf(await load(text.replace(from, to)));
    const asked = cells.filter(({ policy }) => policy !== undefined);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter(({ policy }) => policy?.allow === true)).toEqual([]);
  });
});

describe('the question in another shape', () => {
  it('holds a token that nobody signed where only the claims are known, and the real one where there is one', async () => {
    const blueprint = await load(variantText('kong'));
    const [route] = blueprint.services.orders?.routes ?? [];
    if (!route) throw new Error('no route');
    const headersIn = (input: unknown): unknown => (input as { request: { http: { headers: unknown } } }).request.http.headers;
    const asked = { path: '/orders', source: 'kong', token: { sub: 'alice' } } as const;
    const [header = '', payload = ''] = String((headersIn(policyInput(blueprint, route, asked)) as { authorization: string }).authorization).replace('Bearer ', '').split('.');
    expect([header, payload].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown)).toEqual([{ alg: 'RS256', typ: 'JWT' }, { sub: 'alice' }]);
    expect(headersIn(policyInput(blueprint, route, { ...asked, raw: 'a.b.c' }))).toEqual({ authorization: 'Bearer a.b.c' });
    expect(headersIn(policyInput(blueprint, route, { ...asked, token: null }))).toEqual({});
  });
});

describe('a blueprint that asks a policy otherwise', () => {
  it.each([
    ['a mapping without fields', 'mapping', / fields: \{.*?\} \}/, ' }', ['BLUEPRINT_POLICY mapping']],
    ['fields without a mapping', 'mapping', 'input: mapping', 'input: kong', ['BLUEPRINT_POLICY fields']],
    ['a name that is a value and holds others', 'mapping', 'verb: request.method', 'who: request.method', ['BLUEPRINT_POLICY who']],
    ['a place that there is not', 'mapping', 'verb: request.method', 'verb: claims.sub', ['BLUEPRINT_WRONG_VALUE claims.sub']],
    ['a package that is below no root', 'envoy', ', roots: [envoy]', '', [`BLUEPRINT_POLICY ${join(repository, 'policies/envoy')}`]],
    ['a root below the own one', 'envoy', 'roots: [envoy]', 'roots: [envoy, shop/authz]', ['BLUEPRINT_POLICY shop/authz']],
    ['two roots, one below the other', 'envoy', 'roots: [envoy]', 'roots: [envoy, envoy/authz]', ['BLUEPRINT_POLICY envoy', 'BLUEPRINT_POLICY envoy/authz']],
    ['a decision of a service that nobody makes', 'kong', 'gateway/invoices/answer', 'gateway/invoice/answer', ['BLUEPRINT_POLICY gateway/invoice/answer']],
    ['a shape without a policy', 'envoy', /authorization: .*/, 'authorization: { pattern: none, input: envoy, roots: [envoy], answer: allow }', ['BLUEPRINT_POLICY envoy', 'BLUEPRINT_POLICY roots', 'BLUEPRINT_POLICY allow']],
  ] as const)('is told of %s', async (_what, variant, from, to, expected) => {
    const text = variantText(variant);
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect((await complaints(changed)).map(({ code, marked }) => `${code} ${marked}`).toSorted()).toEqual([...expected].toSorted());
  });
});
