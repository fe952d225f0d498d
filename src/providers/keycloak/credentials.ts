import { isForbidden } from './client.ts';
import type { KeycloakAdmin } from './client.ts';
import type { CredentialRep } from './representations.ts';

/** What an account proves itself by; `undefined` where this login may not see it. An account that is gone has nothing. */
export const credentialsOf = async (admin: KeycloakAdmin, base: string, id: string): Promise<readonly CredentialRep[] | undefined> => {
  try {
    return (await admin.findList<CredentialRep>(`${base}/users/${id}/credentials`, 'list the credentials of a user')) ?? [];
  } catch (thrown) {
    if (isForbidden(thrown)) return undefined;
    throw thrown;
  }
};

/** When the password was set; `undefined` when there is none. */
export const passwordSet = (credentials: readonly CredentialRep[]): number | undefined => credentials.find(({ type }) => type === 'password')?.createdDate;
