import { describe, expect, it } from 'vitest';
import { asFound, expected, givenRoles, matrixOf, rolesOf } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { addressOf } from '../../../src/core/resource.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { complaints, load, sso } from '../blueprint/loading.ts';

/** The shop in which sam writes orders because he is one of the staff, and for no other reason. */
const staffed = (groups = 'staff', roles = 'order-writer', ...more: readonly (readonly [string, string])[]): Promise<string> =>
  sso(
    ['  scopes:\n', `  groups:\n    staff: { roles: [${roles}], description: Works here }\n    empty: {}\n  scopes:\n`],
    ['sam: { roles: [support]', `sam: { roles: [support], groups: [${groups}]`],
    ['  sam: { orders: [list, read]', '  sam: { orders: [list, read, place]'],
    ...more,
  );

/** What is in force where everything is as the blueprint asks but for the specs given. */
const found = (blueprint: Blueprint, changed: Readonly<Record<string, Spec>> = {}): Blueprint =>
  asFound(
    blueprint,
    {
      name: blueprint.name,
      waves: [
        expand(blueprint).desired.map((desired) => {
          const spec = { ...desired.spec, ...changed[addressOf(desired)] };
          return { action: 'keep', desired, live: { kind: desired.kind, id: desired.id, owner: blueprint.name, spec } };
        }),
      ],
      removals: [],
      orphans: [],
      dangers: [],
  accepted: [],
  unseen: [],
    },
    'kong',
  ).blueprint;

const sam = { what: 'persona', name: 'sam' } as const;
const samPlaces = (blueprint: Blueprint): boolean =>
  matrixOf(blueprint, undefined).cells.some(({ who, service, route, gateway, passes }) => passes && [who, service, route, gateway].join() === 'sam,orders,place,kong');

describe('somebody in a group', () => {
  it('has its roles beside his own, in the matrix and in `expect`', async () => {
    const blueprint = await load(await staffed());
    expect(givenRoles(blueprint, sam)).toEqual(['support', 'order-writer']);
    expect(samPlaces(blueprint)).toBe(true);
    const place = blueprint.services.orders!.routes.find(({ id }) => id === 'place')!;
    expect(expected(blueprint, 'sam', place)).toBe(true);
    expect(samPlaces(await load(await sso()))).toBe(false);
  });

  it('has what the roles of the group include', async () => {
    expect([...rolesOf(await load(await staffed('staff', 'admin')), sam)].toSorted()).toEqual(['admin', 'order-writer', 'support']);
  });

  it('has them no more where Keycloak took him out, or took the role from the group', async () => {
    const blueprint = await load(await staffed());
    expect(samPlaces(found(blueprint))).toBe(true);
    expect(samPlaces(found(blueprint, { 'keycloak.group/shop/staff': { members: [] } }))).toBe(false);
    expect(samPlaces(found(blueprint, { 'keycloak.group/shop/staff': { realmRoles: [] } }))).toBe(false);
  });

  it('is an object of Keycloak with its line, after its roles and its people', async () => {
    const blueprint = await load(await staffed());
    const groups = expand(blueprint).desired.filter(({ kind }) => kind === 'keycloak.group');
    expect(groups.map(({ id, spec, after, origin }) => ({ id, spec, after, line: origin?.line }))).toEqual([
      {
        id: 'shop/staff',
        spec: { description: 'Works here', realmRoles: ['order-writer'], members: ['sam'] },
        after: ['keycloak.realm/shop', 'keycloak.role/shop/order-writer', 'keycloak.user/shop/sam'],
        line: blueprint.at('realm.groups.staff').line,
      },
      { id: 'shop/empty', spec: { realmRoles: [], members: [] }, after: ['keycloak.realm/shop'], line: blueprint.at('realm.groups.empty').line },
    ]);
  });
});

describe('a blueprint', () => {
  // Without the row that follows from the group.
  const noPlace = ['  sam: { orders: [list, read, place]', '  sam: { orders: [list, read]'] as const;
  it.each<[what: string, text: Promise<string>, code: string, marked: string]>([
    ['a group that nobody declares', staffed('stuff', 'order-writer', noPlace), 'BLUEPRINT_UNKNOWN_GROUP', 'stuff'],
    ['a role that nobody declares, in a group', staffed('staff', 'order-writr', noPlace), 'BLUEPRINT_UNKNOWN_ROLE', 'order-writr'],
    ['a group by a name that is none', staffed('staff', 'order-writer', ['    empty: {}', '    "a/b": {}']), 'BLUEPRINT_BAD_NAME', '"a/b"'],
  ])('may not name %s', async (_what, text, code, marked) => {
    expect(await complaints(await text)).toEqual([expect.objectContaining({ code, marked })]);
  });
});
