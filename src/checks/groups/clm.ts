import type { Blueprint, Service } from '../../blueprint/types.ts';
import type { RouteSubject } from '../contract.ts';
import { tokenHolders } from '../../access/index.ts';
import { isMeantFor } from '../kit/audience.ts';
import { NotGiven, missingToken } from '../kit/given.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { partsOf } from '../kit/jws.ts';
import { withoutScope } from '../kit/stranger.ts';
import { behindKong, oneReadPerService, protectedReads, protectedRoutes, refuses } from '../refuses.ts';

/** Scopes of the sign-in client that lead to another audience only. */
export const foreignScopes = (blueprint: Blueprint, { audience, authentication }: Service): readonly string[] => {
  const own = blueprint.realm.clients[authentication.client]?.scopes ?? [];
  return own.filter((scope) => blueprint.realm.scopes[scope]?.audience !== audience && (blueprint.realm.scopes[scope]?.roles.length ?? 0) === 0);
};

const personaToken = async (kit: Kit, { service }: RouteSubject, scopes: readonly string[]): Promise<string> =>
  (await kit.tokens.persona(Object.keys(kit.blueprint.personas)[0] ?? '', scopes, service.authentication)).access.reveal();

/** Real tokens of an issuer that is not ours that are for other services: of everybody who is not expected at this one. */
const forOthers = async (kit: Kit, { service }: RouteSubject): Promise<readonly Attack[]> => {
  const found: Attack[] = [];
  for (const who of tokenHolders(kit.blueprint).filter((one) => missingToken(kit.blueprint, one) === undefined)) {
    const token = (await kit.tokenOf(who, service)).reveal();
    if (!isMeantFor(kit.blueprint, service, partsOf(token).payload)) found.push({ label: `a real token of ${who}, for another audience`, token });
  }
  return found;
};

/** Writes, too: what lacks a scope is a good token in everything else, and goes there only where good ones may. */
const demandingScopes = (blueprint: Blueprint): readonly RouteSubject[] => protectedRoutes(blueprint).filter(({ route }) => route.scopes.length > 0);

/** Claims: only an access token, of this issuer, for this audience, with the scopes of the route. */
export const clm = [
  refuses({
    id: 'CLM-01',
    claim: 'a valid token for another audience is refused',
    severity: 'critical',
    source: 'RFC 9068 section 4; RFC 8725 section 3.9; ASVS 5.0 9.2.3',
    needs: ['second-audience', 'persona'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      if (kit.blueprint.foreign) return forOthers(kit, subject);
      const scopes = foreignScopes(kit.blueprint, subject.service);
      return scopes.length === 0 ? [] : [{ label: 'a real token for another audience', token: await personaToken(kit, subject, scopes) }];
    },
    hint: "check the audience of the guard's configuration, or of the authorizer",
  }),
  refuses({
    id: 'CLM-02',
    claim: 'a valid token without an audience is refused',
    severity: 'critical',
    source: 'RFC 9068 section 4; ASVS 5.0 9.2.3',
    needs: ['persona'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => [{ label: 'a real token of a sign-in that asked for no scope', token: await personaToken(kit, subject, []) }],
  }),
  refuses({
    id: 'CLM-03',
    claim: 'an audience that is not a text or a list of texts is refused',
    severity: 'medium',
    source: 'RFC 7519 section 4.1.3',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const { audience } = subject.service;
      return [null, 1, [], {}, [null], '', `${audience}x`, audience.toUpperCase(), { [audience]: true }, [[audience]]].map((aud) => ({
        label: `the audience ${JSON.stringify(aud)}`,
        token: kit.harness?.forge(good, { payload: { aud } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'CLM-04',
    claim: 'an ID token is not accepted as an access token',
    severity: 'critical',
    source: 'RFC 9068 section 4; RFC 8725 section 3.11',
    needs: ['persona'],
    challenge: 'invalid_token',
    // An ID token of a user pool is for the client, as its access token is: what it lacks is the scope.
    status: ({ blueprint }) => (blueprint.foreign ? [401, 403] : [401]),
    attacks: async (kit, { service, route, gateway }) => {
      if (kit.blueprint.foreign) {
        if (gateway === 'aws' && route.scopes.length === 0) throw new NotGiven('the route demands no scope, and AWS looks at nothing else that an ID token lacks');
        const who = Object.keys(kit.blueprint.personas).find((name) => kit.blueprint.personas[name]?.idToken);
        if (who === undefined) throw new NotGiven('no ID token is given (personas.<name>.idToken)');
        const given = await kit.tokens.persona(who, undefined, service.authentication);
        return [{ label: `the ID token of ${who}`, token: given.id?.reveal() ?? '' }];
      }
      const tokens = await kit.tokens.persona(Object.keys(kit.blueprint.personas)[0] ?? '');
      return tokens.id ? [{ label: 'the ID token of the same sign-in', token: tokens.id.reveal() }] : [];
    },
  }),
  refuses({
    id: 'CLM-05',
    claim: 'other kinds of JWT of the same issuer (logout, refresh, ID, introspection) are refused by their type',
    severity: 'high',
    source: 'RFC 8725 section 3.11; RFC 9068 section 2.1',
    needs: ['issuer-key'],
    subjects: behindKong(protectedReads),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const kinds = ['logout+jwt', 'token-introspection+jwt', 'dpop+jwt', 'secevent+jwt', 'JWE', 1, null].map((typ) => ({
        label: `the header typ ${JSON.stringify(typ)}`,
        token: kit.harness?.forge(good, { header: { typ } }) ?? '',
      }));
      const claims = ['ID', 'Refresh', 'Offline', 'Logout', 1].map((typ) => ({
        label: `the claim typ ${JSON.stringify(typ)}`,
        token: kit.harness?.forge(good, { payload: { typ } }) ?? '',
      }));
      return [...kinds, ...claims];
    },
  }),
  refuses({
    id: 'CLM-08',
    claim: 'a token without an issuer, or of another one, is refused',
    severity: 'high',
    source: 'RFC 8725 section 3.8; RFC 9068 section 4',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const { issuer } = kit.blueprint;
      return [undefined, null, '', `${issuer}/`, issuer.toUpperCase(), `${issuer}x`, 'https://evil.example/realms/shop', [issuer]].map((iss) => ({
        label: `the issuer ${JSON.stringify(iss) ?? 'missing'}`,
        token: kit.harness?.forge(good, { payload: { iss } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'CLM-09',
    claim: 'issuers named like members of a prototype are refused, never with a 5xx',
    severity: 'low',
    source: 'RFC 8725 section 3.10',
    needs: ['issuer-key'],
    subjects: oneReadPerService,
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      return ['__proto__', 'constructor', 'toString'].map((iss) => ({ label: `the issuer ${iss}`, token: kit.harness?.forge(good, { payload: { iss } }) ?? '' }));
    },
  }),
  refuses({
    id: 'CLM-10',
    claim: 'a token without a usable subject is refused',
    severity: 'medium',
    source: 'RFC 9068 section 2.2',
    needs: ['issuer-key'],
    subjects: behindKong(protectedReads),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      return [undefined, '', null, 1, ['a', 'b'], {}].map((sub) => ({
        label: `the subject ${JSON.stringify(sub) ?? 'missing'}`,
        token: kit.harness?.forge(good, { payload: { sub } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'CLM-21',
    claim: "a real token for this audience that lacks the route's scope is refused with 403",
    severity: 'critical',
    source: 'RFC 6750 section 3.1; RFC 9068 section 4',
    needs: ['persona'],
    subjects: demandingScopes,
    status: [403],
    challenge: 'insufficient_scope',
    attacks: async (kit, subject) => {
      const real = await withoutScope(kit, subject);
      return real === undefined ? [] : [{ label: 'a real token with another scope of this audience', token: real, valid: true as const }];
    },
    hint: "the route's scopes at the gateway are not those of the blueprint: authctl drift names the field",
  }),
  refuses({
    id: 'CLM-13',
    claim: "a token without the route's scope is refused with 403 and says which scope is missing",
    severity: 'critical',
    source: 'RFC 6750 section 3.1; RFC 9068 section 4',
    needs: ['issuer-key'],
    subjects: demandingScopes,
    status: [403],
    challenge: 'insufficient_scope',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const real = await withoutScope(kit, subject);
      return [
        { label: 'another scope only', token: kit.harness?.forge(good, { payload: { scope: 'openid profile' } }) ?? '', valid: true },
        { label: 'no scope claim', token: kit.harness?.forge(good, { payload: { scope: undefined } }) ?? '', valid: true },
        { label: "the route's scope as part of a longer word", token: kit.harness?.forge(good, { payload: { scope: `${subject.route.scopes[0] ?? ''}x` } }) ?? '', valid: true },
        ...(real === undefined ? [] : [{ label: 'a real token with another scope of this audience', token: real, valid: true as const }]),
      ];
    },
    hint: "the route's scopes at the gateway are not those of the blueprint: authctl drift names the field",
  }),
];
