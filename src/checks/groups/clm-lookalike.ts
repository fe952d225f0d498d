import { kongVerifies } from '../../access/index.ts';
import type { RouteSubject } from '../contract.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { attackerKey, partsOf, signJws } from '../kit/jws.ts';
import { behindKong, oneReadPerService, protectedReads, refuses } from '../refuses.ts';

/** A letter that looks like the first one of its kind in a text, from another alphabet; the text with a sign that nobody sees when it has none. */
const confusable = (text: string): string => {
  const twins: Readonly<Record<string, string>> = { a: '\u0430', e: '\u0435', o: '\u043e', p: '\u0440', c: '\u0441', i: '\u0456', s: '\u0455' };
  const at = [...text].findIndex((letter) => letter in twins);
  return at < 0 ? `${text}\u200b` : `${text.slice(0, at)}${twins[text[at] ?? ''] ?? ''}${text.slice(at + 1)}`;
};

/** Texts that a lenient comparison takes for `name`. */
const lookalikesOf = (name: string): readonly string[] => {
  const capital = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return [...new Set([
    capital, `${name}/`, `${name}.`, ` ${name}`, `${name} `, `${name}\u0000`, `${name}\u0000x`, `x${name}`, `${name}-admin`, name.slice(0, -1), `${name},other`, `${name} other`,
    confusable(name), `${name}\u200b`, `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`, `https://${name}`, `urn:${name}`, '*', `${name.slice(0, 1)}*`, `(${name}|x)`,
  ])].filter((text) => text !== name);
};

/** Addresses that a lenient comparison takes for an issuer's. */
const issuersLike = (issuer: string): readonly (string | readonly string[])[] => {
  const { protocol, host, hostname, port, pathname } = new URL(issuer);
  const other = protocol === 'https:' ? 'http:' : 'https:';
  const standard = protocol === 'https:' ? '443' : '80';
  return [
    `${other}//${host}${pathname}`, `${protocol}//${host.toUpperCase()}${pathname}`, `${protocol.toUpperCase()}//${host}${pathname}`, `${protocol}//${hostname}.${port === '' ? '' : `:${port}`}${pathname}`,
    `${protocol}//${hostname}:${port === standard || port === '' ? `0${standard}` : `0${port}`}${pathname}`, `${protocol}//user@${host}${pathname}`, `${protocol}//${host}@evil.example${pathname}`,
    `${protocol}//${host}.evil.example${pathname}`, `${protocol}//${host}/${pathname}`, `${protocol}//${host}/x/..${pathname}`, `${issuer}?x=1`, `${issuer}#x`, `${issuer}/../master`, `${issuer}%2F`, `${issuer} `,
    ` ${issuer}`, `${issuer}\u0000`, confusable(issuer), issuer.slice(0, -1), 'https://evil.example', [issuer, 'https://evil.example'], ['https://evil.example', issuer],
  ].filter((value) => value !== issuer);
};

const forgedWith = async (kit: Kit, subject: RouteSubject, member: string, values: readonly unknown[], called: string): Promise<readonly Attack[]> => {
  const good = (await kit.good(subject)).reveal();
  return values.map((value) => ({ label: `${called} ${JSON.stringify(value)}`, token: kit.harness?.forge(good, { payload: { [member]: value } }) ?? '' }));
};

/** Claims that look right: a verifier compares bytes, and nothing that it makes of them. */
export const lookalikes = [
  refuses({
    id: 'CLM-16',
    claim: 'an audience that only looks like the own one (case, ends, blanks, other alphabets, patterns) is refused',
    severity: 'high',
    source: 'RFC 7519 sections 4.1.3 and 7.3; Unicode TR 39',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: (kit, subject) => {
      const names = lookalikesOf(subject.service.audience);
      return forgedWith(kit, subject, 'aud', [...names, names, [subject.service.audience.toUpperCase()]], 'the audience');
    },
  }),
  refuses({
    id: 'CLM-17',
    claim: 'an issuer that only looks like the own one (scheme, case, port, path, user, other alphabets, a list) is refused',
    severity: 'critical',
    source: 'RFC 7519 sections 4.1.1 and 7.3; RFC 8725 section 3.8',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: (kit, subject) => forgedWith(kit, subject, 'iss', issuersLike(kit.blueprint.issuer), 'the issuer'),
  }),
  refuses({
    id: 'CLM-18',
    claim: "a scope that only looks like the route's (case, part, list signs, other blanks, patterns) opens nothing",
    severity: 'high',
    source: 'RFC 6749 section 3.3; RFC 6750 section 3.1',
    needs: ['issuer-key'],
    status: [403],
    subjects: (blueprint) => protectedReads(blueprint).filter(({ route }) => route.scopes.length > 0),
    attacks: (kit, subject) => {
      const [scope = ''] = subject.route.scopes;
      const [head = ''] = scope.split(':');
      const texts = [scope.toUpperCase(), `${scope}s`, `x${scope}`, `${head}:*`, '*', `${scope},openid`, `openid,${scope}`, `openid\u00a0${scope}`, `openid+${scope}`, `"${scope}"`, confusable(scope), `${scope}\u200b`];
      return forgedWith(kit, subject, 'scope', texts, 'the scope');
    },
  }),
  refuses({
    id: 'CLM-07',
    claim: 'the assertion by which a client shows who it is (private_key_jwt) is no access token',
    severity: 'high',
    source: 'RFC 7523 section 3; RFC 8725 sections 2.8 and 3.12',
    subjects: oneReadPerService,
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header } = partsOf((await kit.good(subject)).reveal());
      const now = Math.floor(kit.clock.now() / 1000);
      return Object.keys(kit.blueprint.realm.clients).map((client) => {
        const claims = { iss: client, sub: client, aud: kit.blueprint.issuer, jti: `authctl-${client}`, iat: now, exp: now + 60 };
        return { label: `an assertion of ${client}`, token: signJws({ alg: 'RS256', kid: header.kid }, claims, attackerKey()) };
      });
    },
  }),
  refuses({
    id: 'POP-01',
    claim: 'a token that is bound to a key (cnf) is refused when it comes as a bearer token',
    severity: 'high',
    source: 'RFC 9449 sections 7.1 and 7.2; RFC 8705 section 3',
    needs: ['issuer-key'],
    subjects: (blueprint) => behindKong(protectedReads)(blueprint).filter(({ service }) => kongVerifies(service) && service.authentication.token.bound === 'none'),
    challenge: 'invalid_token',
    attacks: (kit, subject) => {
      const thumbprint = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
      return forgedWith(kit, subject, 'cnf', [{ jkt: thumbprint }, { 'x5t#S256': thumbprint }, { jwk: { kty: 'OKP', crv: 'Ed25519', x: thumbprint } }], 'the member cnf');
    },
  }),
];
