import type { Acceptance } from '../core/accept.ts';
import type { Position } from '../core/problem.ts';
import type { Secret } from '../core/secret.ts';
import type {
  authentication,
  authenticationPattern,
  introspection,
  session,
  token,
  tokenStorage,
} from './declaration/authentication.ts';
import type { Loaded } from './declaration/field.ts';
import type { authorization, blueprint } from './declaration/index.ts';
import type { client, persona, realm, scope } from './declaration/realm.ts';
import type { furtherIssuer, issuer } from './declaration/issuer.ts';
import type { gateway, route, service } from './declaration/services.ts';
import type { waiver } from './declaration/waivers.ts';
import type { aws, bundle, keycloak, kong, opa, s3, signing, targets } from './declaration/targets.ts';
import type { Lacking } from './resolve.ts';

export type { Json, JsonFields } from './json.ts';

/**
 * A blueprint after loading: references resolved, defaults filled, durations in seconds, secrets wrapped. A field is what its declaration
 * says (`declaration/`); written here are those that the loader works out of several.
 */
type Stated = Loaded<typeof blueprint>;

export type AuthenticationPattern = Loaded<typeof authenticationPattern>;
export type AuthorizationPattern = Stated['authorization']['pattern'];
export type Gateway = Loaded<typeof gateway>;
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
/** The lists of Kong's declarative format that `raw.kong.entities` may hold. */
export type KongSection = keyof Stated['raw']['kong']['entities'];

export type KeycloakTarget = Loaded<typeof keycloak>;
export interface KongTarget extends Omit<Loaded<typeof kong>, 'admin'> {
  /** Where it is managed. Of a control plane of Konnect the address of its region, without a token: that one is in `konnect`. */
  readonly admin: NonNullable<Loaded<typeof kong>['admin']>;
}
export type AwsTarget = Loaded<typeof aws>;
export type BundleSigning = Loaded<typeof signing>;
export interface S3Place extends Omit<Loaded<typeof s3>, 'pathStyle' | 'accessKeyId' | 'secretAccessKey'> {
  readonly pathStyle: boolean;
  /** Unset means the usual AWS environment. */
  readonly credentials?: { readonly accessKeyId: Secret; readonly secretAccessKey: Secret };
}
interface BundlePlace extends Omit<Loaded<typeof bundle>, 's3'> {
  /** Present when `publish` is a bucket. */
  readonly s3?: S3Place;
}
export interface OpaTarget extends Omit<Loaded<typeof opa>, 'decisionUrl' | 'bundle'> {
  readonly decisionUrl: string;
  readonly bundle: BundlePlace;
}

export type Scope = Loaded<typeof scope>;
export interface RealmClient extends Omit<Loaded<typeof client>, 'webOrigins'> {
  readonly webOrigins: readonly string[];
  /** What the issuer calls it, and what its requests for a token say besides: of an issuer that is not ours. */
  readonly abroad?: { readonly clientId: string; readonly ask: Readonly<Record<string, string>>; readonly audiences: readonly string[] };
}
/** An issuer that is not ours: what it has stands in `Blueprint.realm` all the same, as far as the blueprint says it. */
export interface ForeignIssuer extends Pick<Loaded<typeof issuer>, 'jwksUri' | 'audienceClaim' | 'tokenType'> {
  readonly url: string;
}
/** An issuer beside the blueprint's own, whose tokens single services take. */
export interface FurtherIssuer extends ForeignIssuer, Pick<Loaded<typeof furtherIssuer>, 'algorithm'> {
  /** `partner`, as `issuers` and services call it. */
  readonly name: string;
  /** The audience of each scope; empty where a token names its client in place of one. */
  readonly scopes: Readonly<Record<string, { readonly audience: string }>>;
  readonly clients: Readonly<Record<string, FurtherClient>>;
}
interface FurtherClient extends Omit<Loaded<typeof furtherIssuer>['clients'][string], 'clientId'> {
  readonly clientId: string;
}
export interface Realm extends Omit<Loaded<typeof realm>, 'name' | 'clients'> {
  readonly name: string;
  readonly clients: Readonly<Record<string, RealmClient>>;
}

export type TokenStorage = Loaded<typeof tokenStorage>;
export interface TokenPlacement extends Omit<Loaded<typeof token>, 'in'> {
  /** The token may come in the Authorization header. That it may come in a cookie is said by `cookie`. */
  readonly header: boolean;
}
export type Introspection = Loaded<typeof introspection>;
export type Session = Loaded<typeof session>;
export interface Authentication extends Omit<Loaded<typeof authentication>, 'token' | 'origins' | 'client'> {
  /** Where the blueprint says so: `authentication`, or `services.<id>.authentication`. */
  readonly path: string;
  readonly token: TokenPlacement;
  readonly origins: readonly string[];
  /** Empty where nobody signs in. */
  readonly client: string;
}
/** What a bundle that somebody else publishes really holds: read when targets are about to be asked, and by nothing that contacts nobody. */
export interface ReadBundle {
  /** Of its manifest. Empty where it has none. */
  readonly revision: string;
  /** What it owns: of its manifest, or the first names of its packages and data where it says all. */
  readonly roots: readonly string[];
  /** Its Rego, its data and its manifest, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of everything in it and in the archive with the module, but for the signature: `sha256:…`. */
  readonly digest: string;
  /** The revision of the archive with the module for services. */
  readonly module?: string;
}
export interface Authorization extends Loaded<typeof authorization> {
  /** Present once `bundle` was read. */
  readonly read?: ReadBundle;
  /** Rego and data files of `policy` by relative path (`authz.rego`, `more/data.json`), tests left out; empty for pattern `none`. */
  readonly policyFiles: Readonly<Record<string, string>>;
}

export interface Route extends Omit<Loaded<typeof route>, 'match' | 'gateways' | 'hosts' | 'stripPath' | 'preserveHost'> {
  readonly id: string;
  readonly service: string;
  /** Its place in `match`, where that is a list: one route for each, all by the same id and with the same demands. */
  readonly nth?: number;
  /** `GET`, `GET,POST`, `ANY` or `GRPC`, as `match` says it. */
  readonly verbs: string;
  /** Every method that becomes this route, HEAD with GET. */
  readonly methods: readonly HttpMethod[];
  /** The one it is tried with: the first of them. */
  readonly method: HttpMethod;
  /** `/orders/{id}`, or with everything below it: `/orders/**` */
  readonly path: string;
  /** The service's unless the route states its own; none: whatever host a request names. */
  readonly hosts: readonly string[];
  readonly stripPath: boolean;
  readonly preserveHost: boolean;
  /** The service's gateways unless the route names fewer (AWS cannot check roles). */
  readonly gateways: readonly Gateway[];
  readonly at: Position;
}
export interface Service extends Omit<Loaded<typeof service>, 'audience' | 'authentication' | 'issuers' | 'routes'> {
  readonly id: string;
  readonly audience: string;
  /** Any one of these makes a token one for this service: `audience` alone, or the clients of an issuer that names no other audience. */
  readonly audiences: readonly string[];
  /** Names of further issuers whose tokens it takes, beside those of the blueprint's own, or at AWS (`authentication.issuer`) in their place. */
  readonly issuers: readonly string[];
  /** The blueprint's own (the very same object) unless the service states one. */
  readonly authentication: Authentication;
  readonly routes: readonly Route[];
  readonly at: Position;
}
export interface Persona extends Omit<Loaded<typeof persona>, 'password'> {
  /** Empty where nobody signs in: of an issuer that is not ours a token is given. */
  readonly password: Secret;
  readonly at: Position;
}

/** A check that is known to fail. */
export interface Waiver extends Loaded<typeof waiver> {
  readonly origin: Position;
}

interface Targets extends Omit<Loaded<typeof targets>, 'kong' | 'opa'> {
  readonly kong?: KongTarget;
  readonly opa?: OpaTarget;
}
export interface Blueprint extends Pick<Stated, 'name' | 'expect' | 'raw'> {
  readonly file: string;
  /** That one, and those whose parts it takes. */
  readonly files: readonly string[];
  readonly targets: Targets;
  /** What the issuer of tokens has: all that is made in Keycloak, or what the blueprint knows of an issuer that is not ours (`foreign`). */
  readonly realm: Realm;
  /** Present where the issuer is not ours: nothing is made there. */
  readonly foreign?: ForeignIssuer;
  /** Further ones, by name. */
  readonly issuers: Readonly<Record<string, FurtherIssuer>>;
  /** What tokens say in `iss`; where the realm is reached is said by `issuer.ts`. */
  readonly issuer: string;
  readonly authentication: Authentication;
  readonly authorization: Authorization;
  readonly services: Readonly<Record<string, Service>>;
  readonly personas: Readonly<Record<string, Persona>>;
  /** What else is known to be on the targets. */
  readonly accept: readonly Acceptance[];
  /** Checks that are known to fail. */
  readonly waivers: readonly Waiver[];
  /** `at('realm.clients.storefront')` is the line that says it (or of the nearest parent that the file states). */
  readonly at: (path: string) => Position;
  /** Every secret the blueprint resolved: for masking. */
  readonly secrets: readonly Secret[];
  /** The secrets that are not there, and that placeholders stand for: it is good for nothing that contacts a target. */
  readonly lacking: readonly Lacking[];
}
