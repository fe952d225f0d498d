import { beforeEach, describe, expect, it } from 'vitest';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, expansion, planned, toldBy } from './applying.ts';
import { shop } from './blueprint.ts';
import { entities, shopWith } from './entities.ts';
import { policiesOf } from './fake/client-policies.ts';
import { profilesOf } from './fake/client-profiles.ts';
import { componentOf } from './fake/components.ts';
import { rolesOfClient } from './fake/defined-roles.ts';
import { groupsOf } from './fake/groups.ts';
import { mappersIn } from './fake/identity-provider-mappers.ts';
import { providersOf, secretOf } from './fake/identity-providers.ts';
import { actionsOf } from './fake/required-actions.ts';
import { textsOf } from './fake/texts.ts';
import { waysOf } from './fake/ways.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});
const told = (blueprint = shopWith(), options: PlanOptions = {}) => toldBy(keycloak, blueprint, options);
const apply = (blueprint = shopWith(), options: PlanOptions = {}) => applied(keycloak, blueprint, options);
const realm = () => keycloak.realms.get('shop')!;
const role = (name: string) => realm().roles.find((one) => one.name === name)!;
const reader = () => rolesOfClient(realm(), 'reports').find(({ name }) => name === 'Reader')!;
const writer = () => rolesOfClient(realm(), 'reports').find(({ name }) => name === 'writer/all')!;
const corp = () => providersOf(realm()).find(({ alias }) => alias === 'corp')!;
const mapper = (name: string) => mappersIn(realm()).find((one) => one.name === name)!;
const group = (name: string) => groupsOf(realm()).find((one) => one.name === name)!;
const desk = () => group('front desk');
const action = () => actionsOf(realm()).find(({ alias }) => alias === 'UPDATE_PASSWORD')!;
const attribute = (name: string): Body => (realm().profile.attributes as Body[]).find((one) => one.name === name)!;
const scope = (name: string) => realm().scopes.find((one) => one.name === name)!;
const acme = () => waysOf(realm()).organizations.find(({ alias }) => alias === 'acme')!;
const robot = () => realm().users.find(({ serviceAccountClientId }) => serviceAccountClientId === 'robot')!;
const partner = () => realm().clients.find(({ name }) => name === 'Partner')!;
const seed = () => realm().users.find(({ username }) => username === 'seed.one')!;
const inside = (of: Body) => realm().links.get(`roles-by-id/${of.id}/composites`)!;

describe('what is stated in Keycloak’s own words', () => {
  it('is made as it is asked for, reads back so, and is not told as something that nobody stated', async () => {
    expect((await told()).every((text) => text.startsWith('create '))).toBe(true);
    await apply();
    expect(await told()).toEqual([]);
    expect(reader()).toMatchObject({ description: 'reads reports', attributes: { team: ['red'], 'authctl.owner': ['shop'] } });
    expect(role('Team Lead')).toMatchObject({ client: { reports: ['Reader'] }, attributes: { level: ['2'], 'authctl.composites': ['shop'] } });
    expect([...inside(writer())]).toEqual(['customer']);
    expect(corp()).toMatchObject({ trustEmail: true, displayName: 'Corp', config: { 'authctl.owner': 'shop', clientSecret: '**********' } });
    expect(secretOf(corp())).toBe('corp-secret');
    expect(mapper('readers')).toMatchObject({ config: { role: 'reports.Reader', 'authctl.owner': 'shop' } });
  });

  it('asks the realm nothing more than without it, and writes nothing when nothing is to do', async () => {
    const requests = async (blueprint = shop()): Promise<readonly string[]> => {
      keycloak.sent.length = 0;
      await planned(keycloak, blueprint);
      return keycloak.sent.filter((text) => !text.includes('/roles/'));
    };
    await apply();
    const linked = realm().users.filter(({ serviceAccountClientId }) => !serviceAccountClientId).map(({ id }) => `GET /shop/users/${id}/federated-identity`);
    // With an identity provider, who is known there is asked of each persona.
    const plain = await requests({ ...shop(), name: 'other' });
    expect(new Set(await requests(shopWith()))).toEqual(new Set([...plain.filter((text) => text !== 'GET /shop/users'), 'GET /shop/users', ...linked, ...(await requests(shopWith()))]));
    const { writes } = keycloak.requests();
    await apply();
    expect(keycloak.requests().writes).toBe(writes);
  });

  it.each<[what: string, change: () => void, found: string]>([
    ['a description of a client role', () => (reader().description = 'x'), 'client-role/shop/reports/Reader description'],
    ['an attribute of a client role', () => (reader().attributes.team = ['blue']), 'client-role/shop/reports/Reader attributes.team'],
    ['a realm role in a client role', () => inside(writer()).add('admin'), 'client-role/shop/reports/writer/all composites'],
    ['a client role in a client role', () => (writer().client = {}), 'client-role/shop/reports/writer/all clientComposites.reports'],
    ['a client role in a realm role', () => (role('Team Lead').client = { reports: ['writer/all'] }), 'composite/shop/Team Lead clientRoles.reports'],
    ['a realm role in a realm role', () => inside(role('Team Lead')).clear(), 'role/shop/Team Lead composites'],
    ['where people sign in', () => (corp().config.tokenUrl = 'https://evil.test'), 'identity-provider/shop/corp config.tokenUrl'],
    ['a flag of an identity provider', () => delete corp().trustEmail, 'identity-provider/shop/corp trustEmail'],
    ['what a mapper gives', () => (mapper('customers').config.role = 'admin'), 'identity-provider-mapper/shop/corp/customers config.role'],
    ['how a directory is read', () => (componentOf(realm(), 'directory')!.config.editMode = ['WRITABLE']), 'component/shop/org.keycloak.storage.UserStorageProvider/directory config.editMode'],
    ['a role that a directory gives', () => (componentOf(realm(), 'everybody')!.config.role = ['admin']), 'component/shop/directory/everybody config.role'],
    ['a key', () => (componentOf(realm(), 'signing')!.config.priority = ['1']), 'component/shop/org.keycloak.keys.KeyProvider/signing config.priority'],
    ['a role of a group below another', () => (desk().clientRoles = {}), 'group/shop/office/front desk clientRoles.reports'],
    ['an attribute of a group', () => (group('office').attributes.floor = ['3']), 'group/shop/office attributes.floor'],
    ['what every new account must do', () => (action().defaultAction = false), 'required-action/shop/UPDATE_PASSWORD defaultAction'],
    ['who writes an attribute', () => attribute('phone').permissions.edit.push('user'), 'user-attribute/shop/phone permissions.edit'],
    ['a mapper of a scope', () => (scope('department').protocolMappers[0].config['claim.name'] = 'sub'), 'client-scope/shop/department mappers.department.config.claim.name'],
    ['a client', () => (partner().name = 'Other'), 'client/shop/https://partner.test/app name'],
    ['what is demanded of clients', () => profilesOf(realm())[0]!.executors.pop(), 'client-profile/shop/asks for PKCE executors'],
    ['of which clients', () => (policiesOf(realm())[0]!.conditions = []), 'client-policy/shop/public ones conditions'],
    ['a policy for clients that is off', () => (policiesOf(realm())[0]!.enabled = false), 'client-policy/shop/public ones enabled'],
    ['a text of the login page', () => (textsOf(realm()).de!.loginTitle = 'Passwort'), 'texts/shop/de texts.loginTitle'],
    ['another text', () => (textsOf(realm()).de!.other = 'Passwort'), 'texts/shop/de texts.other'],
    ['a domain of an organization', () => acme().domains.push({ name: 'evil.test', verified: true }), 'organization/shop/acme domains.evil.test'],
    ['who vouches for an organization', () => delete corp().organizationId, 'organization/shop/acme identityProviders'],
    ['what every new account joins', () => (realm().rep.defaultGroups = ['/office']), 'default-groups/shop groups'],
    ['a role of the account of a client', () => (robot().holds = ['reports/Reader']), 'grant/shop/account/robot clientRoles.robot'],
    ['a role in the tokens of a client', () => realm().beside.clientScopeMappings.reports.find(({ client }: Body) => client === 'robot').roles.push('writer/all'), 'grant/shop/client/robot clientRoles.reports'],
    ['what a mapper is', () => (mapper('customers').identityProviderMapper = 'other'), 'identity-provider-mapper/shop/corp/customers identityProviderMapper'],
  ])('is found and put right: %s', async (_what, change, found) => {
    await apply();
    change();
    expect((await told()).filter((text) => text.startsWith('update'))).toEqual([`update keycloak.${found}`]);
    await apply();
    expect(await told()).toEqual([]);
  });

  it('tells what nobody stated, and leaves it', async () => {
    await apply();
    corp().linkOnly = true;
    corp().config.issuer = 'https://evil.test';
    mappersIn(realm()).push({ id: 'theirs', name: 'theirs', identityProviderAlias: 'corp', identityProviderMapper: 'oidc-hardcoded-role-idp-mapper', config: { role: 'admin' } });
    reader().client = { 'realm-management': ['manage-users'] };
    reader().attributes.size = ['big'];
    const beside = [
      'danger keycloak.client-role/shop/reports/Reader attributes.size',
      'danger keycloak.client-role/shop/reports/Reader composites.realm-management/manage-users',
      'danger keycloak.identity-provider-mapper/shop/corp/theirs ',
      'danger keycloak.identity-provider/shop/corp config.issuer',
      'danger keycloak.identity-provider/shop/corp linkOnly',
    ];
    expect((await told()).filter((text) => !text.includes('holders')).toSorted()).toEqual(beside);
    corp().displayName = 'changed';
    await apply();
    // A change of something else takes none of it away.
    expect((await told()).filter((text) => !text.includes('holders')).toSorted()).toEqual(beside);
  });

  it('goes when the blueprint no longer says it, with --prune, and what others put there stays', async () => {
    await apply();
    role('support').client = { reports: ['Reader'] };
    mappersIn(realm()).push({ id: 'theirs', name: 'theirs', identityProviderAlias: 'gone', identityProviderMapper: 'hardcoded', config: {} });
    role('Team Lead').client = { reports: ['Reader'], account: ['view-profile'] };
    const { clientRoles, roles } = entities;
    const less = shopWith({ clientRoles: { reports: { Reader: clientRoles!.reports!.Reader! } }, roles: { 'Team Lead': { composites: { realm: ['support'] } }, plain: roles!.plain! } });
    expect((await told(less)).filter((text) => text.startsWith('orphan') && /role|identity|composite/.test(text) && !text.includes('action'))).toEqual([
      'orphan keycloak.identity-provider-mapper/shop/corp/customers',
      'orphan keycloak.identity-provider-mapper/shop/corp/readers',
      'orphan keycloak.identity-provider/shop/corp',
      'orphan keycloak.composite/shop/Team Lead',
      'orphan keycloak.client-role/shop/robot/own',
      'orphan keycloak.client-role/shop/reports/writer/all',
    ]);
    await apply(less, { prune: true });
    expect(rolesOfClient(realm(), 'reports').map(({ name }) => name)).toEqual(['Reader']);
    expect(providersOf(realm())).toEqual([]);
    expect(mappersIn(realm()).map(({ name }) => name)).toEqual(['theirs']);
    // What was given goes, and nothing else.
    expect(role('Team Lead').client).toEqual({ reports: [], account: ['view-profile'] });
    expect(role('Team Lead').attributes).not.toHaveProperty('authctl.composites');
  });

  it('is pruned, and can be let go', async () => {
    await apply();
    const released = shopWith({});
    await apply(released, { release: ['keycloak.identity-provider*', 'keycloak.composite/*'] });
    expect(corp().config).not.toHaveProperty('authctl.owner');
    expect(mapper('customers').config).toEqual({ role: 'customer', syncMode: 'INHERIT' });
    expect(role('Team Lead').client).toEqual({ reports: ['Reader'] });
    await apply(released, { prune: true });
    expect(rolesOfClient(realm(), 'reports')).toEqual([]);
    expect(providersOf(realm()).map(({ alias }) => alias)).toEqual(['corp']);
    await apply(shopWith(), { adopt: true });
    expect(await told()).toEqual([]);
    // What was there before is let go, never deleted.
    await apply(released, { prune: true });
    expect(providersOf(realm()).map(({ alias }) => alias)).toEqual(['corp']);
  });

  it('sets the secret once more when it was changed in the blueprint, and shows none', async () => {
    await apply();
    const { corp: provider } = entities.identityProviders!;
    const changed = shopWith({ ...entities, identityProviders: { corp: { ...provider, config: { ...Object(provider!.config), clientSecret: new Secret('changed-secret') } } } });
    expect(await told(changed)).toEqual(['update keycloak.identity-provider/shop/corp config.clientSecret']);
    expect(JSON.stringify((await planned(keycloak, changed)).waves)).not.toMatch(/corp-secret|changed-secret/);
    await apply(changed);
    expect(secretOf(corp())).toBe('changed-secret');
    expect(await told(changed)).toEqual([]);
  });

  it('converges what was made since the plan and is ours, and leaves what somebody else made', async () => {
    await apply();
    const { kinds } = createKeycloakProvider(shopWith(), keycloak);
    const stated = expansion(shopWith()).desired;
    for (const kind of ['keycloak.client-role', 'keycloak.identity-provider', 'keycloak.identity-provider-mapper', 'keycloak.composite'])
      for (const desired of stated.filter((one) => one.kind === kind)) await kinds.find(({ name }) => name === kind)!.put(desired, undefined);
    expect(await told()).toEqual([]);
    reader().attributes = {};
    delete corp().config['authctl.owner'];
    delete mapper('customers').config['authctl.owner'];
    for (const address of ['keycloak.client-role/shop/reports/Reader', 'keycloak.identity-provider/shop/corp', 'keycloak.identity-provider-mapper/shop/corp/customers']) {
      const desired = stated.find(({ kind, id }) => `${kind}/${id}` === address)!;
      await expect(kinds.find(({ name }) => name === desired.kind)!.put(desired, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT' });
    }
  });

  it('makes an account once, compares nothing of it, and lets it go', async () => {
    await apply();
    expect(seed()).toMatchObject({ email: 'seed.one@shop.test', holds: ['reports/Reader'], attributes: { phone: ['1'], 'authctl.owner': ['shop'], 'authctl.adopted': ['true'] } });
    expect(desk().members.has(seed().id)).toBe(true);
    seed().email = 'somewhere@else.test';
    seed().attributes.size = ['big'];
    expect(await told()).toEqual([]);
    // A role that nobody stated is told all the same.
    realm().links.get(`users/${seed().id}/role-mappings/realm`)!.add('admin');
    expect(await told()).toEqual(['danger keycloak.role/shop/admin holders']);
    const { users: _users, ...less } = entities;
    await apply(shopWith(less), { prune: true });
    expect(seed()).toMatchObject({ email: 'somewhere@else.test', attributes: { size: ['big'] } });
    expect(seed().attributes).not.toHaveProperty('authctl.owner');
  });

  it('takes what Keycloak ships without asking, leaves what somebody changed, and sets it back in the end', async () => {
    await apply(shop());
    action().enabled = false;
    expect(await told()).toContain('blocked keycloak.required-action/shop/UPDATE_PASSWORD');
    action().enabled = true;
    await apply();
    expect(action()).toMatchObject({ defaultAction: true, priority: expect.any(Number) as number, config: { 'authctl.owner': 'shop' } });
    await apply(shopWith({}), { prune: true });
    expect(action()).toMatchObject({ enabled: true, defaultAction: false, config: {} });
    expect(attribute('phone')).toBeUndefined();
    expect(groupsOf(realm()).map(({ name }) => name)).toEqual(['staff']);
  });

  it('is refused to a login that may not export, which would see none of it', async () => {
    await apply();
    keycloak.forbidden = /partial-export/;
    await expect(told()).rejects.toMatchObject({ code: 'KEYCLOAK_FORBIDDEN' });
    expect(await told(shop())).toEqual(expect.arrayContaining(['orphan keycloak.role/shop/plain']));
  });
});
