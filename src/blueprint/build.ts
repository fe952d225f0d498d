import { dirname, resolve } from 'node:path';
import { Secret } from '../core/secret.ts';
import { positionOf, record } from './tree.ts';
import type { MapNode, Node } from './tree.ts';
import { positionTable } from './positions.ts';
import type {
  Authentication,
  AuthenticationPattern,
  AuthorizationPattern,
  Algorithm,
  AwsTarget,
  Blueprint,
  BundleSigning,
  Gateway,
  HttpMethod,
  Introspection,
  Json,
  JsonFields,
  KeycloakTarget,
  KongTarget,
  OpaTarget,
  Realm,
  RealmClient,
  Route,
  S3Place,
  Service,
  Session,
  TokenPlacement,
  TokenStorage,
} from './types.ts';
import { viewOf } from './view.ts';
import type { View } from './view.ts';

/** Stands where a secret could not be resolved, so that the rest can be checked; such a blueprint is never returned. */
const noSecret = new Secret('');

/** The typed blueprint, every default filled in. Works on a tree with problems too: cross-checks then see what is there. */
export const build = (root: MapNode, file: string, secrets: readonly Secret[]): Blueprint => {
  const view = viewOf(root);
  const name = view.get('name').text() ?? '';
  const targets = targetsOf(view.get('targets'));
  const realm = realmOf(view.get('realm'), name);
  const authentication = authenticationOf(view.get('authentication'), realm, 'authentication');
  return {
    file,
    name,
    targets,
    realm,
    issuer: `${targets.keycloak?.url ?? ''}/realms/${realm.name}`,
    authentication,
    authorization: authorizationOf(view.get('authorization')),
    services: mapped(view.get('services'), (service, id) => serviceOf(service, id, { root, realm, authentication })),
    personas: mapped(view.get('personas'), (persona, id) => ({
      roles: persona.get('roles').texts() ?? [],
      password: persona.get('password').secret() ?? noSecret,
      at: positionOf(root, ['personas', id]),
    })),
    expect: expectOf(view),
    raw: rawOf(view.get('raw')),
    at: positionTable(root),
    secrets,
  };
};

const mapped = <Value>(view: View, change: (item: View, id: string) => Value): Readonly<Record<string, Value>> =>
  record(view.entries().map(([id, item]) => [id, change(item, id)] as const));

const base = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '');

/** `{ [key]: value }`, or nothing: an optional field is absent, never undefined. */
const given = <Key extends string, Value>(key: Key, value: Value | undefined): { readonly [field in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [field in Key]?: Value };

const targetsOf = (view: View): Blueprint['targets'] => ({
  ...given('keycloak', view.get('keycloak').node && keycloakOf(view.get('keycloak'))),
  ...given('kong', view.get('kong').node && kongOf(view.get('kong'))),
  ...given('opa', view.get('opa').node && opaOf(view.get('opa'))),
  ...given('aws', view.get('aws').node && awsOf(view.get('aws'))),
});

const keycloakOf = (view: View): KeycloakTarget => {
  const credentials = view.get('credentials');
  return {
    url: base(view.get('url').text()),
    credentials: {
      realm: credentials.get('realm').text() ?? 'master',
      clientId: credentials.get('clientId').text() ?? 'authctl',
      clientSecret: credentials.get('clientSecret').secret() ?? noSecret,
    },
  };
};

const kongOf = (view: View): KongTarget => ({
  admin: { url: base(view.get('admin').get('url').text()), ...given('token', view.get('admin').get('token').secret()) },
  proxy: {
    url: base(view.get('proxy').get('url').text()),
    ...given('secondNode', view.get('proxy').get('secondNode').text()),
  },
  edition: (view.get('edition').text() ?? 'oss') as KongTarget['edition'],
  store: (view.get('store').text() ?? 'database') as KongTarget['store'],
  ...given('workspace', view.get('workspace').text()),
});

const opaOf = (view: View): OpaTarget => {
  const servers = (view.get('servers').texts() ?? []).map(base);
  const bundle = view.get('bundle');
  return {
    servers,
    decisionUrl: base(view.get('decisionUrl').text() ?? servers[0]),
    ...given('token', view.get('token').secret()),
    ...given('binary', pathOf(view.get('binary'))),
    bundle: {
      publish: base(bundle.get('publish').text()),
      ...given('token', bundle.get('token').secret()),
      ...given('s3', bundle.get('publish').text()?.startsWith('s3:') === true ? s3Of(bundle.get('s3')) : undefined),
      ...given('signing', bundle.get('signing').node && signingOf(bundle.get('signing'))),
      wait: bundle.get('wait').seconds() ?? 30,
    },
  };
};

const s3Of = (view: View): S3Place => {
  const endpoint = view.get('endpoint').text();
  const accessKeyId = view.get('accessKeyId').secret();
  const secretAccessKey = view.get('secretAccessKey').secret();
  return {
    region: view.get('region').text() ?? 'us-east-1',
    ...given('endpoint', endpoint === undefined ? undefined : base(endpoint)),
    pathStyle: view.get('pathStyle').flag() ?? endpoint !== undefined,
    ...given('credentials', accessKeyId && secretAccessKey && { accessKeyId, secretAccessKey }),
  };
};

const signingOf = (view: View): BundleSigning => ({
  key: view.get('key').secret() ?? noSecret,
  algorithm: (view.get('algorithm').text() ?? 'ES256') as BundleSigning['algorithm'],
  keyId: view.get('keyId').text() ?? '',
});

/** Relative to the file that says it. */
const pathOf = (view: View): string | undefined => {
  const path = view.text();
  return path === undefined ? undefined : resolve(dirname(view.node?.at.file ?? ''), path);
};

const awsOf = (view: View): AwsTarget => {
  const endpoint = view.get('endpoint').text();
  const throttle = view.get('throttle');
  return {
    region: view.get('region').text() ?? '',
    ...given('endpoint', endpoint === undefined ? undefined : base(endpoint)),
    throttle: { rate: throttle.get('rate').number() ?? 1000, burst: throttle.get('burst').number() ?? 500 },
    ...given('accessLog', view.get('accessLog').text()),
    tags: mapped(view.get('tags'), (tag) => tag.text() ?? ''),
  };
};

const realmOf = (view: View, blueprint: string): Realm => {
  const tokens = view.get('tokens');
  const sessions = view.get('sessions');
  return {
    name: view.get('name').text() ?? blueprint,
    tokens: {
      accessTokenLifespan: tokens.get('accessTokenLifespan').seconds() ?? 300,
      algorithm: (tokens.get('algorithm').text() ?? 'RS256') as Algorithm,
      refreshTokenRotation: tokens.get('refreshTokenRotation').flag() ?? true,
    },
    sessions: { idle: sessions.get('idle').seconds() ?? 1800, max: sessions.get('max').seconds() ?? 36_000 },
    bruteForceProtection: view.get('bruteForceProtection').flag() ?? true,
    sslRequired: (view.get('sslRequired').text() ?? 'external') as Realm['sslRequired'],
    roles: mapped(view.get('roles'), (role) => ({
      includes: role.get('includes').texts() ?? [],
      ...given('description', role.get('description').text()),
    })),
    scopes: mapped(view.get('scopes'), (scope) => ({
      audience: scope.get('audience').text() ?? '',
      roles: scope.get('roles').texts() ?? [],
      ...given('description', scope.get('description').text()),
    })),
    clients: mapped(view.get('clients'), clientOf),
  };
};

const clientOf = (view: View): RealmClient => {
  const redirectUris = view.get('redirectUris').texts() ?? [];
  return {
    type: (view.get('type').text() ?? 'public') as RealmClient['type'],
    redirectUris,
    webOrigins: view.get('webOrigins').texts() ?? originsOf(redirectUris),
    postLogoutRedirectUris: view.get('postLogoutRedirectUris').texts() ?? [],
    scopes: view.get('scopes').texts() ?? [],
    ...given('secret', view.get('secret').secret()),
    roles: view.get('roles').texts() ?? [],
    lightweightTokens: view.get('lightweightTokens').flag() ?? false,
    protected: view.get('protected').flag() ?? false,
  };
};

const originsOf = (uris: readonly string[]): readonly string[] => [
  ...new Set(uris.flatMap((uri) => (/^https?:/.test(uri) && URL.canParse(uri) ? [new URL(uri).origin] : []))),
];

const authenticationOf = (view: View, realm: Realm, path: string, around?: Authentication): Authentication => {
  const token = view.get('token');
  const places = token.get('in').texts() ?? ['header'];
  const cookie = places.includes('cookie') ? token.get('cookie').text() : undefined;
  const pattern = (view.get('pattern').text() ?? 'sso') as AuthenticationPattern;
  const storage = token.get('storage').text() ?? (pattern === 'sso' && cookie !== undefined ? 'gateway-cookie' : undefined);
  const client = view.get('client').text() ?? around?.client ?? '';
  return {
    path,
    pattern,
    client,
    ...given('issuer', view.get('issuer').text()),
    token: {
      header: places.includes('header'),
      ...given('cookie', cookie),
      ...given('storage', storage as TokenStorage | undefined),
      sameSite: (token.get('sameSite').text() ?? 'Strict') as TokenPlacement['sameSite'],
      relay: (token.get('relay').text() ?? 'header') as TokenPlacement['relay'],
      leeway: token.get('leeway').number() ?? 5,
      ...given('maxLifetime', token.get('maxLifetime').seconds()),
    },
    origins: view.get('origins').texts() ?? realm.clients[client]?.webOrigins ?? [],
    ...given('introspection', view.get('introspection').node && introspectionOf(view.get('introspection'))),
    ...given('session', view.get('session').node && sessionOf(view.get('session'))),
  };
};

const sessionOf = (view: View): Session => ({
  url: base(view.get('url').text()),
  server: (view.get('server').text() ?? 'authctl') as Session['server'],
  path: view.get('path').text() ?? '/session',
  cookie: view.get('cookie').text() ?? '',
  idle: view.get('idle').seconds() ?? 900,
  absolute: view.get('absolute').seconds() ?? 28_800,
  renew: view.get('renew').seconds() ?? 60,
  store: (view.get('store').text() ?? 'redis') as Session['store'],
  ...given('storeUrl', view.get('storeUrl').secret()),
});

const introspectionOf = (view: View): Introspection => ({
  client: view.get('client').text() ?? '',
  secret: view.get('secret').secret() ?? noSecret,
  cache: view.get('cache').number() ?? 5,
  maxFailuresPerMinute: view.get('maxFailuresPerMinute').number() ?? 120,
});

const authorizationOf = (view: View): Blueprint['authorization'] => ({
  pattern: (view.get('pattern').text() ?? 'none') as AuthorizationPattern,
  ...given('policy', pathOf(view.get('policy'))),
  ...given('decision', view.get('decision').text()),
  policyFiles: {},
});

interface Around {
  readonly root: MapNode;
  readonly realm: Realm;
  readonly authentication: Authentication;
}

const serviceOf = (view: View, id: string, { root, realm, authentication }: Around): Service => {
  const own = view.get('authentication');
  const gateways = (view.get('gateways').texts() ?? ['kong']) as readonly Gateway[];
  const recorder = view.get('recorder').text();
  const status = view.get('status').text();
  return {
    id,
    upstream: base(view.get('upstream').text()),
    ...given('recorder', recorder === undefined ? undefined : base(recorder)),
    ...given('status', status === undefined ? undefined : base(status)),
    audience: view.get('audience').text() ?? id,
    authentication: own.node ? authenticationOf(own, realm, `services.${id}.authentication`, authentication) : authentication,
    local: (view.get('local').text() ?? 'recorder') as Service['local'],
    gateways,
    objects: mapped(view.get('objects'), (owner) => owner.text() ?? ''),
    routes: view
      .get('routes')
      .entries()
      .flatMap(([route, item]) => routeOf(item, { id: route, service: id, gateways, root }) ?? []),
    at: positionOf(root, ['services', id]),
  };
};

interface RoutePlace {
  readonly id: string;
  readonly service: string;
  readonly gateways: readonly Gateway[];
  readonly root: MapNode;
}

/** A route whose `match` cannot be read is left out: nothing can be said about it. */
const routeOf = (view: View, { id, service, gateways, root }: RoutePlace): Route | undefined => {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(view.get('match').text() ?? '') ?? [];
  if (method === undefined || path === undefined) return undefined;
  return {
    id,
    service,
    method: method as HttpMethod,
    path,
    public: view.get('public').flag() ?? false,
    scopes: view.get('scopes').texts() ?? [],
    roles: view.get('roles').texts() ?? [],
    ...given('ownedBy', view.get('ownedBy').text()),
    anyOwner: view.get('anyOwner').texts() ?? [],
    gateways: (view.get('gateways').texts() as readonly Gateway[] | undefined) ?? gateways,
    at: positionOf(root, ['services', service, 'routes', id]),
  };
};

/** Public routes are open to everyone, so they are part of every row, stated or not. */
const expectOf = (view: View): Blueprint['expect'] => {
  const open = view
    .get('services')
    .entries()
    .map(([service, item]) => {
      const routes = item.get('routes').entries();
      return [service, routes.filter(([, route]) => route.get('public').flag() === true).map(([id]) => id)] as const;
    })
    .filter(([, routes]) => routes.length > 0);
  return mapped(view.get('expect'), (row) => {
    const stated = row.entries().map(([service, routes]) => [service, routes.texts() ?? []] as const);
    const merged = new Map<string, readonly string[]>(stated);
    for (const [service, routes] of open) merged.set(service, [...new Set([...(merged.get(service) ?? []), ...routes])]);
    return record(merged);
  });
};

const rawOf = (view: View): Blueprint['raw'] => {
  const fields = (item: View): JsonFields => (item.node?.kind === 'map' ? (json(item.node) as JsonFields) : {});
  const keycloak = view.get('keycloak');
  const kong = view.get('kong');
  return {
    keycloak: { realm: fields(keycloak.get('realm')), clients: mapped(keycloak.get('clients'), fields) },
    kong: {
      services: mapped(kong.get('services'), fields),
      routes: mapped(kong.get('routes'), fields),
      plugins: mapped(kong.get('plugins'), fields),
      entities: mapped(kong.get('entities'), (section) => mapped(section, fields)),
    },
  };
};

const json = (node: Node): Json => {
  if (node.kind === 'map') return record([...node.entries].map(([key, entry]) => [key, json(entry.node)] as const));
  if (node.kind === 'list') return node.items.map(json);
  return node.kind === 'scalar' ? node.value : null;
};
