import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directories, directoryConfig, STORAGE } from '../unit/providers/keycloak/fake/components.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

const FILE = new URL('../data/keycloak/directories.json', import.meta.url);
const keycloak = keycloakByHand('directories');
interface Exported {
  readonly components: Readonly<Record<string, readonly { readonly name: string; readonly subComponents: Readonly<Record<string, readonly { readonly name: string; readonly providerId: string; readonly config: Readonly<Record<string, unknown>> }[]>> }[]>>;
}
const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

const away = (): Promise<unknown> => keycloak.ask('DELETE', '', undefined, { missing: true });
beforeAll(away);
afterAll(away);

it('every sort of directory holds what was recorded; AUTHCTL_RECORD=1 records anew', async () => {
  await keycloak.ask('POST', '', { realm: 'directories' }, { below: '' });
  for (const [at, { directory }] of directories.entries()) await keycloak.ask('POST', '/components', { name: String(at), providerId: 'ldap', providerType: STORAGE, config: directoryConfig(directory) });
  const { components } = await keycloak.ask<Exported>('POST', '/partial-export');
  const now = directories.map(({ directory }, at) => ({
    directory,
    mappers: Object.values(components[STORAGE]!.find(({ name }) => name === String(at))!.subComponents)
      .flat()
      .map(({ name, providerId, config }) => ({ name, providerId, config: Object.fromEntries(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1))) }))
      .toSorted(byName),
  }));
  if (process.env.AUTHCTL_RECORD === '1') writeFileSync(FILE, `[\n${now.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  expect(now).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
});
