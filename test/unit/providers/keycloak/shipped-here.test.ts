import { beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, expansion, planned, toldBy } from './applying.ts';
import { shopWith } from './entities.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});
const realm = () => keycloak.realms.get('shop')!;
const POLICY = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy';

/** Of everything that Keycloak ships and a blueprint may state. */
const shipped: Blueprint['raw']['keycloak']['entities'] = {
  clients: { 'admin-cli': { publicClient: true, description: 'off', enabled: false, standardFlowEnabled: false } },
  clientScopes: { phone: { protocolMappers: { 'phone number': { protocolMapper: 'oidc-usermodel-attribute-mapper', config: { 'user.attribute': 'mobile', 'claim.name': 'phone_number' } } } } },
  clientRoles: { account: { 'view-applications': { description: 'what somebody signed in to' } } },
  components: { 'Max Clients Limit': { providerId: 'max-clients', providerType: POLICY, subType: 'anonymous', config: { 'max-clients': '3' } } },
};
const ours = shopWith(shipped);
const [client, scope] = [() => realm().clients.find(({ clientId }) => clientId === 'admin-cli')!, () => realm().scopes.find(({ name }) => name === 'phone')!];

describe('what Keycloak puts into a new realm', () => {
  it('is the blueprint’s where that makes the realm and states it', async () => {
    await applied(keycloak, ours);
    expect((await toldBy(keycloak, ours)).filter((line) => !line.startsWith('danger keycloak.realm/'))).toEqual([]);
    for (const one of [client(), scope()]) expect(one.attributes).toMatchObject({ 'authctl.owner': 'shop', 'authctl.adopted': 'true' });
    expect(client()).toMatchObject({ enabled: false, description: 'off' });
    expect(scope().protocolMappers).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'phone number', config: { 'user.attribute': 'mobile', 'claim.name': 'phone_number' } })]));
  });

  it('keeps its mappers beside those that the blueprint states', async () => {
    const stated = { department: { protocolMapper: 'oidc-usermodel-attribute-mapper', config: { 'claim.name': 'department' } } };
    await applied(keycloak, shopWith({ clientScopes: { profile: { protocolMappers: stated } } }));
    const names = (realm().scopes.find(({ name }) => name === 'profile')!.protocolMappers as Body[]).map(({ name }) => String(name));
    expect(names).toEqual(expect.arrayContaining(['department', 'username', 'family name', 'locale']));
  });

  it('is let go and not deleted when the blueprint states it no more', async () => {
    await applied(keycloak, ours);
    const { removals } = await planned(keycloak, shopWith({}), { prune: true });
    const actions = new Map(removals.map((change) => ['live' in change && change.live ? `${change.live.kind} ${change.live.id}` : '', change.action]));
    expect([actions.get('keycloak.client shop/admin-cli'), actions.get('keycloak.client-scope shop/phone'), actions.get('keycloak.client-role shop/account/view-applications')]).toEqual(['release', 'release', 'release']);
  });

  it('is so after an apply that was cut off when the realm was made', async () => {
    await applied(keycloak, shopWith({}));
    const told = (await toldBy(keycloak, ours)).filter((line) => !line.startsWith('danger'));
    expect(told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(expect.arrayContaining(['update keycloak.client/shop/admin-cli', 'update keycloak.client-scope/shop/phone', 'update keycloak.client-role/shop/account/view-applications']));
  });

  it.each<readonly [string, (attributes: Body) => void]>([
    ['that was there before', (attributes) => (attributes['authctl.adopted'] = 'true')],
    ['of another blueprint', (attributes) => (attributes['authctl.owner'] = 'another')],
    ['of nobody', (attributes) => delete attributes['authctl.owner']],
  ])('is in the way in a realm %s', async (_, change) => {
    await applied(keycloak, shopWith({}));
    change(realm().rep.attributes);
    const told = await toldBy(keycloak, ours);
    for (const address of ['client/shop/admin-cli', 'client-scope/shop/phone', 'client-role/shop/account/view-applications']) expect(told).toContain(`blocked keycloak.${address}`);
  });

  it('is not what somebody else made there, or changed', async () => {
    await applied(keycloak, shopWith({}));
    realm().clients.push({ ...structuredClone(client()), id: 'theirs', clientId: 'theirs' });
    expect(await toldBy(keycloak, shopWith({ clients: { theirs: { publicClient: true } } }))).toContain('blocked keycloak.client/shop/theirs');
  });
});

describe('accounts that the user profile would refuse', () => {
  const problems = (blueprint: Blueprint) => createKeycloakProvider(blueprint, keycloak).check!(expansion(blueprint).desired);
  const attribute = (name: string, length: Body) => ({ [name]: { permissions: { view: ['admin'], edit: ['admin'] }, validations: { length } } });

  it('are told before the first write, where there is no realm yet', async () => {
    expect(await problems(shopWith({ users: { bo: { attributes: { phone: ['123456'] } }, ada: {} }, userAttributes: attribute('phone', { max: 5 }) }))).toMatchObject([
      { code: 'KEYCLOAK_LENGTH', message: expect.stringContaining('its username has 2 characters, and the user profile takes 3 to 255'), hint: expect.stringContaining('userAttributes.username.validations.length') },
      { code: 'KEYCLOAK_LENGTH', message: expect.stringContaining('its phone has 6 characters, and the user profile takes 0 to 5') },
    ]);
  });
  it('are none by a profile that takes them', async () => {
    expect(await problems(shopWith({ users: { bo: {} }, userAttributes: attribute('username', { min: 2, max: 255 }) }))).toEqual([]);
    expect(await problems(shopWith({ users: { bo: {} }, userAttributes: { username: { permissions: { view: ['admin'], edit: ['admin'] }, validations: {} } } }))).toEqual([]);
  });
  it('are not guessed where this login may not see the profile of the realm', async () => {
    const bare = shopWith({});
    const short = { ...bare, personas: { bo: bare.personas.sam! } };
    await applied(keycloak, bare);
    expect((await problems(short)).map(({ code }) => code)).toEqual(['KEYCLOAK_LENGTH']);
    keycloak.forbidden = /partial-export/;
    expect(await problems(short)).toEqual([]);
  });
  it('are none that are there already', async () => {
    await applied(keycloak, shopWith({ users: { bob: {} } }));
    const bob = realm().users.find(({ username }) => username === 'bob')!;
    bob.username = 'bo';
    expect(await problems(shopWith({ users: { bo: {} } }))).toEqual([]);
  });
  it('are those that Keycloak would call by their address, where a realm that others own has it so', async () => {
    await applied(keycloak, shopWith({}));
    realm().rep.registrationEmailAsUsername = true;
    const found = await problems(shopWith({ users: { zed: { email: 'zed@shop.test' }, 'amy@shop.test': { email: 'Amy@shop.test' } } }));
    expect(found.map(({ code, message }) => [code, message])).toEqual([['BLUEPRINT_EMAIL_AS_USERNAME', expect.stringContaining('would call "zed" by its e-mail address, zed@shop.test')]]);
  });
});
