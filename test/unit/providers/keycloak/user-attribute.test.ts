import { beforeEach, describe, expect, it } from 'vitest';
import type { Desired, Live } from '../../../../src/core/resource.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied } from './applying.ts';
import { line, shop } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shop());
});
const profile = (): Body => keycloak.realms.get('shop')!.profile;
const names = (): string[] => (profile().attributes as Body[]).map(({ name }) => String(name));
const attribute = (name: string): Body | undefined => (profile().attributes as Body[]).find((one) => one.name === name);
const kind = () => createKeycloakProvider(shop(), keycloak).kinds.find(({ name }) => name === 'keycloak.user-attribute')!;
const wanted = (name: string, spec: Desired['spec'], over: Partial<Desired> = {}): Desired => ({ kind: 'keycloak.user-attribute', id: `shop/${name}`, spec, after: [], origin: line, ...over });
const listed = async (name: string): Promise<Live | undefined> => (await kind().list()).find(({ id }) => id === `shop/${name}`);
const SHIPPED = ['username', 'email', 'firstName', 'lastName'];

describe('an attribute of the user profile', () => {
  it('that Keycloak ships is nobody’s while it is as shipped', async () => {
    expect(names().toSorted()).toEqual(SHIPPED.toSorted());
    expect(await kind().list()).toEqual([]);
    attribute('email')!.displayName = 'Mail';
    expect(await kind().list()).toMatchObject([{ id: 'shop/email', owner: undefined, spec: { displayName: 'Mail', annotations: {} } }]);
  });

  it('is made at the end, with its mark as a text, and leaves the profile as it is otherwise', async () => {
    profile().groups = [{ name: 'more' }];
    const before = structuredClone(profile());
    await kind().put(wanted('phone', { displayName: 'Phone', annotations: { inputType: 'tel' } }, { protected: true }), undefined);
    expect(profile()).toEqual({ ...before, attributes: [...before.attributes, { name: 'phone', displayName: 'Phone', annotations: { inputType: 'tel', 'authctl.owner': 'shop', 'authctl.protected': 'true' } }] });
    expect(await listed('phone')).toMatchObject({ owner: 'shop', protected: true, spec: { displayName: 'Phone', annotations: { inputType: 'tel' } } });
    expect((await listed('phone'))?.spec).not.toHaveProperty('name');
  });

  it('that is ours is changed where it stands, and keeps what nobody stated', async () => {
    await kind().put(wanted('phone', { displayName: 'Phone' }), undefined);
    Object.assign(attribute('phone')!, { group: 'contact', annotations: { ...attribute('phone')!.annotations, theirs: 'x', old: 'y' } });
    profile().attributes.push({ name: 'last' });
    await kind().put(wanted('phone', { displayName: 'Telephone', annotations: { old: null } }), await listed('phone'));
    expect(attribute('phone')).toEqual({ name: 'phone', displayName: 'Telephone', group: 'contact', annotations: { theirs: 'x', 'authctl.owner': 'shop' } });
    expect(names().slice(-2)).toEqual(['phone', 'last']);
  });

  it('that was there before is taken over with a note', async () => {
    profile().attributes.push({ name: 'phone', displayName: 'Theirs' });
    await kind().put(wanted('phone', { group: 'contact' }), await listed('phone'));
    expect(attribute('phone')).toEqual({ name: 'phone', displayName: 'Theirs', group: 'contact', annotations: { 'authctl.owner': 'shop', 'authctl.adopted': 'true' } });
    expect(await listed('phone')).toMatchObject({ owner: 'shop', adopted: true });
  });

  it('goes alone, and one that Keycloak ships is as shipped again', async () => {
    const before = structuredClone(profile());
    await kind().put(wanted('phone', {}), undefined);
    await kind().put(wanted('email', { displayName: 'Mail' }), undefined);
    expect((await kind().list()).map(({ id }) => id)).toEqual(['shop/email', 'shop/phone']);
    await kind().remove((await listed('phone'))!);
    await kind().remove((await listed('email'))!);
    // How it is shown is Keycloak's; all else is what it was.
    expect(names()).toEqual((before.attributes as Body[]).map(({ name }) => String(name)));
    expect({ ...profile(), attributes: [] }).toEqual({ ...before, attributes: [] });
    expect(await kind().list()).toEqual([]);
  });

  it('is let go without our marks alone, and the others keep theirs', async () => {
    await kind().put(wanted('phone', { annotations: { inputType: 'tel' } }), undefined);
    await kind().put(wanted('mobile', {}), undefined);
    await kind().release!((await listed('phone'))!);
    expect(attribute('phone')).toEqual({ name: 'phone', annotations: { inputType: 'tel' } });
    expect(attribute('mobile')?.annotations).toEqual({ 'authctl.owner': 'shop' });
  });

  it('is written one after the other, so that none is lost, and goes on after a failure', async () => {
    const { put } = kind();
    keycloak.interrupt(/PUT \/shop\/users\/profile/, { status: 500, body: {} });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => put(wanted(name, {}), undefined)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(names().slice(-3)).toEqual(['b', 'c', 'd']);
  });
});

describe('what users may carry', () => {
  it.each<readonly [policy: string | undefined, after: string]>([
    [undefined, 'ADMIN_EDIT'],
    ['ADMIN_VIEW', 'ADMIN_EDIT'],
    ['ADMIN_EDIT', 'ADMIN_EDIT'],
    ['ENABLED', 'ENABLED'],
  ])('is widened no more than is needed: %s, then %s', async (policy, after) => {
    const { unmanagedAttributePolicy: _policy, ...rest } = structuredClone(profile());
    keycloak.realms.get('shop')!.profile = { ...rest, ...(policy !== undefined && { unmanagedAttributePolicy: policy }) };
    const { kinds } = createKeycloakProvider(shop(), keycloak);
    const users = kinds.find(({ name }) => name === 'keycloak.user')!;
    const desired = (name: string): Desired => ({ kind: 'keycloak.user', id: `shop/${name}`, spec: {}, after: [], origin: line });
    keycloak.sent.length = 0;
    await users.put(desired('a'), undefined);
    await users.put(desired('b'), undefined);
    expect(profile()).toEqual({ ...rest, unmanagedAttributePolicy: after });
    const asked = keycloak.sent.filter((text) => text.endsWith('/users/profile'));
    expect(asked).toEqual(policy === after ? ['GET /shop/users/profile'] : ['GET /shop/users/profile', 'PUT /shop/users/profile']);
  });

  it('is asked again after it could not be told', async () => {
    const users = createKeycloakProvider(shop(), keycloak).kinds.find(({ name }) => name === 'keycloak.user')!;
    const desired: Desired = { kind: 'keycloak.user', id: 'shop/a', spec: {}, after: [], origin: line };
    keycloak.interrupt(/GET \/shop\/users\/profile/, { status: 500, body: {} });
    await expect(users.put(desired, undefined)).rejects.toMatchObject({ message: expect.stringContaining('read the user profile') as string });
    await users.put(desired, undefined);
    expect(keycloak.realms.get('shop')!.users.map(({ username }) => username)).toContain('a');
  });
});
