import { otherRealm } from '../kit/other-realm.ts';
import { partsOf, signJws } from '../kit/jws.ts';
import { oneReadPerService, refuses } from '../refuses.ts';

/** Another realm of the same Keycloak is another issuer, however alike the two are. */
export const realms = [
  refuses({
    id: 'SIG-13',
    claim: "the key of another realm of the same Keycloak signs nothing for this one, under its own key id or this realm's",
    severity: 'critical',
    source: 'RFC 8725 section 3.8; OpenID Connect Core section 10.1',
    needs: ['disruptive'],
    subjects: oneReadPerService,
    attacks: async (kit, subject) => {
      const other = await otherRealm(kit);
      if (!other) return [];
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const { algorithm } = kit.blueprint.realm.tokens;
      return Object.entries({ 'its own key id': other.kid, "this realm's key id": header.kid }).map(([label, kid]) => ({
        label: `a token of this issuer, signed by the other realm under ${label}`,
        token: signJws({ ...header, alg: algorithm, kid }, { ...payload, iss: kit.blueprint.issuer }, other.key, algorithm),
      }));
    },
  }),
  refuses({
    id: 'CLM-20',
    claim: 'a real token of another realm of the same Keycloak, for the same client id, audience and scopes, is refused',
    severity: 'critical',
    source: 'RFC 8725 section 3.8; RFC 9068 section 4',
    needs: ['disruptive'],
    subjects: oneReadPerService,
    attacks: async (kit) => {
      const other = await otherRealm(kit);
      return other ? [{ label: 'a real token of the other realm', token: other.token.reveal() }] : [];
    },
    hint: 'the issuer is pinned nowhere, or keys are found without it',
  }),
];
