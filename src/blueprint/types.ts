import type { Position } from '../core/problem.ts';
import type { Secret } from '../core/secret.ts';

/** JSON as the `raw` escape hatch takes it: each target's own representation, merged last. Sensitive fields hold a Secret. */
export type Json = null | boolean | number | string | Secret | readonly Json[] | JsonFields;
export interface JsonFields {
  readonly [key: string]: Json;
}

/** The lists of Kong's declarative format that `raw.kong.entities` may hold. */
export type KongSection =
  | 'vaults'
  | 'certificates'
  | 'ca_certificates'
  | 'key_sets'
  | 'keys'
  | 'upstreams'
  | 'services'
  | 'consumers'
  | 'routes'
  | 'plugins';

export type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';
export type AuthenticationPattern = 'sso' | 'session' | 'jwt' | 'opaque' | 'aws';
export type AuthorizationPattern = 'none' | 'centralised' | 'decentralised' | 'hybrid';
export type Gateway = 'kong' | 'aws';
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface KeycloakTarget {
  /** Base URL without a trailing slash; the issuer is `${url}/realms/${realm.name}`. */
  readonly url: string;
  /** A service account of `adminRealm` (default `master`). */
  readonly credentials: { readonly realm: string; readonly clientId: string; readonly clientSecret: Secret };
}
export interface KongTarget {
  readonly admin: { readonly url: string; readonly token?: Secret };
  readonly proxy: { readonly url: string; /** Another node's, for checks that compare. */ readonly secondNode?: string };
  readonly edition: 'oss' | 'enterprise';
  readonly store: 'database' | 'dbless';
  readonly workspace?: string;
}
export interface BundleSigning {
  /** Private key, PEM. */
  readonly key: Secret;
  readonly algorithm: 'ES256' | 'RS256';
  /** As the verifiers know the public key. */
  readonly keyId: string;
}
export interface S3Place {
  readonly region: string;
  /** A server that speaks the API of S3; unset means AWS. */
  readonly endpoint?: string;
  /** The bucket stands in the path, not in the host name. */
  readonly pathStyle: boolean;
  /** Unset means the usual AWS environment. */
  readonly credentials?: { readonly accessKeyId: Secret; readonly secretAccessKey: Secret };
}
export interface OpaTarget {
  readonly servers: readonly string[];
  /** As the gateway reaches OPA; the first of `servers` unless stated. */
  readonly decisionUrl: string;
  readonly token?: Secret;
  /** The `opa` command that builds bundles, absolute; found on this machine unless stated. */
  readonly binary?: string;
  readonly bundle: {
    /** `file:<directory>`, an http(s) URL to PUT to (with `token`), or `s3://bucket/prefix`. */
    readonly publish: string;
    readonly token?: Secret;
    /** Present when `publish` is a bucket. */
    readonly s3?: S3Place;
    readonly signing?: BundleSigning;
    /** Seconds until every OPA and every service must have a new revision. */
    readonly wait: number;
  };
}
export interface AwsTarget {
  readonly region: string;
  /** Set only for a stand-in or emulator; unset means the real AWS. */
  readonly endpoint?: string;
  /** Requests per second in the long run, and at once, on the whole stage; beyond them AWS answers 429. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** ARN of the CloudWatch log group or Firehose stream that gets a line per request. */
  readonly accessLog?: string;
  /** On the API and its stage, beside the mark. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Role {
  /** Roles that this one contains (a composite). */
  readonly includes: readonly string[];
  readonly description?: string;
}
export interface Scope {
  /** The audience that a token with this scope carries. */
  readonly audience: string;
  /** When not empty, Keycloak grants the scope only to users with one of these realm roles (role scope mappings of the client scope). */
  readonly roles: readonly string[];
  readonly description?: string;
}
export interface RealmClient {
  readonly type: 'public' | 'confidential' | 'service';
  readonly redirectUris: readonly string[];
  readonly webOrigins: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly scopes: readonly string[];
  readonly secret?: Secret;
  /** Realm roles of the service account (type service). */
  readonly roles: readonly string[];
  readonly lightweightTokens: boolean;
  readonly protected: boolean;
}
export interface Realm {
  readonly name: string;
  readonly tokens: { /** seconds */ readonly accessTokenLifespan: number; readonly algorithm: Algorithm; readonly refreshTokenRotation: boolean };
  readonly sessions: { /** seconds */ readonly idle: number; /** seconds */ readonly max: number };
  readonly bruteForceProtection: boolean;
  readonly sslRequired: 'all' | 'external' | 'none';
  readonly roles: Readonly<Record<string, Role>>;
  readonly scopes: Readonly<Record<string, Scope>>;
  readonly clients: Readonly<Record<string, RealmClient>>;
}

/**
 * Where the client keeps its token. `gateway-cookie`: the gateway sets an HttpOnly cookie. The others can be read by every script of the page:
 * a cookie that the page sets, or the browser's storage.
 */
export type TokenStorage = 'gateway-cookie' | 'script-cookie' | 'sessionStorage' | 'localStorage';

export interface TokenPlacement {
  readonly header: boolean;
  /** Cookie name, when the token may come in a cookie. */
  readonly cookie?: string;
  /** Unset: the client is no page, or keeps the token in its memory. */
  readonly storage?: TokenStorage;
  /** Of the cookie that the gateway sets. */
  readonly sameSite: 'Strict' | 'Lax';
  /** What the upstream receives. */
  readonly relay: 'header' | 'none';
  /** Clock leeway of every verifier, seconds. */
  readonly leeway: number;
  /** Longest accepted `exp - iat`, seconds. */
  readonly maxLifetime?: number;
}
/** How the gateway learns what stands behind an opaque token (RFC 7662). */
export interface Introspection {
  /** The client that the gateway asks as; the pattern makes it, beside those of `realm.clients`. */
  readonly client: string;
  readonly secret: Secret;
  /** Seconds an answer is kept at most: how long a revocation may go unseen. */
  readonly cache: number;
  /** Unknown tokens the issuer is asked about per client address, minute and gateway worker; 0 sets no bound. */
  readonly maxFailuresPerMinute: number;
}
export type SessionServer = 'authctl' | 'mod_auth_openidc' | 'oauth2-proxy';
/** Where sessions are kept, and for how long. */
export interface Session {
  /** Base URL of the session service, as the gateway reaches it. */
  readonly url: string;
  readonly server: SessionServer;
  /** Path of its sign-in, callback and logout, at the gateway and at the service: `/session`. */
  readonly path: string;
  readonly cookie: string;
  /** Seconds without use. */
  readonly idle: number;
  /** Seconds in any case. */
  readonly absolute: number;
  /** Seconds until a token is renewed: how long a disabled account may go unseen. */
  readonly renew: number;
  readonly store: 'redis' | 'infinispan';
  /** `redis://` URL with its password, for checks that look into the store; unset means that it cannot be looked into. */
  readonly storeUrl?: Secret;
}
export interface Authentication {
  /** Where the blueprint says so: `authentication`, or `services.<id>.authentication`. */
  readonly path: string;
  readonly pattern: AuthenticationPattern;
  /** The client that people sign in with. */
  readonly client: string;
  /** Whose tokens count, where it is not the realm (pattern `aws`): then nobody of the blueprint has one. */
  readonly issuer?: string;
  readonly token: TokenPlacement;
  /** Web origins from which a cookie-borne token may act (CSRF), and which CORS allows. */
  readonly origins: readonly string[];
  /** Pattern `opaque` only. */
  readonly introspection?: Introspection;
  /** Pattern `session` only. */
  readonly session?: Session;
}
export interface Authorization {
  readonly pattern: AuthorizationPattern;
  /** Absolute directory of the Rego files. */
  readonly policy?: string;
  /** `shop/authz`: the path asked of OPA. */
  readonly decision?: string;
  /** Rego and data files of `policy` by relative path (`authz.rego`, `more/data.json`), tests left out; empty for pattern `none`. */
  readonly policyFiles: Readonly<Record<string, string>>;
}

export interface Route {
  readonly id: string;
  readonly service: string;
  readonly method: HttpMethod;
  /** `/orders/{id}` */
  readonly path: string;
  readonly public: boolean;
  readonly scopes: readonly string[];
  /** Any one of them is enough. */
  readonly roles: readonly string[];
  /** The path variable that names an object which belongs to somebody: only its owner may use it. */
  readonly ownedBy?: string;
  /** With any one of these roles, anybody's object. */
  readonly anyOwner: readonly string[];
  /** Where this route is offered: the service's gateways unless the route names fewer (AWS cannot check roles). */
  readonly gateways: readonly Gateway[];
  readonly at: Position;
}
export interface Service {
  readonly id: string;
  readonly upstream: string;
  /** Where the recording upstream tells what it received (`GET <recorder>/__authctl/calls?check=<id>`); unset means it cannot be observed. */
  readonly recorder?: string;
  /** Where the service tells which bundle it decides by (the status of a decider, as JSON). */
  readonly status?: string;
  readonly audience: string;
  /** What the local stack runs in its place. */
  readonly local: 'recorder' | 'storefront';
  /** The blueprint's own (the very same object) unless the service states one. */
  readonly authentication: Authentication;
  readonly gateways: readonly Gateway[];
  /** Objects that verify finds in the service, each with the persona whose it is. */
  readonly objects: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  readonly at: Position;
}
export interface Persona {
  readonly roles: readonly string[];
  readonly password: Secret;
  readonly at: Position;
}

/**
 * A blueprint after loading: references resolved, defaults filled, durations in seconds, secrets wrapped.
 * `at('realm.clients.storefront')` is the line that says it (or of the nearest parent that the file states).
 */
export interface Blueprint {
  readonly file: string;
  /** The ownership mark on every live object: `[a-z][a-z0-9-]{0,30}`. */
  readonly name: string;
  readonly targets: {
    readonly keycloak?: KeycloakTarget;
    readonly kong?: KongTarget;
    readonly opa?: OpaTarget;
    readonly aws?: AwsTarget;
  };
  readonly realm: Realm;
  readonly issuer: string;
  readonly authentication: Authentication;
  readonly authorization: Authorization;
  readonly services: Readonly<Record<string, Service>>;
  readonly personas: Readonly<Record<string, Persona>>;
  /** persona (or `anonymous`, or a service client) -> service -> route ids that must pass; everything else must not. */
  readonly expect: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly raw: {
    readonly keycloak: { readonly realm: JsonFields; readonly clients: Readonly<Record<string, JsonFields>> };
    readonly kong: {
      readonly services: Readonly<Record<string, JsonFields>>;
      readonly routes: Readonly<Record<string, JsonFields>>;
      /** Fields of `config`. */
      readonly plugins: Readonly<Record<string, JsonFields>>;
      /** Entities that no pattern makes, by name. */
      readonly entities: { readonly [section in KongSection]?: Readonly<Record<string, JsonFields>> };
    };
  };
  readonly at: (path: string) => Position;
  /** Every secret the blueprint resolved: for masking. */
  readonly secrets: readonly Secret[];
}
