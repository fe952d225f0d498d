import type { Position } from '../../core/problem.ts';
import type { KeycloakAdmin } from './client.ts';

/** With these, an administrator may give a user attributes that the profile does not declare; otherwise they are dropped in silence. */
export const KEEPS_ATTRIBUTES: readonly unknown[] = ['ENABLED', 'ADMIN_EDIT'];

/**
 * The user profile decides whether a user may carry our mark. `ADMIN_EDIT` is the narrowest policy that lets it: users neither see nor
 * change such attributes. A wider one that somebody chose stays. Asked once per run.
 */
export const createUserProfile = (admin: KeycloakAdmin, base: string): ((at: Position | undefined) => Promise<void>) => {
  let done: Promise<void> | undefined;
  return (at) => {
    const begun = (done ??= allow(admin, base, at));
    begun.catch(() => {
      if (done === begun) done = undefined;
    });
    return begun;
  };
};

const allow = async (admin: KeycloakAdmin, base: string, at: Position | undefined): Promise<void> => {
  const profile = await admin.read<{ unmanagedAttributePolicy?: string }>(`${base}/users/profile`, 'read the user profile');
  if (KEEPS_ATTRIBUTES.includes(profile.unmanagedAttributePolicy)) return;
  const body = { ...profile, unmanagedAttributePolicy: 'ADMIN_EDIT' };
  await admin.write('PUT', `${base}/users/profile`, { doing: 'let users carry attributes of the administrator', body, at });
};
