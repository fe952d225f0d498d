import { randomUUID } from 'node:crypto';
import { bareClient, newRealm } from './new-realm.ts';
import type { FakeRealm } from './state.ts';
import { newUser } from './users.ts';

const kept = new WeakMap<ReadonlyMap<string, FakeRealm>, FakeRealm>();

/** The realm that rules the others: a role `admin` that the login has, and a client with roles for each other realm. */
export const masterOf = (realms: ReadonlyMap<string, FakeRealm>): FakeRealm => {
  const master = kept.get(realms) ?? newMaster();
  kept.set(realms, master);
  for (const name of ['master', ...realms.keys()]) {
    const clientId = `${name}-realm`;
    if (master.clients.some((one) => one.clientId === clientId)) continue;
    master.clients.push({ ...bareClient(), id: randomUUID(), clientId, bearerOnly: true });
    master.beside.roles.client[clientId] = master.beside.roles.client['realm-management'];
  }
  return master;
};

const newMaster = (): FakeRealm => {
  const master = newRealm('master');
  master.roles.push({ id: randomUUID(), name: 'admin', attributes: {} });
  const { id } = newUser(master, { username: 'service-account-authctl', enabled: true, serviceAccountClientId: 'authctl' });
  master.links.get(`users/${id}/role-mappings/realm`)?.add('admin');
  return master;
};
