import { beforeEach, describe, expect, it } from 'vitest';
import type { Desired, Live } from '../../../../src/core/resource.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, toldBy } from './applying.ts';
import { line, shop } from './blueprint.ts';
import { entities, shopWith } from './entities.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shopWith());
});
const realm = () => keycloak.realms.get('shop')!;
const role = (name: string): Body => realm().roles.find((one) => one.name === name)!;
const inside = (name: string): string[] => [...(realm().links.get(`roles-by-id/${String(role(name).id)}/composites`) ?? [])].toSorted();
const theirs = (rep: Body = {}): Body => {
  const made = { id: 'theirs', name: 'theirs', attributes: { team: ['red'] }, ...rep };
  realm().roles.push(made);
  return made;
};
const kind = () => createKeycloakProvider(shop(), keycloak).kinds.find(({ name }) => name === 'keycloak.composite')!;
const wanted = (name: string, spec: Desired['spec']): Desired => ({ kind: 'keycloak.composite', id: `shop/${name}`, spec, after: [], origin: line });
const listed = async (name: string): Promise<Live | undefined> => (await kind().list()).find(({ id }) => id === `shop/${name}`);
const EVERYBODY = 'default-roles-shop';

describe('what a role contains, as it is listed', () => {
  it.each<readonly [what: string, name: string, change: () => void, found: object | undefined]>([
    ['of a role of ours of which it is stated', 'Team Lead', () => undefined, { owner: 'shop', spec: { realmRoles: ['support'], clientRoles: { reports: ['Reader'] } } }],
    ['of one of ours of which nothing is stated', 'admin', () => undefined, undefined],
    ['of the role that everybody has', EVERYBODY, () => undefined, undefined],
    ['of that role in a realm of others', EVERYBODY, () => delete realm().rep.attributes['authctl.owner'], { owner: undefined }],
    ['of a role of others', 'theirs', () => theirs(), { owner: undefined, spec: { realmRoles: [], clientRoles: {} } }],
    ['of one that was taken over', 'theirs', () => theirs({ attributes: { 'authctl.composites': ['shop'], 'authctl.composites.adopted': ['true'] } }), { owner: 'shop', adopted: true }],
  ])('%s', async (_what, name, change, found) => {
    change();
    const live = await listed(name);
    if (found === undefined) expect(live).toBeUndefined();
    else expect(live).toMatchObject(found);
    if (name !== 'theirs' || live?.owner === undefined) expect(live ?? {}).not.toHaveProperty('adopted');
  });

  it('is nothing where this login may not export', async () => {
    keycloak.forbidden = /partial-export/;
    expect(await kind().list()).toEqual([]);
  });
});

describe('what a role is to contain', () => {
  it('is noted on the role, beside what it says of itself', async () => {
    Object.assign(role('admin'), { description: 'rules' });
    const { attributes } = structuredClone(role('admin'));
    await kind().put(wanted('admin', { realmRoles: ['customer'], clientRoles: { reports: ['Reader', 'writer/all'], account: null } }), undefined);
    expect(role('admin')).toMatchObject({ description: 'rules', client: { reports: ['Reader', 'writer/all'] } });
    expect(role('admin').attributes).toEqual({ ...attributes, 'authctl.composites': ['shop'], 'authctl.composites.given': ['customer', 'reports/Reader', 'reports/writer/all'] });
    expect(inside('admin')).toEqual(['customer']);
  });

  it('of a role of others is taken over with a note', async () => {
    theirs({ description: 'theirs' });
    await kind().put(wanted('theirs', { realmRoles: ['customer'] }), await listed('theirs'));
    expect(role('theirs')).toMatchObject({ description: 'theirs' });
    expect(role('theirs').attributes).toEqual({ team: ['red'], 'authctl.composites': ['shop'], 'authctl.composites.given': ['customer'], 'authctl.composites.adopted': ['true'] });
    expect(inside('theirs')).toEqual(['customer']);
    expect(await listed('theirs')).toMatchObject({ owner: 'shop', adopted: true });
  });

  it('leaves the roles of clients that are not named, and the realm roles where none are stated', async () => {
    role('Team Lead').client = { reports: ['Reader'], account: ['view-profile'] };
    await kind().put(wanted('Team Lead', { clientRoles: { reports: ['writer/all'] } }), await listed('Team Lead'));
    expect(role('Team Lead').client).toEqual({ reports: ['writer/all'], account: ['view-profile'] });
    expect(inside('Team Lead')).toEqual(['support']);
  });
});

describe('what a role no longer is to contain', () => {
  it('goes, and what others put into it stays, and so does what everybody has by Keycloak', async () => {
    const given = ['customer', 'offline_access', 'reports/Reader'];
    await kind().put(wanted(EVERYBODY, { realmRoles: [...inside(EVERYBODY), 'customer', 'offline_access'], clientRoles: { reports: ['Reader'] } }), undefined);
    role(EVERYBODY).attributes['authctl.composites.given'] = given;
    realm().links.get(`roles-by-id/${String(role(EVERYBODY).id)}/composites`)!.add('admin');
    role(EVERYBODY).client = { ...role(EVERYBODY).client, reports: ['Reader', 'writer/all'] };
    await kind().remove((await listed(EVERYBODY))!);
    expect(inside(EVERYBODY)).toEqual(expect.arrayContaining(['admin', 'offline_access']));
    expect(inside(EVERYBODY)).not.toContain('customer');
    expect(role(EVERYBODY).client).toMatchObject({ reports: ['writer/all'] });
    expect(JSON.stringify(role(EVERYBODY).attributes ?? {})).not.toContain('authctl.composites');
  });

  it('is of everybody what was stated beside what Keycloak ships, which stays', async () => {
    const usual = ['manage-account', 'view-profile'];
    role(EVERYBODY).client = { account: usual };
    const stated = shopWith({ ...entities, roles: { ...entities.roles, [EVERYBODY]: { composites: { client: { account: [...usual, 'view-groups'], reports: ['Reader'] } } } } });
    expect(await toldBy(keycloak, stated)).toEqual([expect.stringMatching(new RegExp(`^create keycloak.composite/shop/${EVERYBODY}`))]);
    await applied(keycloak, stated);
    expect(role(EVERYBODY).client).toEqual({ account: expect.arrayContaining([...usual, 'view-groups']) as unknown, reports: ['Reader'] });
    expect(await toldBy(keycloak, stated)).toEqual([]);
    role(EVERYBODY).client.reports = [];
    expect(await toldBy(keycloak, stated)).toEqual([`update keycloak.composite/shop/${EVERYBODY} clientRoles.reports`]);
    await applied(keycloak, shopWith(), { prune: true });
    expect(role(EVERYBODY).client.account).toEqual(usual);
  });

  it('is a role of a client by its client: a realm role of that name stays', async () => {
    theirs({ name: 'reports/Reader', id: 'named alike' });
    realm().links.get(`roles-by-id/${String(role('Team Lead').id)}/composites`)!.add('reports/Reader');
    role('Team Lead').attributes['authctl.composites.given'] = ['Reader'];
    await kind().remove((await listed('Team Lead'))!);
    expect(role('Team Lead').client).toEqual({ reports: ['Reader'] });
    expect(inside('Team Lead')).toEqual(['reports/Reader', 'support']);
  });

  it('is nothing where nobody noted what was given', async () => {
    delete role('Team Lead').attributes['authctl.composites.given'];
    await kind().remove((await listed('Team Lead'))!);
    expect([inside('Team Lead'), role('Team Lead').client]).toEqual([['support'], { reports: ['Reader'] }]);
  });

  it('leaves no words where there are none', async () => {
    theirs({ attributes: { 'authctl.composites': ['shop'] } });
    await kind().release!((await listed('theirs'))!);
    expect(role('theirs')).toMatchObject({ description: '', attributes: {} });
  });

  it.each(['remove', 'release'] as const)('leaves the role, its words and its attributes: %s', async (verb) => {
    const { attributes, description } = structuredClone(role('Team Lead'));
    await kind()[verb]!((await listed('Team Lead'))!);
    expect(role('Team Lead')).toMatchObject({ description: description as string });
    expect(role('Team Lead').attributes).toEqual(Object.fromEntries(Object.entries(attributes as object).filter(([name]) => !name.startsWith('authctl.composites'))));
    expect([inside('Team Lead'), role('Team Lead').client]).toEqual(verb === 'release' ? [['support'], { reports: ['Reader'] }] : [['support'], { reports: [] }]);
  });
});

it('what another blueprint puts into a role of ours stays that one\'s when the role is let go', async () => {
  const theirs = { 'authctl.composites': ['partner'], 'authctl.composites.given': ['support'], 'authctl.composites.adopted': ['true'] };
  for (const name of ['customer', 'plain']) Object.assign(role(name).attributes, theirs);
  await applied(keycloak, shop(), { release: ['keycloak.role/shop/plain', 'keycloak.role/shop/customer'] });
  expect(role('plain').attributes).toEqual(theirs);
});
