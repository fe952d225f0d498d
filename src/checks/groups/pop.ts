import { createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import type { Blueprint, TokenPlacement } from '../../blueprint/types.ts';
import { isBound, PROOF_WINDOW } from '../../patterns/bound.ts';
import { asksNonces, remembersTogether } from '../../patterns/proof-store.ts';
import type { Evidence } from '../../core/report.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import type { Answer, Attack, Kit } from '../kit/index.ts';
import { newProofKey, nonceOf, proofBy } from '../kit/proofs.ts';
import type { Otherwise } from '../kit/proofs.ts';
import { brokeDown, gotThrough } from '../kit/through.ts';
import { baseOfKong, behindKong, oneReadPerService, protectedReads, refuses } from '../refuses.ts';
import { kongVerifies, pathFor } from '../../access/index.ts';

const onlyBound =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    behindKong(subjects)(blueprint).filter(({ service }) => isBound(service.authentication, 'dpop'));

const onlyNonced =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    onlyBound(subjects)(blueprint).filter(({ service }) => asksNonces(service.authentication.token));

/** What the nonces of a service are made of. */
const nonceIn = ({ service: { authentication: { token } } }: RouteSubject): { readonly secret: string; readonly lifetime: number } =>
  ({ secret: token.proofs?.nonce?.secret.reveal() ?? '', lifetime: token.proofs?.nonce?.lifetime ?? 300 });

const onlyCertified =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    behindKong(subjects)(blueprint).filter(({ service: { authentication } }) => isBound(authentication, 'mtls') && authentication.token.certificates?.verify !== undefined);

/**
 * A certificate is no secret: whoever has seen one can put it into every header that a proxy would say it in, most of all into the one that the gateway believes
 * of a proxy in front, which must take it off.
 */
export const saying = (pem: string, believed: TokenPlacement['certificates']): readonly (readonly [name: string, value: string])[] => {
  const certificate = new X509Certificate(pem);
  const [bytes, text] = [`:${certificate.raw.toString('base64')}:`, encodeURIComponent(certificate.toString())];
  const known = [['Client-Cert', bytes], ['X-Forwarded-Client-Cert', `Hash=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()};Cert="${text}"`], ['X-SSL-Client-Cert', text], ['X-Amzn-Mtls-Clientcert', text]] as const;
  if (believed?.from !== 'header') return known;
  const { header, format } = believed;
  return [...known.filter(([name]) => name.toLowerCase() !== header.toLowerCase()), [header, format === 'pem' ? text : bytes]];
};

/** A request that shows the token as it is bound, with these proofs. */
const shownWith = (label: string, token: string, proofs: readonly string[]): Attack => ({
  label, proven: true, headers: [['Authorization', `DPoP ${token}`], ...proofs.map((proof) => ['DPoP', proof] as const)],
});

/** Without a slash at its end. */
const secondNodeOf = ({ blueprint }: Kit): string => blueprint.targets.kong?.proxy.secondNode?.replace(/\/$/, '') ?? '';

interface Shown {
  readonly token: string;
  readonly url: string;
  readonly method: string;
  /** A proof of the key of the run, but for what is said. */
  readonly proof: (otherwise?: Otherwise) => string;
}
const shown = async (kit: Kit, subject: RouteSubject): Promise<Shown> => {
  const token = (await kit.good(subject)).reveal();
  // The first one of a run is told which nonce proofs must hold.
  if (asksNonces(subject.service.authentication.token) && kit.tokens.proofs.nonce() === undefined) await kit.call(subject, { label: 'a good token with a proof, to be told a nonce', token });
  const { method } = subject.route;
  const url = `${baseOfKong(kit.blueprint)}${pathFor(subject.service, subject.route, kit.whoPasses(subject))}`;
  return { token, url, method, proof: (otherwise) => kit.tokens.proofs.prove(method, url, token, otherwise) };
};

/** The same with a good proof must pass: else whatever is refused would be refused for something else. */
const control = async (kit: Kit, subject: RouteSubject): Promise<Attack> => {
  const { token, proof } = await shown(kit, subject);
  return shownWith('a good token with a proof of its key', token, [proof()]);
};
/** A proof with the claims of another one of the same key, which its signature is not of. */
const withClaimsOf = (proof: string, other: string): string => proof.split('.').map((part, at) => (at === 1 ? (other.split('.')[1] ?? '') : part)).join('.');

const bad = { severity: 'high', challenge: 'invalid_dpop_proof', control } as const;
const HOUR = 3600;

/** Tokens that are bound to a key (DPoP): whoever has the token and not the key has nothing. */
export const pop: readonly Check[] = [
  refuses({
    ...bad,
    id: 'POP-02',
    claim: 'a bound token without a proof, as a thief has it, or with two, is refused',
    severity: 'critical',
    source: 'RFC 9449 sections 4.3 and 7.1',
    subjects: onlyBound(protectedReads),
    attacks: async (kit, subject) => {
      const { token, proof } = await shown(kit, subject);
      return [shownWith('no proof', token, []), shownWith('an empty proof', token, ['']), shownWith('two proofs', token, [proof(), proof()]), shownWith('the token as its own proof', token, [token])];
    },
  }),
  refuses({
    ...bad,
    id: 'POP-03',
    claim: 'a proof for another method or another address is refused',
    source: 'RFC 9449 section 4.3',
    subjects: onlyBound(protectedReads),
    attacks: async (kit, subject) => {
      const { token, url, proof } = await shown(kit, subject);
      const other = new URL(url);
      return [
        ...['POST', 'get', ''].map((htm) => shownWith(`a proof for the method ${htm === '' ? 'of no name' : htm}`, token, [proof({ claims: { htm } })])),
        ...[`${url}x`, `${url}/`, url.replace(other.host, 'elsewhere.example'), url.replace('://', '://evil.example/'), other.pathname, url.replace(/^http/, 'ftp')].map((htu) => shownWith('a proof for another address', token, [proof({ claims: { htu } })])),
      ];
    },
  }),
  refuses({
    ...bad,
    id: 'POP-04',
    claim: 'a proof that is not signed, or not by the public key that it shows, is refused, and one that shows a private key',
    severity: 'critical',
    source: 'RFC 9449 sections 4.2 and 4.3',
    subjects: onlyBound(protectedReads),
    attacks: async (kit, subject) => {
      const { token, proof } = await shown(kit, subject);
      const { privateKey, jwk } = kit.tokens.proofs.key();
      const none = proof({ header: { alg: 'none' } }).split('.');
      return [
        shownWith('alg none', token, [`${none[0] ?? ''}.${none[1] ?? ''}.`]),
        shownWith('alg none beside a signature', token, [none.join('.')]),
        shownWith('claims that were changed', token, [withClaimsOf(proof(), proof())]),
        shownWith('the private key', token, [proof({ header: { jwk: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })).export({ format: 'jwk' }) } })]),
        shownWith('no key', token, [proof({ header: { jwk: undefined } })]),
        shownWith('the key signed for by another', token, [proofBy({ ...newProofKey(), jwk }, { ...(await shown(kit, subject)), now: kit.clock.now() })]),
        shownWith('another type', token, [proof({ header: { typ: 'JWT' } })]),
      ];
    },
  }),
  defineCheck({
    id: 'POP-05',
    claim: 'a proof is good for one request: who copies it with its token comes too late',
    severity: 'high',
    source: 'RFC 9449 section 11.1',
    subjects: onlyBound(oneReadPerService),
    run: async (subject, kit) => {
      const { token, proof } = await shown(kit, subject);
      const attack = shownWith('a good token with a proof of its key', token, [proof()]);
      const first = await kit.call(subject, attack);
      const second = await kit.call(subject, { ...attack, label: 'the same token with the same proof' });
      const evidence = [first.evidence, second.evidence];
      if (!gotThrough(first)) return { status: 'inconclusive', why: `a proof must pass once, and it got ${first.status}`, evidence };
      if (second.status === 401 && (second.upstream?.length ?? 0) === 0) return { status: 'passed', evidence };
      return { status: brokeDown(second) ? 'crashed' : 'failed', why: `the second time it got ${second.status}`, evidence };
    },
  }),
  defineCheck({
    id: 'POP-12',
    claim: 'a proof that was shown to one node of the gateway is refused by another, too',
    severity: 'high',
    source: 'RFC 9449 section 11.1; the blueprint: token.proofs',
    needs: ['second-node'],
    subjects: (blueprint) => onlyBound(oneReadPerService)(blueprint).filter(({ service }) => remembersTogether(service.authentication.token)),
    run: async (subject, kit) => {
      const { token, proof } = await shown(kit, subject);
      const second = secondNodeOf(kit);
      const at = (base: string | undefined, label: string, text: string): Promise<Answer> => kit.call(subject, { ...shownWith(label, token, [text]), ...(base !== undefined && { base }) });
      const text = proof();
      const own = await at(second, 'a good token with a proof of its key, at the second node', proof());
      const first = await at(undefined, 'a good token with another proof, at the first node', text);
      const again = await at(second, 'the same token with the same proof, at the second node', text);
      const evidence = [own.evidence, first.evidence, again.evidence];
      for (const answer of [own, first]) if (!gotThrough(answer)) return { status: 'inconclusive', why: `a proof must pass once at each node, and it got ${answer.status}`, evidence };
      if (again.status === 401 && (again.upstream?.length ?? 0) === 0) return { status: 'passed', evidence };
      return { status: brokeDown(again) ? 'crashed' : 'failed', why: `the second node answered ${again.status} to a proof that the first had seen`, evidence };
    },
  }),
  refuses({
    ...bad,
    id: 'POP-13',
    claim: 'a proof without a nonce, or with one that the gateway has not told lately, is refused, and told one that gets through',
    source: 'RFC 9449 sections 8 and 9; the blueprint: token.proofs.nonce',
    challenge: 'use_dpop_nonce',
    subjects: onlyNonced(oneReadPerService),
    attacks: async (kit, subject) => {
      const { token, proof } = await shown(kit, subject);
      const { secret, lifetime } = nonceIn(subject);
      const period = Math.floor(kit.clock.now() / 1000 / lifetime);
      const told = kit.tokens.proofs.nonce() ?? '';
      const others: Readonly<Record<string, unknown>> = {
        'no nonce': undefined, 'an empty nonce': '', 'a nonce that somebody made up': randomBytes(16).toString('base64url'), 'a nonce that is cut off': told.slice(0, -1), 'a list as the nonce': [told],
        'a nonce of long ago': nonceOf(secret, period - 3), 'a nonce of the future': nonceOf(secret, period + 3),
        'a nonce of another secret': nonceOf(randomBytes(24).toString('base64url'), period),
      };
      return Object.entries(others).map(([name, nonce]) => shownWith(`a proof with ${name}`, token, [proof({ claims: { nonce } })]));
    },
  }),
  defineCheck({
    id: 'POP-14',
    claim: 'a nonce that one node of the gateway has told is taken by another',
    severity: 'medium',
    source: 'RFC 9449 section 9; the blueprint: token.proofs.nonce',
    needs: ['second-node'],
    subjects: onlyNonced(oneReadPerService),
    run: async (subject, kit) => {
      const { token, proof } = await shown(kit, subject);
      const second = secondNodeOf(kit);
      const [first, other] = [{}, { base: second }];
      const evidence: Evidence[] = [];
      for (const [from, to, name] of [[first, other, 'first'], [other, first, 'second']] as const) {
        const asked = await kit.call(subject, { ...shownWith(`a proof without a nonce, at the ${name} node`, token, [proof({ claims: { nonce: undefined } })]), ...from });
        const nonce = asked.headers['dpop-nonce'];
        evidence.push(asked.evidence);
        if (nonce === undefined) return { status: 'inconclusive', why: `the ${name} node tells no nonce: it answered ${asked.status}`, evidence };
        const answer = await kit.call(subject, { ...shownWith(`a proof with the nonce of the ${name} node, at the other`, token, [proof({ claims: { nonce } })]), ...to });
        evidence.push(answer.evidence);
        if (gotThrough(answer)) continue;
        const status = brokeDown(answer) ? 'crashed' : answer.status === 401 ? 'failed' : 'inconclusive';
        return { status, why: `the nonce of the ${name} node got ${answer.status} at the other`, evidence, hint: 'do all nodes have the secret of the blueprint, and a clock that goes right?' };
      }
      return { status: 'passed', evidence };
    },
  }),
  refuses({
    ...bad,
    id: 'POP-06',
    claim: 'a proof that is older than a minute, or of the future, is refused, and one that does not say when it was made',
    source: 'RFC 9449 sections 4.3 and 11.1',
    subjects: onlyBound(oneReadPerService),
    attacks: async (kit, subject) => {
      const { token, proof } = await shown(kit, subject);
      const now = Math.floor(kit.clock.now() / 1000);
      // A service that verifies for itself says for itself how old a proof may be. Of the gateway the clock may be behind by the leeway as well.
      const { authentication: { token: { leeway } } } = subject.service;
      const stale = kongVerifies(subject.service) ? [now - PROOF_WINDOW - 2 * leeway - 1] : [];
      return [...stale, now - HOUR, now + HOUR, now * 1000, String(now), undefined].map((iat) => shownWith('a proof of another time', token, [proof({ claims: { iat } })]));
    },
  }),
  refuses({
    ...bad,
    id: 'POP-09',
    claim: 'a proof of another key than that of the token, or for another token, is refused',
    severity: 'critical',
    source: 'RFC 9449 sections 4.3 and 6.1',
    subjects: onlyBound(protectedReads),
    attacks: async (kit, subject) => {
      const all = await shown(kit, subject);
      return [
        shownWith("a proof of the thief's own key", all.token, [proofBy(newProofKey(), { ...all, now: kit.clock.now() })]),
        ...[createHash('sha256').update('another').digest('base64url'), '', undefined].map((ath) => shownWith('a proof for another token', all.token, [all.proof({ claims: { ath } })])),
        ...['', undefined, 7].map((jti) => shownWith('a proof without a name of its own', all.token, [all.proof({ claims: { jti } })])),
      ];
    },
  }),
  refuses({
    id: 'POP-10',
    claim: 'a bound token that is shown as a bearer is refused, with a good proof as well',
    severity: 'critical',
    source: 'RFC 9449 sections 7.1 and 7.2',
    challenge: 'invalid_token',
    control,
    subjects: onlyBound(protectedReads),
    attacks: async (kit, subject) => {
      const { token, proof } = await shown(kit, subject);
      const bearer = ['Authorization', `Bearer ${token}`] as const;
      return [
        { label: 'the bound token as a bearer', proven: true, headers: [bearer] },
        { label: 'the bound token as a bearer, with a proof', proven: true, headers: [bearer, ['DPoP', proof()]] },
      ];
    },
  }),
  refuses({
    id: 'POP-07',
    claim: 'a token that is bound to a certificate is refused without it, with another, and when a header says what the connection does not',
    severity: 'critical',
    source: 'RFC 8705 section 3; RFC 9440 section 4',
    challenge: 'invalid_token',
    control: async (kit, subject) => ({ label: 'a good token with its certificate', token: (await kit.good(subject)).reveal() }),
    subjects: onlyCertified(protectedReads),
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const said = saying(kit.tokens.certificates.known(subject.service.authentication), subject.service.authentication.token.certificates);
      return [
        { label: 'the token without a certificate', token, shows: 'none' },
        { label: 'the token with the certificate of a thief', token, shows: 'another' },
        ...said.map((header): Attack => ({ label: `the token, and its certificate in ${header[0]} alone`, token, shows: 'none', headers: [header] })),
        ...said.map((header): Attack => ({ label: `the token, the certificate of a thief, and its own in ${header[0]}`, token, shows: 'another', headers: [header] })),
      ];
    },
  }),
  refuses({
    id: 'POP-08',
    claim: 'a token that is bound to no certificate, to another, or to a key is refused where tokens are bound to one',
    severity: 'critical',
    source: 'RFC 8705 sections 3 and 3.1; the blueprint: token.bound',
    challenge: 'invalid_token',
    needs: ['issuer-key'],
    control: async (kit, subject) => ({ label: 'a good token with its certificate', token: (await kit.good(subject)).reveal() }),
    subjects: onlyCertified(protectedReads),
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const own = createHash('sha256').update(new X509Certificate(kit.tokens.certificates.known(subject.service.authentication)).raw).digest('base64url');
      const others: Readonly<Record<string, unknown>> = {
        'no certificate': undefined, nothing: {}, 'another certificate': { 'x5t#S256': createHash('sha256').update('another').digest('base64url') }, 'a key': { jkt: own },
        'a key and its certificate': { jkt: own, 'x5t#S256': own }, 'an empty thumbprint': { 'x5t#S256': '' }, 'the thumbprint as a list': { 'x5t#S256': [own] },
      };
      return Object.entries(others).map(([name, cnf]): Attack => ({ label: `a token that is bound to ${name}`, token: kit.harness?.forge(token, { payload: { cnf } }) ?? '' }));
    },
  }),
  refuses({
    id: 'POP-11',
    claim: 'a token that is bound to no key is refused where tokens are bound',
    severity: 'critical',
    source: 'RFC 9449 section 7.2; the blueprint: token.bound',
    challenge: 'invalid_token',
    needs: ['issuer-key'],
    control,
    subjects: onlyBound(protectedReads),
    attacks: async (kit, subject) => {
      const { token, url, method } = await shown(kit, subject);
      return [undefined, {}, { 'x5t#S256': createHash('sha256').update('another').digest('base64url') }].map((cnf) => {
        const loose = kit.harness?.forge(token, { payload: { cnf } }) ?? '';
        return shownWith('a token that is bound to no key of this sort', loose, [kit.tokens.proofs.prove(method, url, loose)]);
      });
    },
  }),
];
