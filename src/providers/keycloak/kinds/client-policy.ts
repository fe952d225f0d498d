import { defineKind } from '../../../core/provider.ts';
import { addressOf } from '../../../core/resource.ts';
import { documentKind } from '../client-documents.ts';
import type { ClientPolicyRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { clientPolicy } from '../specs/client-policy.ts';
import type { ClientPolicySpec } from '../specs/client-policy.ts';
import { clientProfile } from '../specs/client-profile.ts';
import { realm } from '../specs/realm.ts';

/** Of which clients it is demanded. It is in force as soon as it is there, so that what it demands comes first, and goes last. */
export const clientPolicyKind = defineKind<Session, ClientPolicySpec>()({
  name: clientPolicy.kind,
  after: [realm.kind, clientProfile.kind],
  immutable: clientPolicy.immutable,
  ...documentKind<ClientPolicySpec, ClientPolicyRep>({
    what: 'client policy',
    document: 'policies',
    held: (exported) => exported.clientPolicies?.policies ?? [],
    live: (session, { name, description, enabled = false, conditions = [], profiles = [] }) => {
      const id = clientPolicy.id(session.realm, name);
      const spec = clientPolicy.read({ description: description === '' ? null : description, enabled, profiles, conditions: conditions.map(({ condition, configuration = {} }) => ({ condition, configuration })) });
      return { kind: clientPolicy.kind, id, spec, ...session.notes.holder(addressOf({ kind: clientPolicy.kind, id })) };
    },
  }),
});
