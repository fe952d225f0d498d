import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shippedFrom } from '../../src/providers/keycloak/shipped/shape.ts';
import type { NewRealm } from '../../src/providers/keycloak/shipped/shape.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

const FILE = new URL('../data/keycloak/shipped.json', import.meta.url);
const REALM = 'shipped';
const keycloak = keycloakByHand(REALM);

const newRealm = async (): Promise<NewRealm> => {
  await keycloak.ask('POST', '', { realm: REALM }, { below: '' });
  const profile = await keycloak.ask<NewRealm['profile']>('GET', '/users/profile');
  const exported = await keycloak.ask<NewRealm['exported']>('POST', '/partial-export?exportClients=true&exportGroupsAndRoles=true');
  await keycloak.ask('POST', '/clients', { clientId: 'bare', protocol: 'openid-connect' });
  const [client] = await keycloak.ask<NewRealm['client'][]>('GET', '/clients?clientId=bare');
  return { exported, client: client!, profile };
};
const away = (): Promise<unknown> => keycloak.ask('DELETE', '', undefined, { missing: true });
beforeAll(away);
afterAll(away);

/** Without handles, which are different in every realm. */
const written = (value: unknown): string =>
  `${JSON.stringify(value, (name, item: unknown) => (['id', 'internalId', 'containerId', 'client.secret.creation.time', 'secret'].includes(name) ? undefined : item), 1)}\n`;

it('a new realm holds what was recorded; AUTHCTL_RECORD=1 records anew', async () => {
  const now = written(await newRealm());
  if (process.env.AUTHCTL_RECORD === '1') writeFileSync(FILE, now);
  expect(shippedFrom(JSON.parse(now) as NewRealm)).toEqual(shippedFrom(JSON.parse(readFileSync(FILE, 'utf8')) as NewRealm));
});
