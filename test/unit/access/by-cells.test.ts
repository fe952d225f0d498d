import { describe, expect, it } from 'vitest';
import { asFound, byChange, judgedByCells, matrixOf, passesIn } from '../../../src/access/index.ts';
import { changesOf } from '../../../src/core/plan.ts';
import type { Change, Effect, FieldDiff, Spec } from '../../../src/core/resource.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { example, planOver } from './in-force.ts';

interface Changed {
  readonly spec: Spec | null;
  /** Fields that are told as changed. */
  readonly paths?: readonly string[];
  /** What its fields alone say. */
  readonly effect?: Effect;
}

/** What drift says of each change, by the cells of the matrix at Kong: effect, address, and whom it lets in or refuses. */
const saidOf = async (changed: Readonly<Record<string, Changed>>, name = 'sso.yaml'): Promise<readonly string[]> => {
  const blueprint = await example(name);
  const given = planOver(blueprint, Object.fromEntries(Object.entries(changed).map(([address, { spec }]) => [address, spec])));
  const marked = (change: Change): Change => {
    const one = 'desired' in change ? changed[addressOf(change.desired)] : undefined;
    if (one === undefined) return change;
    const because = (one.paths ?? []).map((path): FieldDiff => ({ path, before: 1, after: 2 }));
    return { ...change, ...('because' in change && { because }), effect: one.effect ?? 'weakens' };
  };
  const plan = { ...given, waves: given.waves.map((wave) => wave.map(marked)) };
  const cells = matrixOf(blueprint, undefined).cells;
  const wanted = cells.filter(({ gateway }) => gateway === 'kong');
  const found = matrixOf(asFound(blueprint, plan, 'kong').blueprint, undefined).cells;
  const passes = passesIn(found);
  const by = await byChange(blueprint, plan, {
    gateway: 'kong',
    odd: wanted.filter((cell) => cell.passes !== passes(cell)),
    cellsOf: (worlds) => Promise.resolve(worlds.map((world) => matrixOf(world.blueprint, undefined, world.part).cells)),
  });
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  return changesOf(judgedByCells(plan, by, wanted, routes)).flatMap((change) => ('desired' in change && change.effect !== undefined ? [`${change.effect} ${addressOf(change.desired)}${change.does === undefined ? '' : `: ${change.does}`}`] : []));
};

const JWT = 'kong.plugin/shop.orders.jwt';
const GUARD = 'kong.plugin/shop.orders.guard';
const SCOPE = 'kong.plugin/shop.orders.scope';
const OPA = 'kong.plugin/shop.orders.cancel.opa';
const CANCEL = 'kong.plugin/shop.orders.cancel.scope';

describe('how bad a change is, by the cells of the matrix', () => {
  it('is that it breaks, where something else on the way refuses everybody then', async () => {
    const refused = 'refuses everybody at kong orders.list (GET /orders), everybody at kong orders.read (GET /orders/{id}), and at 2 more routes';
    expect(await saidOf({ [JWT]: { spec: null, effect: 'opens' } })).toEqual([`breaks ${JWT}: now ${refused}`]);
    expect(await saidOf({ [JWT]: { spec: { enabled: false }, paths: ['enabled'], effect: 'opens' } })).toEqual([`breaks ${JWT}: now ${refused}`]);
  });

  it('is that it opens, where somebody passes who did not', async () => {
    expect(await saidOf({ [OPA]: { spec: null } })).toEqual([`opens ${OPA}: now lets in alice at kong orders.cancel (DELETE /orders/{id})`]);
    expect(await saidOf({ 'keycloak.user/shop/sam': { spec: { realmRoles: ['customer', 'support', 'admin'] }, paths: ['realmRoles[2]'] } })).toEqual(['opens keycloak.user/shop/sam: now lets in sam at kong orders.place (POST /orders), sam at kong orders.cancel (DELETE /orders/{id})']);
  });

  it('is told of each of several that open something together and not alone, and of one that opens it beside another', async () => {
    const gone = { spec: null, effect: 'weakens' } as const;
    const all = await saidOf({ [JWT]: gone, [GUARD]: gone, [SCOPE]: gone, [CANCEL]: gone, [OPA]: gone });
    expect(all.filter((line) => line.startsWith('opens')).map((line) => /plugin\/\S+?(?=:)/.exec(line)?.[0])).toEqual([JWT, SCOPE, OPA, CANCEL].map((address) => address.replace('kong.', '')));
    expect(all.find((line) => line.includes(JWT))).toMatch(/^opens .*now lets in everybody at kong orders\.cancel/);
  });

  it('is that it breaks, where somebody is refused who passed, whatever guard its fields are', async () => {
    expect(await saidOf({ 'keycloak.user/shop/ada': { spec: { realmRoles: [] }, paths: ['realmRoles[0]'] } })).toEqual([expect.stringMatching(/^breaks keycloak\.user\/shop\/ada: now refuses ada at kong orders\.place/)]);
  });

  it('is the worse of both where the cells do not show all of its fields', async () => {
    expect(await saidOf({ 'keycloak.client/shop/reports': { spec: { defaultClientScopes: ['basic', 'orders:read'] }, paths: ['defaultClientScopes[2]', 'fullScopeAllowed'] } })).toEqual(['weakens keycloak.client/shop/reports: now refuses reports at kong invoices.list (GET /invoices)']);
  });

  it.each([
    ['another issuer', { issuer: 'https://evil.example' }, 'issuer'],
    ['an audience of nobody', { audience: 'partners' }, 'audience'],
  ])('is told of a guard that asks for %s by whom it refuses, and that it is another guard', async (_what, config, field) => {
    const blueprint = await example('sso.yaml');
    const { issuer } = blueprint;
    const spec = { name: 'authctl-token-guard', config: { public: false, issuer, audience: 'orders', ...config } };
    expect(await saidOf({ [GUARD]: { spec, paths: [`config.${field}`] } })).toEqual([expect.stringMatching(/^weakens kong\.plugin\/shop\.orders\.guard: now refuses everybody at kong orders\.list/)]);
  });

  it('is what its fields say of a guard that asks for the audience of another service: who has such a token passes', async () => {
    const { issuer } = await example('sso.yaml');
    expect(await saidOf({ [GUARD]: { spec: { name: 'authctl-token-guard', config: { public: false, issuer, audience: 'invoices' } }, paths: ['config.audience'] } })).toEqual([`weakens ${GUARD}`]);
  });

  it('is what its fields say, where no cell fares otherwise', async () => {
    expect(await saidOf({ 'keycloak.user/shop/ada': { spec: { realmRoles: ['admin', 'customer', 'support'] }, paths: ['realmRoles[1]'] } })).toEqual(['weakens keycloak.user/shop/ada']);
    expect(await saidOf({ [JWT]: { spec: { config: {} }, paths: ['config.anonymous'] } })).toEqual([`weakens ${JWT}`]);
  });

  it('of a policy that is missing is whom that locks out, and nothing where no gateway is there yet', async () => {
    const blueprint = await example('sso.yaml');
    const bundle = 'opa.bundle/shop';
    const said = (there: readonly string[]): readonly string[] => {
      const given = planOver(blueprint, {});
      const create = (change: Change): Change => ('desired' in change && !there.some((kind) => change.desired.kind.startsWith(kind)) ? { action: 'create', desired: change.desired, effect: 'breaks' } : change);
      const plan = { ...given, waves: given.waves.map((wave) => wave.map(create)) };
      const cells = matrixOf(blueprint, undefined).cells.filter(({ gateway, passes }) => gateway === 'kong' && passes);
      const judged = judgedByCells(plan, [{ address: bundle, opens: [], refuses: cells }], cells, Object.values(blueprint.services).flatMap(({ routes }) => routes));
      return changesOf(judged).flatMap((change) => ('desired' in change && addressOf(change.desired) === bundle ? [`${String(change.effect)} ${change.does ?? ''}`] : []));
    };
    expect(said(['kong', 'keycloak'])).toEqual([expect.stringMatching(/^breaks now refuses everybody at kong orders/)]);
    expect(said([])).toEqual(['breaks ']);
    expect(said(['keycloak'])).toEqual(['breaks ']);
  });

  it('of a guard that is missing with all that it stands on is that nobody gets there', async () => {
    const gone = { spec: null, effect: 'opens' } as const;
    const all = await saidOf({ 'kong.service/shop.orders': gone, [JWT]: gone, [SCOPE]: gone });
    expect(all.filter((line) => line.includes('plugin'))).toEqual([`breaks ${JWT}`, `breaks ${SCOPE}`]);
  });
});
