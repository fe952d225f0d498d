import { TAKES, holderIn, lockNameOf, wordsOf } from '../../core/lock.ts';
import type { Holder, LockPlace } from '../../core/lock.ts';
import { Problem } from '../../core/problem.ts';
import type { KeycloakAdmin } from './client.ts';
import type { ClientRep } from './representations.ts';

const ATTRIBUTE = 'authctl.lock';

/**
 * A client in the realm of the login, which is there before the blueprint's is: Keycloak keeps its name unique. It is disabled, has no flow, no secret
 * and no scope, so that nobody gets anything by it. Who holds the lock stands in an attribute.
 */
export const createLock = (admin: KeycloakAdmin, loginRealm: string, blueprint: string, ahead?: LockPlace['ahead']): LockPlace => {
  const name = lockNameOf(blueprint);
  const clients = `/${encodeURIComponent(loginRealm)}/clients`;
  const bodyOf = (holder: Holder) => ({
    id: holder.run,
    clientId: name,
    description: 'authctl is applying a blueprint; it takes this away when it is done',
    protocol: 'openid-connect',
    enabled: false,
    publicClient: true,
    standardFlowEnabled: false,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: false,
    fullScopeAllowed: false,
    attributes: { [ATTRIBUTE]: wordsOf(holder).join(' ') },
  });
  const holderOf = ({ id, attributes }: ClientRep): Holder => holderIn(id, attributes?.[ATTRIBUTE]?.split(' ') ?? []);
  const held = async (): Promise<Holder | undefined> => {
    const found = await admin.list<ClientRep>(`${clients}?clientId=${encodeURIComponent(name)}`, 'find the lock');
    const client = found.find(({ clientId }) => clientId === name);
    return client && holderOf(client);
  };
  return {
    where: `the client ${name} in realm "${loginRealm}" of Keycloak`,
    take: async (claim) => {
      for (let tries = 0; tries < TAKES; tries += 1) {
        if ((await admin.write('POST', clients, { doing: 'take the lock', body: bodyOf(claim), accept: [409] })) !== 409) return undefined;
        const holder = await held();
        if (holder?.run === claim.run) return undefined;
        if (holder) return holder;
      }
      throw new Problem('KEYCLOAK_REFUSED', 'Keycloak refused to take the lock, which nobody holds (409)', { hint: 'does something in between answer in its place?' });
    },
    renew: async (claim) => (await admin.write('PUT', `${clients}/${claim.run}`, { doing: 'renew the lock', body: bodyOf(claim), accept: [404] })) !== 404,
    held,
    ...(ahead && { ahead }),
    drop: async ({ run }) => void (await admin.write('DELETE', `${clients}/${run}`, { doing: 'take the lock away', accept: [404] })),
  };
};
