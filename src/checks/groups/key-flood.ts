import { endpointsOf } from '../../blueprint/issuer.ts';
import { randomUUID } from 'node:crypto';
import { isLoopback } from '../../blueprint/checks/addresses.ts';
import type { Check } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { readJson } from '../kit/http.ts';
import { attackerKey, encodeJson, partsOf, signJws } from '../kit/jws.ts';
import { oneReadPerService, refuses, theIssuer } from '../refuses.ts';

const FLOOD = 60;

/** Keys that nobody has, in numbers, and the way on which keys travel. */
export const keyWays: readonly Check[] = [
  refuses({
    id: 'KEY-13',
    claim: `a flood of key ids that nobody knows (${FLOOD} in a row) is refused one by one, soon, and locks nobody out`,
    severity: 'medium',
    source: 'OWASP API4:2023; RFC 8725 section 3.10; CWE-400',
    subjects: oneReadPerService,
    within: 2000,
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      // One signature for all: who looks for the key first never comes to it.
      const { segments } = partsOf(signJws(header, payload, attackerKey()));
      return Array.from({ length: FLOOD }, (_, index) => ({
        label: `unknown key id ${index + 1} of ${FLOOD}`,
        token: `${encodeJson({ ...header, kid: randomUUID() })}.${segments[1]}.${segments[2]}`,
      }));
    },
  }),
  defineCheck({
    id: 'KEY-11',
    claim: "keys and tokens travel over TLS: every address in the issuer's discovery is https, or on this machine",
    severity: 'high',
    source: 'RFC 8725 section 3.8; OpenID Connect Discovery sections 3 and 4',
    subjects: theIssuer,
    run: async (_subject, kit) => {
      const answer = await kit.send({ url: endpointsOf(kit.blueprint).discovery, method: 'GET', headers: [] });
      const evidence = [{ request: 'GET .well-known/openid-configuration', status: answer.status }];
      if (answer.status !== 200) return { status: 'failed', why: `discovery answered ${answer.status}`, evidence };
      const plain = Object.entries(readJson(answer.body) ?? {}).filter(([name, value]) => /(_endpoint|_uri|_iframe|^issuer)$/.test(name) && typeof value === 'string' && isPlain(value));
      return plain.length === 0
        ? { status: 'passed', evidence }
        : { status: 'failed', why: `plain http: ${plain.map(([name]) => name).join(', ')}`, hint: kit.blueprint.foreign ? 'whose issuer it is can tell' : "is Keycloak's hostname set, and does its proxy say https?", evidence };
    },
  }),
];

const isPlain = (address: string): boolean => {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' && !isLoopback(url);
  } catch {
    return true;
  }
};
