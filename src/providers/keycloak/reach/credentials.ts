import { groupBy } from '../../../core/collections.ts';
import type { Danger, Effect, Unseen } from '../../../core/resource.ts';
import { oneTimeLabel } from '../one-time.ts';
import { MOST_ASKED } from '../read-users.ts';
import type { CredentialRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { user as userType } from '../specs/user.ts';
import { plain } from '../plain.ts';
import { found } from './scene.ts';
import type { Scene } from './scene.ts';

interface Proof {
  readonly effect: Effect;
  readonly what: (name: string, labels: string) => string;
}

/** What an account of the blueprint may prove itself by beside its password: instead of it, or after it. */
const PROOFS: Readonly<Record<string, Proof>> = {
  'webauthn-passwordless': { effect: 'opens', what: (name, labels) => `who holds the passkey${labels} signs in as ${name} without a password` },
  otp: { effect: 'breaks', what: (name, labels) => `${name} is asked for a one-time password${labels} beside the password` },
  webauthn: { effect: 'breaks', what: (name, labels) => `${name} is asked for a security key${labels} beside the password` },
  'recovery-authn-codes': { effect: 'weakens', what: (name) => `whoever holds a recovery code of ${name} has its second proof` },
};

/** Passwords from before cannot be used. The one in use is compared: when it was set is part of its fingerprint. */
const PASSWORDS = ['password', 'password-history'];

/** What personas prove themselves by, and the blueprint does not say. */
export const credentials = async (scene: Scene, session: Session): Promise<{ readonly dangers: readonly Danger[]; readonly unseen: readonly Unseen[] }> => {
  const accounts = ((await session.snapshot())?.users ?? []).flatMap((account) => {
    const name = session.persona(account.username)?.name ?? account.username;
    const stated = scene.users.get(name);
    return stated ? [{ name, stated, proofs: account.proofs }] : [];
  });
  const blind = accounts.filter(({ proofs }) => proofs === undefined);
  return {
    dangers: accounts.flatMap(({ name, stated, proofs = [] }) =>
      [...byType(proofs.filter((one) => !isStated(session, name, one)))].map(([type, held]) => {
        const { effect, what } = PROOFS[type] ?? { effect: 'opens' as const, what: () => `who has what "${type}" stands for may sign in as ${name}` };
        const labels = held.flatMap(({ userLabel }) => userLabel ?? []);
        return found(scene, userType.kind, name, {
          effect,
          what: what(name, labels.length > 0 ? ` (${labels.join(', ')})` : ''),
          hint: 'remove the credential from the account in Keycloak, or accept it',
          field: `credentials.${type}`,
          held: plain(held.map(({ userLabel, createdDate }) => ({ userLabel, createdDate }))),
          origin: stated.origin,
        });
      }),
    ),
    unseen: blind.length === 0 ? [] : [{
      target: 'keycloak',
      what: `what ${blind.length === 1 ? '1 persona proves itself' : `${blind.length} personas prove themselves`} by, and since when`,
      why: accounts.length > MOST_ASKED ? `there are more than ${MOST_ASKED}, and it is one request for each` : 'this login may not see it (manage-users)',
    }],
  }; // prettier-ignore
};

/** The one-time passwords that the blueprint states; the one before them is known by its label, and is none of them. */
const isStated = ({ fingerprints, persona }: Session, name: string, { type, userLabel }: CredentialRep): boolean => {
  const username = name.toLowerCase();
  const otp = persona(username)?.otp;
  return type === 'otp' && otp !== undefined && userLabel === oneTimeLabel(fingerprints, username, otp);
};

const byType = (proofs: readonly CredentialRep[]): ReadonlyMap<string, readonly CredentialRep[]> => groupBy(proofs.filter(({ type }) => !PASSWORDS.includes(type)), ({ type }) => type);
