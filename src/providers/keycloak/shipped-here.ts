import type { Attributes } from './attributes.ts';
import { ownership } from './ownership.ts';
import type { Session } from './session.ts';
import { shippedWith } from './shipped/index.ts';

type Section = 'clients' | 'clientScopes' | 'clientRoles';

const shippedIn = (section: Section): Readonly<Record<string, unknown>> => {
  const { clients, scopes, composites } = shippedWith(undefined).shipped;
  return section === 'clients' ? clients : section === 'clientScopes' ? scopes : composites;
};

/** True for what Keycloak put into a realm that this blueprint made: nobody else has a claim to it. A role of a client is named `<client>/<role>`. */
export const isShippedHere = (session: Pick<Session, 'ownRealm'>, section: Section, name: string): boolean => session.ownRealm.is() && Object.hasOwn(shippedIn(section), name);

/**
 * Whose something is: by its mark. Without one, what Keycloak ships is the blueprint's where that made the realm and states it, and counts as having
 * been there before: it is let go, and never deleted.
 */
export const ownedHere = (session: Pick<Session, 'ownRealm' | 'owner'>, attributes: Attributes | undefined, { section, name, stated }: { readonly section: Section; readonly name: string; readonly stated: boolean }): ReturnType<typeof ownership> => {
  const marked = ownership(attributes);
  return marked.owner === undefined && stated && isShippedHere(session, section, name) ? { owner: session.owner, adopted: true } : marked;
};
