import { beforeEach, describe, expect, it } from 'vitest';
import { addressOfChange, changesOf } from '../../../../src/core/plan.ts';
import { applied, planned } from './applying.ts';
import { shop } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shop());
  keycloak.sent.length = 0;
});
const realm = () => keycloak.realms.get('shop')!;
const client = (clientId: string) => realm().clients.find((item) => item.clientId === clientId)!;
const user = (username: string) => realm().users.find((item) => item.username === username)!;

/** As Keycloak 26 has an admin event. */
const event = (seconds: number, resourcePath: string | undefined, over: object = {}) => ({
  id: `e${seconds}`,
  time: Date.parse('2026-11-29T12:00:00Z') + seconds * 1000,
  realmId: 'r',
  authDetails: { realmId: 'm', clientId: 'c-1', userId: 'u-1', ipAddress: '10.1.2.3' },
  operationType: 'UPDATE',
  resourceType: 'CLIENT',
  ...(resourcePath !== undefined && { resourcePath }),
  representation: '{"enabled":true}',
  ...over,
});
const EVENTS = /^GET \/shop\/admin-events$/;
const recorded = (...body: readonly unknown[]) => {
  realm().rep.adminEventsEnabled = true;
  keycloak.interrupt(EVENTS, { status: 200, body });
};
const drift = async () => {
  const plan = await planned(keycloak, shop(), { traces: true });
  const found = changesOf(plan).filter(({ action }) => action !== 'keep');
  return { told: Object.fromEntries(found.map((change) => [addressOfChange(change), change.changed])), untold: plan.untold, asked: keycloak.sent.filter((one) => EVENTS.test(one)).length };
};
const at = (seconds: number): string => new Date(Date.parse('2026-11-29T12:00:00Z') + seconds * 1000).toISOString();
const by = 'user u-1 through client c-1 from 10.1.2.3';

describe('who changed what is found at Keycloak', () => {
  it('is not asked where nothing is found', async () => {
    expect(await drift()).toEqual({ told: {}, untold: undefined, asked: 0 });
  });

  it('is said once not to be recorded where events are off, and nothing is asked', async () => {
    client('storefront').directAccessGrantsEnabled = true;
    expect(await drift()).toEqual({ told: { 'keycloak.client/shop/storefront': undefined }, untold: ['who changed it is not recorded: admin events are off in Keycloak (realm.events.admin switches them on)'], asked: 0 });
  });

  it('is no event of what the authorization services of a client decide by', async () => {
    const web = client('storefront');
    web.directAccessGrantsEnabled = true;
    // As Keycloak 26.7.4 records them.
    const server = `clients/${web.id}/authz/resource-server`;
    recorded(event(1, `clients/${web.id}`), event(2, server, { resourceType: 'AUTHORIZATION_RESOURCE_SERVER' }), event(3, `${server}/policy/role/p`, { resourceType: 'AUTHORIZATION_POLICY' }), event(4, `${server}/import`, { resourceType: 'AUTHORIZATION_RESOURCE_SERVER' }));
    expect((await drift()).told).toEqual({ 'keycloak.client/shop/storefront': { at: at(1), by } });
  });

  it('is the last event of the object or of a part of it, in one request, in whatever order they come', async () => {
    const [web, alice] = [client('storefront'), user('alice')];
    web.directAccessGrantsEnabled = true;
    alice.email = 'mallory@shop.test';
    realm().rep.accessTokenLifespan = 9999;
    recorded(
      event(1, `clients/${web.id}`),
      event(3, `clients/${web.id}/protocol-mappers/models/m`, { authDetails: { userId: alice.id, clientId: web.id } }),
      event(2, `clients/${web.id}`),
      event(9, `clients/${web.id}0`),
      event(9, `clients/${web.id}/roles/theirs`, { resourceType: 'CLIENT_ROLE' }),
      event(9, `users/${alice.id}/send-verify-email`, { operationType: 'ACTION', resourceType: 'USER' }),
      event(4, `users/${alice.id}`, { resourceType: 'USER' }),
      event(5, undefined, { resourceType: 'REALM', authDetails: {} }),
    );
    const { told, untold, asked } = await drift();
    expect(told).toMatchObject({
      'keycloak.client/shop/storefront': { at: at(3), by: 'user alice through client storefront' },
      'keycloak.user/shop/alice': { at: at(4), by },
      'keycloak.realm/shop': { at: at(5) },
    });
    expect([told['keycloak.realm/shop'], untold, asked]).toEqual([{ at: at(5) }, undefined, 1]);
  });

  it('is known of what is gone where its name is its place, and of a password that was set', async () => {
    realm().roles = realm().roles.filter(({ name }) => name !== 'support');
    client('storefront').directAccessGrantsEnabled = true;
    recorded(event(1, 'roles/support', { operationType: 'DELETE', resourceType: 'REALM_ROLE' }), event(2, `clients/${client('storefront').id}/client-secret`, { operationType: 'ACTION' }));
    expect((await drift()).told).toMatchObject({ 'keycloak.role/shop/support': { at: at(1), by }, 'keycloak.client/shop/storefront': { at: at(2), by } });
  });

  it('is nothing where no event speaks of it, and where an event is none', async () => {
    const { id } = client('storefront');
    client('storefront').directAccessGrantsEnabled = true;
    recorded(null, 'x', event(1, 'clients/other'), { ...event(2, `clients/${id}`), time: 'soon' });
    expect(await drift()).toMatchObject({ told: { 'keycloak.client/shop/storefront': undefined }, asked: 1 });
  });

  it.each([
    ['this login may not see the admin events of Keycloak (view-events)', 403, { error: 'HTTP 403 Forbidden' }],
    ['keycloak could not be asked (Keycloak refused to list admin events (500): unknown_error)', 500, { error: 'unknown_error' }],
    [/^who changed it is not known: keycloak could not be asked \(/, 200, { no: 'list' }],
  ])('is not known, and the finding stands, where %s', async (why, status, body) => {
    client('storefront').directAccessGrantsEnabled = true;
    realm().rep.adminEventsEnabled = true;
    keycloak.interrupt(EVENTS, { status, body });
    const { told, untold } = await drift();
    expect([told, untold]).toEqual([{ 'keycloak.client/shop/storefront': undefined }, [typeof why === 'string' ? `who changed it is not known: ${why}` : (expect.stringMatching(why) as string)]]);
  });
});
