import { describe, expect, it } from 'vitest';
import { explainObject } from '../../../src/explain/address.ts';
import { explainRoute } from '../../../src/explain/route.ts';
import { expand } from '../../../src/patterns/index.ts';
import { secrets, shop, withAws } from '../blueprint/shop.ts';
import type { Edit } from '../blueprint/shop.ts';

const explained = async (id: string, ...edits: readonly Edit[]) => {
  const blueprint = await shop(...edits);
  const route = blueprint.services.orders!.routes.find((one) => one.id === id)!;
  return { blueprint, route, ...explainRoute(blueprint, expand(blueprint), route) };
};

describe('explainRoute', () => {
  it('walks through Kong in the order in which the plugins run, each with its object', async () => {
    const { gateways } = await explained('place');
    expect(gateways.map(({ gateway, steps }) => [gateway, steps.map(({ title, by }) => [title, by])])).toEqual([
      [
        'kong',
        [
          ['route', 'kong.route/shop.orders.place'],
          ['CORS (cors, priority 2000)', 'kong.plugin/shop.orders.cors'],
          ['token guard (authctl-token-guard, priority 1455)', 'kong.plugin/shop.orders.guard'],
          ['signature (jwt, priority 1450)', 'kong.plugin/shop.orders.jwt'],
          ['scope guard (authctl-scope-guard, priority 1445)', 'kong.plugin/shop.orders.place.scope'],
          ['policy (authctl-opa, priority 920)', 'kong.plugin/shop.orders.place.opa'],
          ['upstream', 'kong.service/shop.orders'],
          ['response', undefined],
        ],
      ],
    ]);
  });

  it('takes the eight steps of an AWS JWT authorizer, each enforced by a line of the blueprint', async () => {
    const { gateways, blueprint, route } = await explained('place', ...withAws);
    const service = blueprint.at('services.orders');
    expect(gateways[1]?.steps.map(({ title, by, at }) => [title, by, at])).toEqual([
      ['request', 'aws.route/shop/POST /orders', route.at],
      ['authorizer', 'aws.authorizer/shop/orders', service],
      ['discovery', 'aws.authorizer/shop/orders', service],
      ['JWKS', 'aws.authorizer/shop/orders', service],
      ['verification', 'aws.authorizer/shop/orders', service],
      ['scopes', 'aws.route/shop/POST /orders', route.at],
      ['backend integration', 'aws.integration/shop/orders.place', route.at],
      ['response', undefined, undefined],
    ]);
  });

  it('asks nobody for a token on a public route', async () => {
    const { gateways, text } = await explained('health', ...withAws);
    expect(gateways.map(({ steps }) => steps.map(({ title }) => title.split(' ')[0]))).toEqual([
      ['route', 'CORS', 'token', 'upstream', 'response'],
      ['request', 'authorizer', 'backend', 'response'],
    ]);
    expect(text).toContain('Open to everybody, without a token.');
    expect(text).not.toContain('policy');
  });

  it('says who cannot have the scopes, and why', async () => {
    const { text, blueprint } = await explained('place');
    expect(text).toContain(
      `orders:write is granted only to the role customer  ${blueprint.file}:${blueprint.at('realm.scopes.orders:write').line}`,
    );
    expect(text).toContain('sam or reports cannot get all of its scopes.');
  });
});

describe('explainObject', () => {
  it('shows an object with its line and its neighbours, and no secret', async () => {
    const blueprint = await shop([
      'servers: ["${OPA_URL:-http://localhost:8181}"]',
      'token: "${OPA_TOKEN}"\n    servers: ["${OPA_URL:-http://localhost:8181}"]',
    ]);
    const expansion = expand(blueprint);
    const texts = [...expansion.desired, ...expansion.deferred].map((object) => explainObject(expansion, object));
    for (const value of Object.values(secrets)) for (const text of texts) expect(text).not.toContain(value);
    const user = texts.find((text) => text.startsWith('keycloak.user/shop/alice'));
    expect(user).toMatch(/password: "\[secret [0-9a-f]{12}\]"/);
    expect(user).toContain(`keycloak.user/shop/alice  ${blueprint.file}:${blueprint.at('personas.alice').line}`);
    expect(texts.find((text) => text.startsWith('kong.route/shop.orders.list'))).toMatch(/written after\n {2}kong.service\/shop.orders\n/);
    expect(texts.find((text) => text.startsWith('kong.jwt_secret/'))).toContain('Made when keycloak gives its keys');
  });
});
