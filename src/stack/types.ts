/** How a service verifies and decides for itself: what infra/services/shop gets as its environment. */
export interface GuardedService {
  readonly realm: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Whose tokens it takes besides, as `createVerifier` has it, with an address for the keys. */
  readonly furtherIssuers?: readonly { readonly issuer: string; readonly jwks?: string; readonly audience: string; readonly algorithms: readonly string[]; readonly typeless: boolean; readonly tokenTypes: readonly string[]; readonly tokenTypeClaim: string }[];
  /** Seconds. */
  readonly leeway: number;
  /** Seconds. */
  readonly maxLifetime?: number;
  readonly header: boolean;
  readonly cookie?: string;
  /** Tokens are bound to keys: by which origins clients ask, beside that of the gateway. */
  readonly proofsFor?: readonly string[];
  readonly origins: readonly string[];
  readonly routes: readonly GuardedRoute[];
  /** The objects it has, each with the username of its owner. */
  readonly objects: Readonly<Record<string, string>>;
  /** `shop/authz`, when it decides with the bundle in process. */
  readonly decision?: string;
  /** In which shape its policy is asked, as `createGuard` takes it, and the field of an answer that says yes: as JSON. */
  readonly question?: { readonly question: object; readonly answer: string };
}
export interface GuardedRoute {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly also?: readonly { readonly method: string; readonly path: string }[];
  readonly public: boolean;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** How its callers must have signed in. */
  readonly acr?: readonly string[];
  readonly maxAge?: number;
  /** The path variable that names an object with an owner. */
  readonly ownedBy?: string;
}

/** What the session service is told: its whole configuration but addresses and secrets, which the stack makes. */
export interface SessionNeeds {
  readonly realm: string;
  readonly client: string;
  /** The variable that holds the client's secret. */
  readonly secretName: string;
  readonly scope: string;
  readonly path: string;
  readonly cookie: string;
  /** Of every key in the store. */
  readonly prefix: string;
  /** Seconds. */
  readonly idle: number;
  /** Seconds. */
  readonly absolute: number;
  /** Seconds. */
  readonly renew: number;
  readonly store: 'redis' | 'infinispan';
}

/** What a blueprint needs of a machine: which servers, and a recording upstream for each service. */
export interface StackNeeds {
  /** The blueprint's name: OPA reads the bundle `/bundles/<name>.tar.gz`. */
  readonly name: string;
  readonly keycloak: boolean;
  readonly opa: boolean;
  readonly kong: boolean;
  readonly aws: boolean;
  /** Service ids; each gets an upstream and `<SERVICE>_URL`. */
  readonly services: readonly string[];
  /** Ids of those that are asked by gRPC. */
  readonly grpc?: readonly string[];
  /** By service id: those that verify tokens themselves run as processes of their own, the others are recording upstreams. */
  readonly guarded?: Readonly<Record<string, GuardedService>>;
  /** By service id: the Lambda function that its recording upstream stands for. */
  readonly functions?: Readonly<Record<string, string>>;
  /** By service id: the place in a VPC that its recording upstream stands for, and the VPC link that leads there. */
  readonly listeners?: Readonly<Record<string, { readonly arn: string; readonly link: string }>>;
  /** Sessions are kept: their store and the session service are needed, and a second gateway node to see that it makes no difference. */
  readonly session?: SessionNeeds;
  /** Proofs of bound tokens are remembered for all nodes: a Redis is needed, and a second gateway node to see it. */
  readonly proofStore?: true;
  /** Tokens are bound to certificates: Keycloak and a node of the gateway by TLS, who ask for one, and a client that has one. */
  readonly certificates?: true;
  /** A service that is the sample single-page client; it gets `<SERVICE>_URL`, and `STOREFRONT_ORIGIN` is where a browser finds it. */
  readonly storefront?: StorefrontNeeds;
  /** With a key OPA refuses an unsigned bundle. PEM, public. */
  readonly bundleKey?: { readonly id: string; readonly algorithm: string; readonly publicKey: string };
  /** In the place of the blueprint's own bundle. */
  readonly existingBundle?: ExistingBundle;
}

/** A bundle that somebody else publishes: what OPA calls it, where it is, and whose signature it must have. */
export interface ExistingBundle {
  readonly name: string;
  /** A name in the store of the stack (`company.tar.gz`), a file of this machine, or an address that needs a login or none. */
  readonly from: { readonly stored: string } | { readonly file: string } | { readonly url: string; readonly token?: string };
  /** The archive with the module for services, in the same way. */
  readonly module?: { readonly stored: string } | { readonly url: string; readonly token?: string };
  /** PEM by key id; a file for each. */
  readonly keys: Readonly<Record<string, { readonly algorithm: string; readonly key: string }>>;
  readonly scope?: string;
}

export interface StorefrontNeeds {
  readonly service: string;
  readonly realm: string;
  /** What the page is told beside the issuer. */
  readonly config: {
    readonly clientId: string;
    /** Separated by blanks. */
    readonly scope: string;
    readonly storage: string;
    readonly cookie?: string;
    /** What it can list. */
    readonly apis: readonly { readonly name: string; readonly path: string }[];
  };
}

export type StackPart = 'keycloak' | 'opa' | 'kong' | 'aws' | 'upstreams' | 'redis' | 'infinispan' | 'session' | 'storefront';

/** A port that is not named is a free one. */
export interface StackPorts {
  readonly keycloak?: number;
  readonly opa?: number;
  readonly bundles?: number;
  readonly kongAdmin?: number;
  readonly kongProxy?: number;
  readonly awsControl?: number;
  readonly awsData?: number;
  readonly redis?: number;
  readonly infinispan?: number;
  readonly session?: number;
  readonly upstreams?: Readonly<Record<string, number>>;
}

/** Progress of `stack up`, a start and an end per step. */
export interface StackEvent {
  readonly step: string;
  readonly state: 'started' | 'done' | 'failed';
  readonly detail?: string;
  readonly seconds?: number;
}
export type StackEvents = (event: StackEvent) => void;

/** A process by its number and its birth: a number alone may belong to somebody else by now. */
export interface ProcessMark {
  readonly pid: number;
  readonly born: string;
}

export interface StackServer {
  readonly name: string;
  /** `Keycloak 26.7.4`, `development stand-in for Kong's Admin API`. */
  readonly what: string;
  readonly url: string;
  readonly pid: number;
  readonly log: string;
}

export interface StackInfo {
  readonly dir: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly servers: readonly StackServer[];
  /** What blueprints refer to: addresses, and the secrets made for this stack. Never print the values. */
  readonly env: Readonly<Record<string, string>>;
  /** True when `stack up` found it running and started nothing. */
  readonly already: boolean;
}

export interface StackStatus {
  /** `degraded`: some of its processes have died. `stale`: none is left, but its files are. */
  readonly state: 'running' | 'starting' | 'degraded' | 'stale' | 'stopped';
  readonly startedAt?: string;
  readonly servers: readonly (StackServer & { readonly alive: boolean })[];
}
