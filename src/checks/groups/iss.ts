import type { JsonWebKey } from 'node:crypto';
import { isListed } from '../../access/index.ts';
import type { Blueprint, FurtherIssuer } from '../../blueprint/types.ts';
import type { Check, PlainSubject, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { isFor, isMeantFor } from '../kit/audience.ts';
import { askableOf, furtherKeys } from '../kit/further.ts';
import type { PublishedKey } from '../kit/further.ts';
import { NotGiven, scopesIn } from '../kit/given.ts';
import type { FurtherClient } from '../kit/given.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { askForKeys, keysIn } from '../kit/issuer-keys.ts';
import { attackerKey, encodeJson, joinParts, partsOf, publicAsSecrets, signJws } from '../kit/jws.ts';
import { protectedReads, refuses } from '../refuses.ts';

/** A route, and one of the further issuers. */
interface WithIssuer extends RouteSubject {
  readonly further: FurtherIssuer;
}

const pairs = (blueprint: Blueprint, taken: boolean): readonly WithIssuer[] =>
  protectedReads(blueprint).flatMap((subject) =>
    Object.values(blueprint.issuers)
      .filter(({ name }) => subject.service.issuers.includes(name) === taken)
      .map((further) => ({ ...subject, name: `${subject.name} with ${further.name}`, further })),
  );
/** Routes of services that take its tokens. */
const takers = (blueprint: Blueprint): readonly WithIssuer[] => pairs(blueprint, true);
/** Routes of services that do not. */
const others = (blueprint: Blueprint): readonly WithIssuer[] => pairs(blueprint, false);

const issuerOf = (subject: RouteSubject): FurtherIssuer => (subject as WithIssuer).further;

interface Shown {
  readonly who: FurtherClient;
  readonly token: string;
}

/** Real tokens of everybody at the issuer whose token can be had. */
const shownBy = async (kit: Kit, issuer: FurtherIssuer): Promise<readonly Shown[]> => {
  const clients = askableOf(kit.blueprint, issuer);
  if (clients.length === 0) throw new NotGiven(`no client of ${issuer.name} has a secret or a token here (issuers.${issuer.name}.clients)`);
  return Promise.all(clients.map(async (who) => ({ who, token: (await kit.tokenOf(who.name)).reveal() })));
};

/** A real token that passes on the route, by the blueprint. */
const goodOf = async (kit: Kit, subject: RouteSubject): Promise<Shown> => {
  const issuer = issuerOf(subject);
  const who = askableOf(kit.blueprint, issuer).find(({ name }) => isListed(kit.blueprint, name, subject.route));
  if (who === undefined) throw new NotGiven(`nobody of ${issuer.name} whose token can be had is expected to pass there`);
  return { who, token: (await kit.tokenOf(who.name)).reveal() };
};
const goodAttack = async (kit: Kit, subject: RouteSubject): Promise<Attack> => ({ label: `a good token of ${issuerOf(subject).name}`, token: (await goodOf(kit, subject)).token });

/** Why a real token is not enough for the route: by what is in it, whatever the blueprint says of its client. */
const lacks = ({ blueprint }: Kit, { service, route }: RouteSubject, token: string): string | undefined => {
  const { payload } = partsOf(token);
  if (!isMeantFor(blueprint, service, payload)) return 'for another audience';
  const missing = route.scopes.filter((scope) => !scopesIn(payload).includes(scope));
  return missing.length > 0 ? `without ${missing.join(' and ')}` : undefined;
};

/** The same key, whatever it is called: by the members of its thumbprint (RFC 7638 section 3.2). */
const sameKey = (one: PublishedKey, other: PublishedKey): boolean => one['kty'] === other['kty'] && (one['kty'] === 'RSA' ? one['n'] === other['n'] && one['e'] === other['e'] : one['x'] === other['x'] && one['y'] === other['y']);

interface IssuerSubject extends PlainSubject {
  readonly further: FurtherIssuer;
}

/** Several issuers (`issuers`): each is believed by its own keys, for its own tokens, and where a service names it. */
export const iss: readonly Check[] = [
  refuses({
    id: 'ISS-01',
    claim: 'a service takes no token of an issuer that it does not name, though another service does',
    severity: 'critical',
    source: 'RFC 8725 section 3.8; RFC 9068 section 4; OpenID Connect Core section 3.1.3.7',
    needs: ['further-issuer'],
    subjects: others,
    challenge: 'invalid_token',
    attacks: async (kit, subject) =>
      (await shownBy(kit, issuerOf(subject))).map(({ who, token }) => ({ label: `a real token of ${who.name}${isFor(issuerOf(subject), subject.service.audiences, partsOf(token).payload) ? '' : ', for another audience'}`, token })),
    hint: 'the guard, or the authorizer, takes an issuer that the blueprint does not name there: authctl drift names the field',
  }),
  refuses({
    id: 'ISS-02',
    claim: 'a key of our issuer signs nothing for a further one, under its own key id or under one of theirs',
    severity: 'critical',
    source: 'RFC 8725 section 3.8; OpenID Connect Core section 10.1',
    needs: ['further-issuer', 'issuer-key'],
    subjects: takers,
    challenge: 'invalid_token',
    control: goodAttack,
    attacks: async (kit, subject) => {
      const { token } = await goodOf(kit, subject);
      const { header, payload } = partsOf(token);
      const { harness } = kit;
      if (!harness) return [];
      return Object.entries({ 'its own key id': harness.kid, 'their key id': header.kid }).map(([label, kid]) => ({
        label: `a token that says ${issuerOf(subject).name}, signed by a key of ours under ${label}`,
        token: signJws({ ...header, alg: harness.alg, kid }, payload, harness.key, harness.alg),
      }));
    },
    hint: 'are keys found by their id alone, in one set for all issuers?',
  }),
  refuses({
    id: 'ISS-03',
    claim: 'a token that almost names a further issuer, or names two, is refused',
    severity: 'high',
    source: 'RFC 7519 section 4.1.1; RFC 8725 section 3.8',
    needs: ['issuer-key'],
    subjects: takers,
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const { url } = issuerOf(subject);
      const own = kit.blueprint.issuer;
      return [`${url}/`, url.toUpperCase(), `${url}x`, [url], [own, url], `${own} ${url}`, `${url}#${own}`].map((iss) => ({
        label: `the issuer ${JSON.stringify(iss)}`,
        token: kit.harness?.forge(good, { payload: { iss } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'ISS-04',
    claim: 'a token of a further issuer that is unsigned, changed, signed by an attacker or by an HMAC under its public key is refused',
    severity: 'critical',
    source: 'RFC 8725 sections 2.1, 3.1 and 3.2; RFC 7515 section 5.2',
    needs: ['further-issuer'],
    subjects: takers,
    challenge: 'invalid_token',
    control: goodAttack,
    attacks: async (kit, subject) => {
      const { token } = await goodOf(kit, subject);
      const { header, payload, segments } = partsOf(token);
      const jwk = (await furtherKeys(kit, issuerOf(subject)))?.find(({ kid }) => kid === header.kid);
      return [
        { label: 'alg none and no signature', token: joinParts({ ...header, alg: 'none' }, payload, '') },
        { label: 'alg none with the signature kept', token: joinParts({ ...header, alg: 'none' }, payload, segments[2]) },
        { label: 'another subject under its signature', token: `${segments[0]}.${encodeJson({ ...payload, sub: 'somebody-else' })}.${segments[2]}` },
        { label: 'our issuer under its signature', token: `${segments[0]}.${encodeJson({ ...payload, iss: kit.blueprint.issuer })}.${segments[2]}` },
        { label: "the attacker's key under its key id", token: signJws({ ...header, alg: 'RS256' }, payload, attackerKey(), 'RS256') },
        ...(jwk ? publicAsSecrets(jwk as JsonWebKey).flatMap(([name, secret]) => ['HS256', 'HS512'].map((alg) => ({ label: `${alg} under ${name} of its key`, token: signJws({ ...header, alg }, payload, Buffer.from(secret), alg) }))) : []),
      ];
    },
  }),
  refuses({
    id: 'ISS-05',
    claim: 'a real token of a further issuer that is for another audience, or lacks a scope of the route, is refused',
    severity: 'critical',
    source: 'RFC 9068 section 4; RFC 6750 section 3.1',
    needs: ['further-issuer'],
    subjects: takers,
    status: [401, 403],
    attacks: async (kit, subject) =>
      (await shownBy(kit, issuerOf(subject))).flatMap(({ who, token }) => {
        const lacking = lacks(kit, subject, token);
        return lacking === undefined ? [] : [{ label: `a real token of ${who.name}, ${lacking}`, token }];
      }),
    hint: 'does whoever verifies ask for the audience of that issuer’s tokens, and for the scopes of the route, whoever has issued the token?',
  }),
  defineCheck<IssuerSubject>({
    id: 'ISS-06',
    claim: 'no key is published by two of the issuers: what one signs could not be told from what the other does',
    severity: 'critical',
    source: 'RFC 8725 section 3.8; RFC 7517 section 5',
    subjects: (blueprint) => Object.values(blueprint.issuers).map((further) => ({ name: `issuer ${further.name}`, origin: blueprint.at(`issuers.${further.name}`), further })),
    run: async ({ further }, kit) => {
      const evidence = [{ request: `read the keys of ${further.url}` }];
      const unread = (of: string) => ({ status: 'inconclusive', why: `the keys of ${of} could not be read`, evidence }) as const;
      const theirs = await furtherKeys(kit, further);
      if (theirs === undefined || theirs.length === 0) return unread(further.url);
      const answer = await askForKeys(kit);
      const ours = keysIn(answer);
      if (ours === undefined) return unread(kit.blueprint.issuer);
      const sets: [string, readonly PublishedKey[]][] = [[kit.blueprint.issuer, ours]];
      for (const other of Object.values(kit.blueprint.issuers)) {
        if (other.name === further.name) break;
        const keys = await furtherKeys(kit, other);
        if (keys === undefined) return unread(other.url);
        sets.push([other.url, keys]);
      }
      const shared = sets.flatMap(([of, keys]) => keys.flatMap((key) => (theirs.some((one) => sameKey(one, key)) ? [`${String(key.kid)} of ${of}`] : [])));
      return shared.length === 0 ? { status: 'passed', evidence } : { status: 'failed', why: `it publishes a key that is another issuer's, too: ${shared.join(', ')}`, hint: 'who holds that key signs for both: have each issuer make keys of its own', evidence };
    },
  }),
];
