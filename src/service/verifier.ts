import type { JSONWebKeySet } from 'jose';
import { ServiceError, invalidOption } from './error.ts';
import { insufficientScope, invalidToken, unavailable, weakAuthentication, whereBound } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { ServiceRequest } from './request.ts';
import { certificateRules, judgeCertificate } from './token/certificate.ts';
import type { CertificateRules, CertificateSource } from './token/certificate.ts';
import { judgeClaims, rolesOf, scopesOf } from './token/claims.ts';
import type { ClaimRules, Claims } from './token/claims.ts';
import { takeToken } from './token/intake.ts';
import type { IntakeRules, TokenSource } from './token/intake.ts';
import { ALGORITHMS, issuerIn, shortType, tokenReader } from './token/jws.ts';
import type { Algorithm, UnverifiedToken } from './token/jws.ts';
import { createKeySource, seconds } from './token/keys.ts';
import type { FoundKey, KeySource } from './token/keys.ts';
import type { NonceRules } from './token/nonce.ts';
import { normaliseOrigin } from './token/origin.ts';
import { judgeProof, proofsInMemory } from './token/proof.ts';
import type { ProofMemory, ProofRules } from './token/proof.ts';
import { signatureHolds } from './token/signature.ts';
import { lackingOf, signInOf } from './token/step-up.ts';
import type { SignIn, SignInDemand } from './token/step-up.ts';

/** How tokens of one issuer are judged, and with whose keys. */
interface IssuerOptions {
  /** Byte for byte as in the claim `iss`. */
  readonly issuer: string;
  /** Where its keys are; `discovery` (the default) asks its metadata. */
  readonly jwks?: URL | 'discovery' | JSONWebKeySet;
  /** Accepted signature algorithms; default `['RS256']`. */
  readonly algorithms?: readonly Algorithm[];
  /** Takes a header without `typ`, too (RFC 7519 section 5.1 asks for none); default false. */
  readonly typeless?: boolean;
  /** Accepted values of the claim `tokenTypeClaim`; default `['Bearer']` (Keycloak), with `dpop` `['DPoP']`; an empty list looks at none. */
  readonly tokenTypes?: readonly string[];
  /** By which claim the issuer tells access tokens from others; default `typ` (Keycloak); `token_use` at Cognito. */
  readonly tokenTypeClaim?: string;
  /** Clients (`azp`, else `client_id`) whose tokens are accepted; default any. */
  readonly clients?: readonly string[];
}

/** An issuer beside the one. What is not stated of it is the default, never what is stated of the other. */
export interface FurtherIssuerOptions extends IssuerOptions {
  /** What `aud` of its tokens must contain; default that of the verifier. */
  readonly audience?: string;
}

export interface VerifierOptions<Typed = Claims> extends IssuerOptions {
  /** What the claim `aud` must contain. */
  readonly audience: string;
  /**
   * Issuers whose tokens are taken as well. The `iss` of a token chooses keys, algorithms, audience, kinds and clients, all of them together. Of such a token the
   * scopes count: its roles and its sign-in are words of another issuer, and `roles` and `signIn` are empty.
   */
  readonly furtherIssuers?: readonly FurtherIssuerOptions[];
  /** Accepted header `typ` values; default `['JWT', 'at+jwt']`. */
  readonly types?: readonly string[];
  /** Seconds by which clocks may differ; default 5, at most 60. */
  readonly leeway?: number;
  /** Longest accepted `exp - iat`, seconds. */
  readonly maxLifetime?: number;
  /** Longest accepted time since `iat`, seconds. */
  readonly maxAge?: number;
  /** Read `Authorization: Bearer`; default true. */
  readonly header?: boolean;
  /** Read the cookie of this name. Unsafe methods then need an allowed Origin. */
  readonly cookie?: string;
  /**
   * Origins that may act with the cookie, besides the service's own. Where TLS ends before the service, the public origin belongs
   * here.
   */
  readonly allowedOrigins?: readonly string[];
  /** Stands for Origin when a client sends neither Origin nor Sec-Fetch-Site; default `X-Requested-With`. */
  readonly csrfHeader?: string;
  /** Bytes of a token at most; default 16384. */
  readonly maxTokenSize?: number;
  /** Takes plain http for keys and metadata beyond loopback: only on a network where nobody can answer in the issuer's place. */
  readonly allowHttp?: boolean;
  /** Seconds: `cooldown` 10, `maxAge` 600, `timeout` 5 unless stated. */
  readonly keys?: { readonly cooldown?: number; readonly maxAge?: number; readonly timeout?: number };
  /**
   * Tokens are bound to a key (DPoP, RFC 9449): each comes as `Authorization: DPoP` with a proof of its key, and no other is taken. `origins`:
   * scheme, host and port by which clients ask, of the gateway in front if there is one. `algorithms` of proofs: ES*, EdDSA, PS* and RS256
   * unless stated. `window`: seconds since the `iat` of a proof at most, 60. `memory` of the proofs that were shown: this process's own unless
   * stated; several processes need a common one. `nonce`: proofs must hold one that was told not long ago (section 9): `secret`, of 24 characters at
   * least and the same in all processes and at the gateway in front, `lifetime` in seconds, 300.
   */
  readonly dpop?: {
    readonly origins: readonly string[]; readonly algorithms?: readonly Algorithm[]; readonly window?: number; readonly memory?: ProofMemory;
    readonly nonce?: { readonly secret: string; readonly lifetime?: number };
  };
  /**
   * Tokens are bound to a certificate (RFC 8705): each comes with that of its client, by the connection or by a header of a proxy in front, and no
   * other is taken.
   */
  readonly mtls?: CertificateSource;
  /** Turns judged claims into the type that handlers work with; a throw refuses the token. */
  readonly claims?: (claims: Claims) => Typed;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: () => number;
  readonly fetch?: typeof fetch;
}

/** A token that holds. */
export interface Verified<Typed = Claims> {
  readonly ok: true;
  readonly claims: Typed;
  /** As sent: to pass on to another service. Never log it. */
  readonly token: string;
  readonly source: TokenSource;
  /** Whose token it is, as it says in `iss`. Names in its claims (`sub`, `azp`) are that issuer's. */
  readonly issuer: string;
  /** It is of one of `furtherIssuers`. */
  readonly further: boolean;
  readonly scopes: ReadonlySet<string>;
  /** Realm roles (`realm_access.roles`); none of a further issuer. */
  readonly roles: ReadonlySet<string>;
  /** How its bearer signed in. */
  readonly signIn: SignIn;
  /** The claims as signed, JSON text: what a policy gets, so that no number is rounded on the way. */
  readonly payload: string;
  /** Algorithms of proofs, of a token that is bound to a key (DPoP): what a later refusal names. */
  readonly proofs?: ReadonlySet<string>;
  /** What the answer is to tell in `DPoP-Nonce`: the client's is about to end (RFC 9449 section 8.2). */
  readonly nonce?: string;
}

export interface Verifier<Typed = Claims> {
  /** Judges the one token of a request. Never rejects: what cannot be found out is a refusal with 503. */
  readonly verify: (request: ServiceRequest) => Promise<Verified<Typed> | Refusal>;
}

/**
 * Verifies access tokens (RFC 9068, and Keycloak's own) with the strictness of the gateway's guard: RFC 7519, RFC 8725, RFC 6750 for
 * the answers. Throws `SERVICE_OPTION_INVALID` for options that could never work or would switch a check off.
 */
export function createVerifier(options: VerifierOptions): Verifier;
export function createVerifier<Typed>(options: VerifierOptions<Typed> & { readonly claims: (claims: Claims) => Typed }): Verifier<Typed>;
export function createVerifier<Typed>(options: VerifierOptions<Typed>): Verifier<Typed | Claims> {
  const intake = intakeRules(options);
  const own = trustIn(options, options);
  const { rules } = own;
  const trustedFor = chooser(own, furtherOf(options));
  const clock = options.clock ?? Date.now;
  const proofs = proofRules(options, rules.leeway, clock);
  const certificates = boundToCertificates(options);

  const judge = async (request: ServiceRequest): Promise<Verified<Typed | Claims> | Refusal> => {
      const now = clock() / 1000;
      const taken = takeToken(intake, request);
      if (!taken.ok) return taken;
      const trusted = trustedFor(taken.token);
      const read = trusted.read(taken.token);
      if (typeof read === 'string') return invalidToken(read);
      const fault = judgeClaims(trusted.rules, read.claims, read.type, now);
      if (fault !== undefined) return invalidToken(fault);
      const judged = judgeSignature(read, trusted.keys);
      const refused = judged instanceof Promise ? await judged : judged;
      if (refused) return refused;
      const unlike = certificates && judgeCertificate(certificates, request, read.claims);
      if (unlike !== undefined) return invalidToken(unlike);
      // Last of all: nothing is noted for a token that nobody signed.
      const proven = proofs && (await judgeProof(proofs, request, { text: taken.token, claims: read.claims }, now));
      if (proven && !proven.ok) return proven;
      const claims = read.claims as Claims;
      let typed: Typed | Claims;
      try {
        typed = options.claims ? options.claims(claims) : claims;
      } catch {
        return invalidToken('the claims are not of the shape that the service takes');
      }
      const verified: Verified<Typed | Claims> = {
        ok: true,
        claims: typed,
        token: taken.token,
        source: taken.source,
        issuer: trusted.rules.issuer,
        further: trusted !== own,
        scopes: scopesOf(claims),
        // What another issuer calls its people, and how they signed in there, is none of ours.
        roles: trusted === own ? rolesOf(claims) : new Set(),
        signIn: signInOf(trusted === own ? claims : {}, rules.leeway, now),
        payload: read.payload,
      };
      return proofs ? { ...verified, proofs: proofs.algorithms, ...(proven?.nonce !== undefined && { nonce: proven.nonce }) } : verified;
  };
  if (!proofs) return { verify: judge };
  return {
    verify: async (request) => {
      const answer = await judge(request);
      return answer.ok ? answer : whereBound(answer, proofs.algorithms);
    },
  };
}

/** Last of the checks, because it is the only expensive one; every earlier refusal looks the same to the client. */
const judgeSignature = ({ algorithm, keyId, signed, signature }: UnverifiedToken, keys: KeySource): Refusal | undefined | Promise<Refusal | undefined> => {
  const judge = (key: FoundKey): Refusal | undefined => (signatureHolds(algorithm, key, signed, signature) ? undefined : invalidToken('signature'));
  try {
    const key = keys({ alg: algorithm, kid: keyId });
    return key instanceof Promise ? key.then(judge).catch(withoutKey) : judge(key);
  } catch (thrown) {
    return withoutKey(thrown);
  }
};

const withoutKey = (thrown: unknown): Refusal => {
  // Without keys nobody can tell a good token from a bad one: a 401 would sign everybody out.
  if (thrown instanceof ServiceError) return unavailable(thrown.message, 2);
  const code = (thrown as { code?: unknown } | null)?.code;
  return invalidToken(`key: ${typeof code === 'string' ? code : 'unusable'}`);
};

/** What a route demands of a token that already holds, and of the sign-in behind it (RFC 9470). */
export interface Demands extends SignInDemand {
  /** All of them. */
  readonly scopes?: readonly string[];
  /** Any one of them. */
  readonly roles?: readonly string[];
}

/** What demands are judged by. */
type Judged = Pick<Verified<unknown>, 'scopes' | 'roles' | 'signIn'>;

/** The refusal when a verified token does not hold what is demanded, or `undefined`. */
export const judgeDemands = (verified: Judged & Pick<Verified<unknown>, 'proofs' | 'nonce'>, demands: Demands): Refusal | undefined => {
  const refused = lacking(verified, demands);
  return refused && verified.proofs ? { ...whereBound(refused, verified.proofs), ...(verified.nonce !== undefined && { nonce: verified.nonce }) } : refused;
};

const lacking = ({ scopes, roles, signIn }: Judged, demands: Demands): Refusal | undefined => {
  const missing = demands.scopes?.find((scope) => !scopes.has(scope));
  if (missing !== undefined) return insufficientScope(demands.scopes ?? [], `scope ${missing}`);
  const wanted = demands.roles ?? [];
  if (wanted.length > 0 && !wanted.some((role) => roles.has(role))) return insufficientScope([], 'role');
  // Last: nobody is asked to sign in again for what a better sign-in does not open.
  const weak = lackingOf(demands, signIn);
  return weak && weakAuthentication(demands, weak);
};

/** The refusal when the token lacks one of the scopes, or `undefined`. */
export const requireScopes = (verified: Verified<unknown>, ...scopes: readonly string[]): Refusal | undefined =>
  judgeDemands(verified, { scopes });

/** The refusal when the sign-in behind the token is too weak or too long ago (RFC 9470 section 3), or `undefined`. */
export const requireSignIn = (verified: Verified<unknown>, { acr = [], maxAge }: SignInDemand): Refusal | undefined =>
  acr.length === 0 && maxAge === undefined ? weakAuthentication({}, 'acr') : judgeDemands(verified, { acr, ...(maxAge !== undefined && { maxAge }) });

/** The refusal when the token has none of the roles, or `undefined`. */
export const requireRole = (verified: Verified<unknown>, ...roles: readonly string[]): Refusal | undefined =>
  roles.length === 0 ? insufficientScope([], 'role') : judgeDemands(verified, { roles });

/** One issuer: what its tokens are judged by, and its keys, which are asked for nobody else's. */
interface Trusted {
  readonly rules: ClaimRules;
  readonly read: ReturnType<typeof tokenReader>;
  readonly keys: KeySource;
}

const trustIn = (options: VerifierOptions<unknown>, of: IssuerOptions & { readonly audience: string }): Trusted => {
  const rules = claimRules(options, of);
  return {
    rules,
    read: tokenReader(algorithmsOf(of.algorithms ?? ['RS256']), new Set(nonEmpty('types', options.types ?? ['JWT', 'at+jwt']).map(shortType)), of.typeless === true),
    keys: createKeySource({
      issuer: rules.issuer,
      jwks: of.jwks ?? 'discovery',
      allowHttp: options.allowHttp ?? false,
      cooldown: seconds('keys.cooldown', options.keys?.cooldown ?? 10, 0, 3600),
      maxAge: seconds('keys.maxAge', options.keys?.maxAge ?? 600, 1, 86_400),
      timeout: seconds('keys.timeout', options.keys?.timeout ?? 5, 0.1, 60),
      fetch: options.fetch ?? fetch,
    }),
  };
};

/** Each once: which of two rules counts for an issuer nobody could say. */
const furtherOf = (options: VerifierOptions<unknown>): readonly Trusted[] => {
  const further = options.furtherIssuers ?? [];
  const names = [options.issuer, ...further.map(({ issuer }) => issuer)];
  if (new Set(names).size < names.length) throw invalidOption('furtherIssuers names an issuer that is named already');
  if (further.length > 0 && options.cookie !== undefined) throw invalidOption('a cookie is set for those who sign in at the one issuer: with furtherIssuers the token comes in the header');
  return further.map((one) => trustIn(options, { ...one, audience: one.audience ?? options.audience }));
};

/** By which rules a token is judged: those of the issuer that it names, though nobody believes that yet. One that names none is judged by the first, and refused. */
const chooser = (own: Trusted, further: readonly Trusted[]): ((token: string) => Trusted) => {
  if (further.length === 0) return () => own;
  const byName = new Map(further.map((one) => [one.rules.issuer, one]));
  return (token) => byName.get(issuerIn(token) ?? '') ?? own;
};

const claimRules = (options: VerifierOptions<unknown>, of: IssuerOptions & { readonly audience: string }): ClaimRules => {
  if (of.issuer === '' || of.audience === '') throw invalidOption('issuer and audience must not be empty');
  return {
    issuer: of.issuer,
    audience: of.audience,
    // Keycloak calls an access token that is bound to a key by what it is bound with.
    tokenTypes: listOf('tokenTypes', of.tokenTypes ?? [options.dpop ? 'DPoP' : 'Bearer']),
    tokenTypeClaim: claimName(of.tokenTypeClaim ?? 'typ'),
    leeway: seconds('leeway', options.leeway ?? 5, 0, 60),
    maxLifetime: options.maxLifetime === undefined ? undefined : seconds('maxLifetime', options.maxLifetime, 1, 31_536_000),
    maxAge: options.maxAge === undefined ? undefined : seconds('maxAge', options.maxAge, 1, 31_536_000),
    clients: of.clients === undefined ? [] : nonEmpty('clients', of.clients),
    bound: options.dpop !== undefined || options.mtls !== undefined,
  };
};

const boundToCertificates = ({ dpop, mtls }: VerifierOptions<unknown>): CertificateRules | undefined => {
  if (!mtls) return undefined;
  if (dpop) throw invalidOption('a token is bound to a key or to a certificate: dpop or mtls');
  if (mtls.from === 'header' && mtls.header !== undefined && !/^[\w-]+$/.test(mtls.header)) throw invalidOption('mtls.header is not a header name');
  try {
    return certificateRules(mtls);
  } catch (thrown) {
    throw invalidOption(`mtls.proxies: ${thrown instanceof RangeError ? thrown.message : String(thrown)}`);
  }
};

const proofRules = ({ dpop, cookie }: VerifierOptions<unknown>, leeway: number, clock: () => number): ProofRules | undefined => {
  if (!dpop) return undefined;
  if (cookie !== undefined) throw invalidOption('a bound token comes in the Authorization header: no cookie carries it');
  const wrong = nonEmpty('dpop.origins', dpop.origins).find((origin) => !/^https?:\/\/[^/?#@\s]+$/.test(origin));
  if (wrong !== undefined) throw invalidOption(`dpop.origins holds ${JSON.stringify(wrong)}, which is no http(s) origin`);
  return {
    origins: dpop.origins,
    algorithms: algorithmsOf(dpop.algorithms ?? PROOF_ALGORITHMS),
    window: seconds('dpop.window', dpop.window ?? 60, 1, 600),
    leeway,
    memory: dpop.memory ?? proofsInMemory(undefined, clock),
    ...(dpop.nonce && { nonce: nonceRules(dpop.nonce) }),
  };
};
const nonceRules = ({ secret, lifetime = 300 }: { readonly secret: string; readonly lifetime?: number }): NonceRules => {
  if (typeof secret !== 'string' || secret.length < 24) throw invalidOption('dpop.nonce.secret must have 24 characters at least');
  return { secret, lifetime: seconds('dpop.nonce.lifetime', lifetime, 10, 3600) };
};
/** Those of the gateway's guard. */
const PROOF_ALGORITHMS: readonly Algorithm[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'PS384', 'PS512', 'RS256'];

const intakeRules = (options: VerifierOptions<unknown>): IntakeRules => {
  const { header = true, cookie, allowedOrigins = [], csrfHeader = 'X-Requested-With', maxTokenSize = 16_384 } = options;
  if (!header && cookie === undefined) throw invalidOption('without header and cookie no token is ever read');
  if (cookie !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(cookie)) throw invalidOption('cookie is not a cookie name');
  if (!/^[\w-]+$/.test(csrfHeader)) throw invalidOption('csrfHeader is not a header name');
  const wrong = allowedOrigins.find((origin) => normaliseOrigin(origin) === undefined);
  if (wrong !== undefined) throw invalidOption(`allowedOrigins holds ${JSON.stringify(wrong)}, which is no http(s) origin`);
  if (!(maxTokenSize >= 256 && maxTokenSize <= 65_536)) throw invalidOption('maxTokenSize must be between 256 and 65536 bytes');
  return { header, cookie, allowedOrigins, csrfHeader: csrfHeader.toLowerCase(), maxTokenSize, bound: options.dpop !== undefined };
};

const algorithmsOf = (algorithms: readonly string[]): ReadonlySet<string> => {
  const unknown = nonEmpty('algorithms', algorithms).find((name) => !(ALGORITHMS as readonly string[]).includes(name));
  if (unknown !== undefined) throw invalidOption(`${unknown} is not a signature algorithm for access tokens`);
  return new Set(algorithms);
};

/** A text in place of a list, as plain JavaScript may have it, would take each of its parts for one of the list. */
const listOf = (name: string, list: readonly string[]): readonly string[] => {
  if (!Array.isArray(list)) throw invalidOption(`${name} must be a list`);
  return list;
};

/** As the gateway's guard takes it. */
const claimName = (name: string): string => {
  if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) throw invalidOption('tokenTypeClaim is not the name of a claim');
  return name;
};

const nonEmpty = (name: string, list: readonly string[]): readonly string[] => {
  if (listOf(name, list).length === 0) throw invalidOption(`${name} must not be empty`);
  return list;
};
