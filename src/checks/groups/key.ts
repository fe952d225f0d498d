import { endpointsOf } from '../../blueprint/issuer.ts';
import { createPublicKey } from 'node:crypto';
import type { Check } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { readJson } from '../kit/http.ts';
import { withListener } from '../kit/listener.ts';
import { attackerKey, b64u, joinParts, partsOf, signJws } from '../kit/jws.ts';
import { behindKong, oneReadPerService, protectedReads, refuses, theIssuer } from '../refuses.ts';
import { publishedKeys } from './sig.ts';

const attackerJwk = (): Record<string, unknown> => ({ ...createPublicKey(attackerKey()).export({ format: 'jwk' }), kid: 'attacker', use: 'sig', alg: 'RS256' });

/** Keys: only the issuer's own, found by its own key id; nothing a token says can bring in another. */
export const key: readonly Check[] = [
  refuses({
    id: 'KEY-01',
    claim: 'a key embedded in the header (jwk, x5c) is not used',
    severity: 'critical',
    source: 'RFC 8725 section 3.10; ASVS 5.0 9.1.3',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const jwk = attackerJwk();
      return [
        { label: "the attacker's jwk in the header", token: signJws({ ...header, jwk, kid: 'attacker' }, payload, attackerKey()) },
        { label: "the attacker's jwk under the issuer's kid", token: signJws({ ...header, jwk }, payload, attackerKey()) },
        { label: 'a certificate chain in the header', token: signJws({ ...header, x5c: ['MIIB'] }, payload, attackerKey()) },
      ];
    },
  }),
  defineCheck({
    id: 'KEY-02',
    claim: 'what a token points to is never fetched: a key set (jku, x5u), or an issuer of its own (iss) that publishes one',
    severity: 'critical',
    source: 'RFC 8725 sections 3.8 and 3.10; ASVS 5.0 9.1.3; OpenID Connect Discovery section 4',
    subjects: protectedReads,
    run: (subject, kit) =>
      // A key set and a discovery document in one, wherever it is looked for.
      withListener((url) => JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, keys: [attackerJwk()] }), async ({ url, hits }) => {
        const { header, payload } = partsOf((await kit.good(subject)).reveal());
        const variants = { jku: [{ jku: `${url}/jwks` }, {}], x5u: [{ x5u: `${url}/x5u` }, {}], iss: [{}, { iss: url }] } as const;
        const evidence = [];
        for (const [member, [inHeader, inPayload]] of Object.entries(variants)) {
          const token = signJws({ ...header, ...inHeader, kid: 'attacker' }, { ...payload, ...inPayload }, attackerKey());
          const answer = await kit.call(subject, { label: `${member} to a listener`, token });
          evidence.push(answer.evidence);
          if (answer.status !== 401) return { status: answer.status >= 500 ? 'crashed' : 'failed', why: `expected 401, got ${answer.status}`, evidence };
        }
        return hits() === 0 ? { status: 'passed', evidence } : { status: 'failed', why: `the listener was asked ${hits()} times`, evidence };
      }),
  }),
  refuses({
    id: 'KEY-04',
    claim: 'a key id that is a path leads nowhere',
    severity: 'critical',
    source: 'RFC 8725 section 3.10',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return ['../../../../../dev/null', '/dev/null', 'file:///dev/null', '..%2f..%2fdev%2fnull'].map((kid) => ({
        label: `the kid ${kid}`,
        token: signJws({ ...header, alg: 'HS256', kid }, payload, Buffer.alloc(0), 'HS256'),
      }));
    },
  }),
  refuses({
    id: 'KEY-05',
    claim: 'a key id that is a query finds no key',
    severity: 'critical',
    source: 'RFC 8725 section 3.10',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      const { header, payload } = partsOf(good);
      // As long as the 8 kB that a server takes of headers allow beside such a token: longer, it would be refused for its length.
      const room = Math.max(200, Math.min(4000, Math.floor(((6500 - good.length) * 3) / 4)));
      return ["x' UNION SELECT '1';--", '*)(uid=*', '\u0000', 'a'.repeat(room), '${jndi:ldap://127.0.0.1/a}'].map((kid) => ({
        label: `the kid ${kid.length > 40 ? `of ${kid.length} characters` : JSON.stringify(kid)}`,
        token: signJws({ ...header, alg: 'HS256', kid }, payload, Buffer.from('1'), 'HS256'),
      }));
    },
  }),
  refuses({
    id: 'KEY-06',
    claim: 'a good signature under an unknown key id is refused',
    severity: 'medium',
    source: 'RFC 7515 section 4.1.4',
    needs: ['issuer-key'],
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      return ['evil', '', undefined, null, 1, ['x']].map((kid) => ({
        label: `the kid ${JSON.stringify(kid) ?? 'missing'}`,
        token: kit.harness?.forge(good, { header: { kid } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'KEY-07',
    claim: 'an issuer or key id is never taken from the wrong part of the token',
    severity: 'medium',
    source: 'RFC 7519 section 5.3',
    needs: ['issuer-key'],
    subjects: behindKong(protectedReads),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      return [
        { label: 'the issuer in the header only', token: kit.harness?.forge(good, { header: { iss: kit.blueprint.issuer }, payload: { iss: undefined } }) ?? '' },
        { label: 'a kid among the claims', token: kit.harness?.forge(good, { header: { kid: 'evil' }, payload: { kid: kit.harness.kid } }) ?? '' },
      ];
    },
  }),
  refuses({
    id: 'KEY-08',
    claim: "a token that names the issuer's encryption key is refused",
    severity: 'medium',
    source: 'RFC 7517 section 4.2',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const encryption = (await publishedKeys(kit)).find(({ use }) => use === 'enc');
      if (!encryption) return [];
      return [{ label: 'the kid of the key with use enc', token: signJws({ ...header, kid: encryption.kid }, payload, attackerKey()) }];
    },
  }),
  defineCheck({
    id: 'KEY-12',
    claim: 'discovery names the very issuer that tokens carry',
    severity: 'high',
    source: 'OpenID Connect Discovery section 4.3',
    subjects: theIssuer,
    run: async (_subject, kit) => {
      const answer = await kit.send({ url: endpointsOf(kit.blueprint).discovery, method: 'GET', headers: [] });
      const evidence = [{ request: 'GET .well-known/openid-configuration', status: answer.status }];
      if (answer.status !== 200) return { status: 'failed', why: `discovery answered ${answer.status}`, evidence };
      const issuer = readJson(answer.body)?.issuer;
      return issuer === kit.blueprint.issuer
        ? { status: 'passed', evidence }
        : { status: 'failed', why: `discovery says ${typeof issuer === 'string' ? issuer : 'nothing'}, the blueprint ${kit.blueprint.issuer}`, evidence };
    },
  }),
  refuses({
    id: 'KEY-03',
    claim: 'a key set at an internal address is not fetched either, and the answer is no slower for it',
    severity: 'high',
    source: 'OWASP API7:2023; RFC 8725 section 3.10',
    subjects: oneReadPerService,
    within: 1000,
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return ['http://169.254.169.254/latest/meta-data/', 'http://localhost:8001/', 'file:///etc/passwd'].map((jku) => ({
        label: `jku ${jku}`,
        token: joinParts({ ...header, jku }, payload, b64u(Buffer.alloc(256))),
      }));
    },
  }),
];
