import { beforeAll, expect, it } from 'vitest';
import type { Blueprint, RealmClient } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { changesOf } from '../../../../src/core/plan.ts';
import { CLIENTS_OF_A_PAGE } from '../../../../src/providers/keycloak/snapshot.ts';
import { applied, planned } from './applying.ts';
import { shop } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

/** Half for browsers, half for services with a role of their own, as people's realms are. */
const clients = (count: number): Readonly<Record<string, RealmClient>> => {
  const usual = shop().realm.clients;
  const [web, service] = [usual.storefront!, usual.reports!];
  return { ...usual, ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`client-${at}`, at % 2 === 0 ? { ...web, protected: false, redirectUris: [`https://app-${at}.example/cb`] } : { ...service, secret: new Secret(`secret-${at}`) }])) };
};
const withClients = (count: number): Blueprint => {
  const usual = shop();
  return { ...usual, realm: { ...usual.realm, clients: clients(count) } };
};
const rows = (keycloak: FakeKeycloak): number => keycloak.realms.get('shop')!.clients.length;

/** What a plan asks of a realm that is as the blueprint says. */
const asked = async (count: number): Promise<{ readonly sent: readonly string[]; readonly clients: number }> => {
  const keycloak = fakeKeycloak();
  await applied(keycloak, withClients(count));
  keycloak.sent.length = 0;
  const writes = keycloak.requests().writes;
  const plan = await planned(keycloak, withClients(count));
  expect(changesOf(plan).filter(({ action }) => action !== 'keep')).toEqual([]);
  expect(keycloak.requests().writes).toBe(writes);
  return { sent: keycloak.sent, clients: rows(keycloak) };
};
const PAGE = 'GET /shop/clients';
/** Handles of objects are others in each realm. */
const plainly = (sent: readonly string[]): readonly string[] => sent.filter((one) => one !== PAGE).map((one) => one.replace(/[\da-f]{8}-[\da-f-]{27}/g, '<id>'));

let [few, many]: Awaited<ReturnType<typeof asked>>[] = [];
beforeAll(async () => {
  [few, many] = [await asked(50), await asked(1000)];
});

it('asks of a thousand clients what it asks of fifty, and one request more for each hundred of them', () => {
  expect(plainly(many!.sent)).toEqual(plainly(few!.sent));
  for (const { sent, clients: all } of [few!, many!]) expect(sent.filter((one) => one === PAGE)).toHaveLength(Math.floor(all / CLIENTS_OF_A_PAGE) + 1);
  expect(few!.sent.length).toBeLessThanOrEqual(40);
});

it('asks for the export once, alone, and when every client has been listed: before that Keycloak takes minutes for it', () => {
  const [first = 0, ...further] = many!.sent.flatMap((one, at) => (one === 'POST /shop/partial-export' ? [at] : []));
  expect(further).toEqual([]);
  expect(many!.sent.slice(0, first)).toEqual(['LOGIN', ...Array.from({ length: first - 1 }, () => PAGE)]);
  expect(many!.sent.slice(first)).not.toContain(PAGE);
});

it('asks nothing of one client after the other: of those that rule a realm alone, who has their roles', () => {
  const single = many!.sent.filter((one) => one.startsWith(`${PAGE}/`) || one.includes('service-account-user'));
  expect(single.filter((one) => !/^GET \/shop\/clients\/[^/]+\/roles\/[a-z-]+\/users$/.test(one))).toEqual([]);
  expect(new Set(single.map((one) => one.split('/')[3])).size).toBe(1);
});
