import { beforeEach, describe, expect, it } from 'vitest';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, expansion, planned, toldBy } from './applying.ts';
import { entities, shopWith } from './entities.ts';
import { componentOf, secretOf, STORAGE } from './fake/components.ts';
import { KEY_PROVIDER } from './fake/realms.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});
type Components = NonNullable<(typeof entities)['components']>;
const only = (components: Components) => shopWith({ components });
const told = (blueprint = only(stated), options: PlanOptions = {}) => toldBy(keycloak, blueprint, options);
const apply = (blueprint = only(stated), options: PlanOptions = {}) => applied(keycloak, blueprint, options);
const realm = () => keycloak.realms.get('shop')!;
const held = (name: string) => componentOf(realm(), name)!;
const partsOf = (directory: Body): Body[] => Object.values<Body[]>(directory.subComponents).flat();
const attributes = (): readonly string[] => Object.keys(realm().rep.attributes as Body).filter((name) => name.startsWith('authctl.hands.') || name.startsWith('authctl.credential.'));

const stated = { directory: entities.components!.directory!, signing: entities.components!.signing! };
const DIRECTORY = `keycloak.component/shop/${STORAGE}/directory`;
const SIGNING = `keycloak.component/shop/${KEY_PROVIDER}/signing`;
const POLICIES = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy';
const none = shopWith({});

describe('what is plugged into a realm', () => {
  it('is made with its secrets, in place of what Keycloak itself puts into a directory', async () => {
    await apply();
    expect(secretOf(held('directory'))).toBe('ldap-secret');
    expect(partsOf(held('directory')).filter(({ name }) => name === 'email')).toMatchObject([{ config: { 'ldap.attribute': ['email'] } }]);
    expect(partsOf(held('directory'))).toHaveLength(8);
    expect(await told()).toEqual([]);
    expect(JSON.stringify((await planned(keycloak, none)).waves)).not.toContain('ldap-secret');
  });

  it('is taken away with --prune, and leaves no note in the realm', async () => {
    await apply();
    expect(attributes()).toHaveLength(1);
    const orphans = [`orphan ${SIGNING}`, `orphan ${DIRECTORY}`, 'orphan keycloak.component/shop/directory/everybody', 'orphan keycloak.component/shop/directory/email'];
    expect(await told(none)).toEqual([...orphans, 'danger keycloak.user-federation/shop/directory ']);
    await apply(none, { prune: true });
    for (const name of ['directory', 'everybody', 'signing']) expect(componentOf(realm(), name)).toBeUndefined();
    expect(attributes()).toEqual([]);
  });

  it('is let go and stays as it is: nobody’s, and in the way of whoever states it', async () => {
    await apply();
    const before = structuredClone(realm().beside.components as Body);
    await apply(none, { release: ['*'] });
    expect(realm().beside.components).toEqual(before);
    expect((await told(none)).filter((text) => text.includes('orphan'))).toEqual([]);
    expect(await told()).toContain(`blocked ${SIGNING}`);
    await apply(none, { prune: true });
    expect(held('signing')).toBeDefined();
  });

  it('is taken over by the blueprint that asks for it, kept in step, and let go in the end', async () => {
    await apply();
    const { id } = held('signing');
    held('signing').id = 'of-somebody';
    held('signing').config.priority = ['1'];
    expect(await told()).toContain(`blocked ${SIGNING}`);
    expect(await told(only(stated), { adopt: true })).toEqual([`adopt ${SIGNING} config.priority`]);
    await apply(only(stated), { adopt: true });
    expect(held('signing')).toMatchObject({ id: 'of-somebody', config: { priority: ['50'] } });
    expect(id).not.toBe('of-somebody');
    held('signing').config.priority = ['2'];
    expect(await told()).toEqual([`update ${SIGNING} config.priority`]);
    await apply(only({ directory: stated.directory }), { prune: true });
    expect(held('signing')).toMatchObject({ id: 'of-somebody', config: { priority: ['2'] } });
    expect(attributes()).toHaveLength(1);
  });

  it('is one’s own again when what was let go was deleted by hand', async () => {
    await apply();
    await apply(none, { release: [SIGNING] });
    const keys = realm().beside.components[KEY_PROVIDER] as Body[];
    keys.splice(keys.indexOf(held('signing')), 1);
    await apply();
    expect(await told()).toEqual([]);
  });

  it('of another blueprint is not taken over', async () => {
    await apply();
    const other = { ...only({ signing: stated.signing }), name: 'other' };
    const plan = await planned(keycloak, other, { adopt: true });
    expect(plan.waves.flat().flatMap((change) => (change.action === 'blocked' && change.problem.message.includes('signing') ? [change.problem.message] : []))).toEqual([`${SIGNING} belongs to the blueprint "shop"`]);
  });

  it('is not what it was when somebody gave it another name: it is put back, and nothing is deleted', async () => {
    await apply();
    const { id } = held('signing');
    held('signing').name = 'renamed';
    expect(await told()).toContain(`create ${SIGNING}`);
    await apply(only(stated), { prune: true });
    expect(held('signing')).toMatchObject({ id });
    expect(await told()).toEqual([]);
  });

  it('has its secret set once more when it was changed in the blueprint', async () => {
    await apply();
    const { config, ...rest } = stated.directory;
    const changed = only({ ...stated, directory: { ...rest, config: { ...Object(config), bindCredential: new Secret('another') } } });
    expect(await told(changed)).toEqual([`update ${DIRECTORY} config.bindCredential`]);
    await apply(changed);
    expect(secretOf(held('directory'))).toBe('another');
    expect(await told(changed)).toEqual([]);
  });

  it('is made once by two at a time, and not beside what somebody else made since the plan', async () => {
    await apply();
    const { kinds } = createKeycloakProvider(only(stated), keycloak);
    const kind = kinds.find(({ name }) => name === 'keycloak.component')!;
    const desired = expansion(only(stated)).desired.filter((one) => one.kind === kind.name);
    await kind.list();
    for (const one of desired) await kind.put(one, undefined);
    expect(await told()).toEqual([]);
    held('signing').id = 'of-somebody';
    await expect(kind.put(desired.find(({ id }) => id.endsWith('/signing'))!, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT' });
    partsOf(held('directory')).find(({ name }) => name === 'everybody')!.id = 'of-somebody';
    await expect(kind.put(desired.find(({ id }) => id.endsWith('/everybody'))!, undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_CONFLICT' });
  });
});

describe('what nobody stated of it', () => {
  it('is told: a field of a directory, a mapper, and a mapper of Keycloak’s that is not as Keycloak makes it', async () => {
    await apply();
    held('directory').config.trustEmail = ['true'];
    const parts = partsOf(held('directory'));
    Object.values<Body[]>(held('directory').subComponents)[0]!.push({ id: 'theirs', name: 'theirs', providerId: 'role-ldap-mapper', subComponents: {}, config: {} });
    parts.find(({ name }) => name === 'last name')!.config['user.model.attribute'] = ['username'];
    const dangers = (await planned(keycloak, only(stated))).dangers.flatMap((change) => (change.action === 'danger' ? [[change.danger.id, change.danger.effect, change.danger.field]] : []));
    expect(dangers.toSorted()).toEqual([
      ['shop/directory/last name', 'weakens', undefined],
      ['shop/directory/theirs', 'opens', undefined],
      [`shop/${STORAGE}/directory`, 'opens', 'config.trustEmail'],
    ]);
  });

  it('is told of a key that merely has the name of one that is stated', async () => {
    await apply();
    (realm().beside.components[KEY_PROVIDER] as Body[]).unshift({ id: '0-theirs', name: 'signing', providerId: 'rsa', subComponents: {}, config: { priority: ['900'] } });
    expect(await told()).toEqual([expect.stringMatching(/^danger keycloak.key\/shop\/signing/)]);
    await apply(none, { prune: true });
    expect((realm().beside.components[KEY_PROVIDER] as Body[]).filter(({ name }) => name === 'signing')).toMatchObject([{ id: '0-theirs' }]);
  });
});

describe('policies for clients that people make themselves', () => {
  const hosts = (subType: string, more: Body = {}): Components[string] => ({ name: 'Trusted Hosts', providerId: 'trusted-hosts', providerType: POLICIES, subType, config: { 'host-sending-registration-request-must-match': 'true', 'client-uris-must-match': 'true', ...more } });
  const templates = (subType: string): Components[string] => ({ name: 'Allowed Client Scopes', providerId: 'allowed-client-templates', providerType: POLICIES, subType, config: { 'allow-default-scopes': 'true' } });
  const registrations = () => realm().beside.components[POLICIES] as Body[];

  it('that Keycloak ships are taken over by the name and whom they are for, and two of one name are two', async () => {
    await apply(none);
    for (const one of registrations()) one.id ??= `shipped-${registrations().indexOf(one)}`;
    const both = only({ strangers: templates('anonymous'), known: templates('authenticated'), hosts: hosts('anonymous', { 'trusted-hosts': 'shop.test' }) });
    expect((await told(both)).map((text) => text.replace(`${POLICIES}.`, ''))).toEqual([
      'blocked keycloak.component/shop/anonymous/Allowed Client Scopes',
      'blocked keycloak.component/shop/authenticated/Allowed Client Scopes',
      'blocked keycloak.component/shop/anonymous/Trusted Hosts',
    ]);
    await apply(both, { adopt: true });
    expect(await told(both)).toEqual([]);
    const policy = registrations().find(({ name, subType }) => name === 'Allowed Client Scopes' && subType === 'anonymous')!;
    policy.config['allow-default-scopes'] = ['false'];
    expect(await told(both)).toEqual([`update keycloak.component/shop/${POLICIES}.anonymous/Allowed Client Scopes config.allow-default-scopes`]);
    await apply(none, { prune: true });
    // It stays as it was made, and so it is told.
    expect(await told(none)).toEqual(['Allowed Client Scopes', 'Trusted Hosts'].map((name) => `danger keycloak.registration-policy/shop/anonymous/${name} `));
  });

  it('that are gone, changed or more than those are told, unless they are stated', async () => {
    await apply(only({ 'ten clients': { providerId: 'max-clients', providerType: POLICIES, subType: 'anonymous', config: { 'max-clients': '10' } } }));
    registrations().splice(registrations().findIndex(({ name, subType }) => name === 'Consent Required' && subType === 'anonymous'), 1);
    registrations().push({ id: 'more', name: 'more', providerId: 'max-clients', subType: 'anonymous', subComponents: {}, config: {} });
    const dangers = (await planned(keycloak, only({ 'ten clients': { providerId: 'max-clients', providerType: POLICIES, subType: 'anonymous', config: { 'max-clients': '10' } } }))).dangers;
    expect(dangers.flatMap((change) => (change.action === 'danger' ? [[change.danger.id, change.danger.effect]] : [])).toSorted()).toEqual([
      ['shop/anonymous/Consent Required', 'weakens'],
      ['shop/anonymous/more', 'differs'],
    ]);
  });
});
