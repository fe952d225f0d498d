import { defineKind } from '../../../core/provider.ts';
import { addressOf } from '../../../core/resource.ts';
import { documentKind } from '../client-documents.ts';
import type { ClientProfileRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { clientProfile } from '../specs/client-profile.ts';
import type { ClientProfileSpec } from '../specs/client-profile.ts';
import { realm } from '../specs/realm.ts';

/** What is demanded of clients. Profiles that Keycloak ships are in no realm, and are never touched. */
export const clientProfileKind = defineKind<Session, ClientProfileSpec>()({
  name: clientProfile.kind,
  after: [realm.kind],
  immutable: clientProfile.immutable,
  ...documentKind<ClientProfileSpec, ClientProfileRep>({
    what: 'client profile',
    document: 'profiles',
    held: (exported) => exported.clientProfiles?.profiles ?? [],
    live: (session, { name, description, executors = [] }) => {
      const id = clientProfile.id(session.realm, name);
      const spec = clientProfile.read({ description: description === '' ? null : description, executors: executors.map(({ executor, configuration = {} }) => ({ executor, configuration })) });
      return { kind: clientProfile.kind, id, spec, ...session.notes.holder(addressOf({ kind: clientProfile.kind, id })) };
    },
  }),
});
