import { beforeEach, describe, expect, it } from 'vitest';
import { asFound, expected, givenRoles, matrixOf, rolesOf } from '../../../../src/access/index.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { addressOf } from '../../../../src/core/resource.ts';
import type { Spec } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { complaints, load, sso } from '../../blueprint/loading.ts';
import { applied, expansion, toldBy } from './applying.ts';
import { aPersona, shop } from './blueprint.ts';
import { groupsOf } from './fake/groups.ts';
import { newUser } from './fake/users.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

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

describe('a group at Keycloak', () => {
  let keycloak: FakeKeycloak;
  beforeEach(() => {
    keycloak = fakeKeycloak();
  });
  const told = (blueprint: Blueprint = shop()) => toldBy(keycloak, blueprint);
  const apply = (blueprint: Blueprint = shop(), options: PlanOptions = {}) => applied(keycloak, blueprint, options);
  const realm = () => keycloak.realms.get('shop')!;
  const staff = () => groupsOf(realm()).find(({ name }) => name === 'staff')!;
  const user = (username: string) => realm().users.find((item) => item.username === username)!;

  it.each<[what: string, change: () => void, found: string]>([
    ['roles of a group', () => realm().links.get(`groups/${staff().id}/role-mappings/realm`)!.add('admin'), 'group/shop/staff realmRoles'],
    ['somebody who was put into a group', () => staff().members.add(user('alice').id), 'group/shop/staff members'],
    ['somebody who was taken out of a group', () => staff().members.clear(), 'group/shop/staff members'],
    ['what a group is for', () => (staff().description = ''), 'group/shop/staff description'],
  ])('is found and put right: %s', async (_what, change, found) => {
    await apply();
    change();
    expect(await told()).toEqual([`update keycloak.${found}`]);
    await apply();
    expect(await told()).toEqual([]);
  });

  describe('of many people', () => {
    const crowd = shop({ personas: Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`p${at}`, { ...aPersona([], new Secret('password-of-all')), groups: at % 2 === 0 ? ['staff'] : [] }])) });
    const asked = async (): Promise<readonly string[]> => {
      const before = keycloak.sent.length;
      expect(await told(crowd)).toEqual([]);
      return [...new Set(keycloak.sent.slice(before).flatMap((request) => /\/(groups\/[^/]+\/members|users\/[^/]+\/groups)/.exec(request)?.[1]?.replace(/\/[^/]+\//, '/:id/') ?? []))];
    };

    it('is asked who is in it, and finds who was put there and who was taken out', async () => {
      await apply(crowd);
      expect(await asked()).toEqual(['groups/:id/members']);
      staff().members.add(user('p1').id);
      staff().members.delete(user('p2').id);
      expect(await told(crowd)).toEqual(['update keycloak.group/shop/staff members']);
      await apply(crowd);
      expect(staff().members).toEqual(new Set(['p0', 'p2', 'p4', 'p6', 'p8'].map((name) => user(name).id)));
    });

    it('is not asked where everybody may be in it: then the people are', async () => {
      await apply(crowd);
      for (let at = 0; at < 2000; at += 1) staff().members.add(newUser(realm(), { username: `other-${at}`, enabled: true }).id);
      const before = keycloak.sent.length;
      await told(crowd);
      const sent = keycloak.sent.slice(before);
      expect(sent.filter((request) => /users\/[^/]+\/groups/.test(request))).toHaveLength(9);
    });
  });

  it('leaves the people, roles and attributes of a group that others own, and takes away what is ours', async () => {
    await apply();
    staff().attributes.team = ['red'];
    staff().members.add('somebody-else');
    groupsOf(realm()).push({ id: 'theirs', name: 'theirs', attributes: {}, members: new Set([user('sam').id]) });
    expect(await told()).toEqual(['danger keycloak.group/shop/staff attributes.team']);
    staff().description = 'changed';
    await apply();
    expect(staff()).toMatchObject({ description: 'works here', attributes: { team: ['red'], 'authctl.owner': ['shop'] } });
    expect([...staff().members]).toEqual([user('sam').id, 'somebody-else']);
    const less = shop({ realm: { ...shop().realm, groups: {} } });
    // The group is nobody's now, and who is in it has the role all the same.
    expect(await told(less)).toEqual(['orphan keycloak.group/shop/staff', 'danger keycloak.role/shop/support holders', 'danger keycloak.group/shop/staff realmRoles']);
    await apply(less, { prune: true });
    expect(groupsOf(realm()).map(({ name }) => name)).toEqual(['theirs']);
  });

  it('converges a group of ours that it does not know of, and leaves one that somebody else made', async () => {
    await apply();
    const groups = createKeycloakProvider(shop(), keycloak).kinds.find(({ name }) => name === 'keycloak.group')!;
    const desired = expansion(shop()).desired.find(({ kind }) => kind === 'keycloak.group')!;
    staff().members.clear();
    await groups.put(desired, undefined);
    expect(await told()).toEqual([]);
    groupsOf(realm()).push({ id: 'theirs', name: 'theirs', attributes: {}, members: new Set() });
    await expect(groups.put({ ...desired, id: 'shop/theirs' }, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT' });
    const [live] = (await groups.list()).filter(({ id }) => id === 'shop/staff');
    for (let times = 0; times < 2; times += 1) await groups.remove(live!);
    expect(await told()).toEqual(['create keycloak.group/shop/staff']);
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
