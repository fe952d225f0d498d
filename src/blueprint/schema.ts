import { rawSchema } from './raw.ts';
import {
  clientName,
  duration,
  flag,
  idName,
  listOf,
  lowerName,
  named,
  object,
  oneOf,
  pattern,
  roleName,
  rowName,
  scopeName,
  secret,
  text,
  url,
  userName,
} from './shapes.ts';
import type { Schema } from './shapes.ts';

const targets = object(
  'The live systems: where they are and how to log in.',
  {
    keycloak: object(
      'The Keycloak server. The issuer is `<url>/realms/<realm.name>`.',
      {
        url: url('Base URL, as clients and verifiers reach it.'),
        credentials: object(
          'The service account authctl works as.',
          {
            realm: text('Realm of the service account.', { default: 'master' }),
            clientId: text('Its client id.', { default: 'authctl' }),
            clientSecret: secret('Its secret.'),
          },
          ['clientSecret'],
        ),
      },
      ['url', 'credentials'],
    ),
    kong: object(
      'The Kong gateway.',
      {
        admin: object(
          'The Admin API.',
          { url: url('Base URL of the Admin API.'), token: secret('RBAC token (Kong-Admin-Token), if the Admin API asks for one.') },
          ['url'],
        ),
        proxy: object(
          'The proxy, where clients send requests.',
          {
            url: url('Base URL of the proxy.'),
            secondNode: url('Base URL of another node, for checks that compare the two. Unset (or empty): there is none to compare.'),
          },
          ['url'],
        ),
        edition: oneOf(
          '`oss` is built from the jwt plugin and the plugins in infra/kong; `enterprise` from openid-connect and opa.',
          ['oss', 'enterprise'],
          { default: 'oss' },
        ),
        store: oneOf('Where Kong keeps its configuration.', ['database', 'dbless'], { default: 'database' }),
        workspace: text('Workspace (Enterprise).'),
      },
      ['admin', 'proxy'],
    ),
    opa: object(
      'The Open Policy Agent servers.',
      {
        servers: listOf('Base URLs of every OPA, for reading the revision in force. None where only services decide (`decentralised`).', url('Base URL of an OPA.'), {
          default: [],
        }),
        decisionUrl: url('Base URL as the gateway reaches OPA. Default: the first of `servers`.'),
        token: secret('Bearer token of the OPA API.'),
        binary: text('The `opa` command that builds and checks bundles, relative to this file. Default: AUTHCTL_OPA_BIN, PATH, the local stack\'s.'),
        bundle: object(
          'Where the policy bundle is published; OPA polls it from there.',
          {
            publish: text('`file:<directory>` (relative to the working directory), an http(s) URL to PUT to, or `s3://<bucket>/<prefix>`.', {
              pattern: '^(file:.+|https?://[^\\s]+|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?)$',
              title: 'file:<directory>, an http(s) URL or s3://<bucket>/<prefix>',
            }),
            token: secret('Bearer token for publishing.'),
            s3: object(
              'Where the bucket is, and who may write to it. Without keys the usual AWS environment gives them.',
              {
                region: text('Region.', { default: 'us-east-1' }),
                endpoint: url('A server that speaks the API of S3. Unset (or empty) means AWS.'),
                pathStyle: { type: 'boolean', description: 'The bucket stands in the path. Default: with an `endpoint`.' },
                accessKeyId: secret('Access key id.'),
                secretAccessKey: secret('Secret access key.'),
              },
            ),
            signing: object(
              'Signs the bundles; without it whoever can write to the store can change the policy.',
              {
                key: secret('The private key, PEM. It is used in this process and goes nowhere else.'),
                algorithm: oneOf('RSA (from 2048 bits) or ECDSA on P-256.', ['ES256', 'RS256'], { default: 'ES256' }),
                keyId: text('The name under which OPA and the services know the public key.', {
                  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
                  title: 'a name of letters, digits and . _ -',
                }),
              },
              ['key', 'keyId'],
            ),
            wait: duration('How long apply waits until every OPA and every service has the new revision.', '30s'),
          },
          ['publish'],
        ),
      },
      ['bundle'],
    ),
    aws: object(
      'AWS API Gateway (HTTP API). Credentials come from the usual AWS environment.',
      {
        region: text('Region.', { pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]$', title: 'an AWS region such as ap-northeast-1' }),
        endpoint: url('Only for a stand-in or emulator. Unset (or empty) means the real AWS.'),
        throttle: object('Bounds of the whole stage; beyond them the answer is 429.', {
          rate: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000, description: 'Requests per second in the long run.', title: 'a whole number from 1 to 10000' },
          burst: { type: 'integer', minimum: 1, maximum: 5000, default: 500, description: 'Requests at once.', title: 'a whole number from 1 to 5000' },
        }),
        accessLog: text('ARN of the CloudWatch log group or Firehose stream that gets one JSON line per request, with who asked and why a token was refused.', {
          pattern: '^arn:aws[a-z-]*:(logs:[a-z0-9-]+:[0-9]{12}:log-group:[^\\s*]+|firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/amazon-apigateway-[^\\s]+)$',
          title: 'the ARN of a log group (without ":*") or of a delivery stream amazon-apigateway-…',
        }),
        tags: named('Tags of the API and its stage, beside the mark `authctl`.', pattern('a tag key that is not `authctl` and does not begin with aws:', '^(?!aws:|authctl$)[A-Za-z0-9 +=._:/@-]{1,128}$'), text('The value.', { maxLength: 256 })),
      },
      ['region'],
    ),
  },
  ['keycloak'],
);

const client: Schema = object(
  'A client of the realm.',
  {
    type: oneOf('`public`: a browser or native application. `confidential`: a server that people sign in to. `service`: acts for itself.', [
      'public',
      'confidential',
      'service',
    ]),
    redirectUris: listOf('Exact redirect URIs; no wildcards.', text('A redirect URI.'), { default: [] }),
    webOrigins: listOf('Exact origins that may call the token endpoint. Default: the origins of `redirectUris`.', text('An origin.')),
    postLogoutRedirectUris: listOf('Exact URIs to return to after logout.', text('A URI.'), { default: [] }),
    scopes: listOf('Scopes of `realm.scopes` that this client may have.', text('A scope.'), { default: [] }),
    secret: secret('Client secret (confidential and service).'),
    roles: listOf('Realm roles of the service account (service).', text('A role.'), { default: [] }),
    lightweightTokens: flag('Issue lightweight access tokens: everything else is learnt by introspection.', false),
    protected: flag('Never delete this client, not even with --prune or destroy.', false),
  },
  ['type'],
);

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const realm = object('The Keycloak realm.', {
  name: text("Realm name. Default: the blueprint's name.", {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
    title: 'a realm name of letters, digits and . _ -',
  }),
  tokens: object('What tokens are like.', {
    accessTokenLifespan: duration('Life of an access token, at most 1h.', '5m'),
    algorithm: oneOf('Signature algorithm. AWS takes RS256, RS384 and RS512 only.', algorithms, { default: 'RS256' }),
    refreshTokenRotation: flag('A refresh token works once; using it again ends the session (RFC 9700 section 4.14).', true),
  }),
  sessions: object('Single sign-on sessions.', {
    idle: duration('Ends after this long without use.', '30m'),
    max: duration('Ends after this long in any case.', '10h'),
  }),
  bruteForceProtection: flag('Slow down and lock accounts after failed logins.', true),
  sslRequired: oneOf('Which addresses must use https.', ['all', 'external', 'none'], { default: 'external' }),
  roles: named(
    'Realm roles by name.',
    roleName,
    object('A role.', {
      includes: listOf('Roles that this one contains.', text('A role.'), { default: [] }),
      description: text('Shown in Keycloak.'),
    }),
  ),
  scopes: named(
    'Client scopes by name.',
    scopeName,
    object(
      'A scope.',
      {
        audience: text('The audience that a token with this scope carries.'),
        roles: listOf('Granted only to users with one of these roles. Empty: to everyone.', text('A role.'), { default: [] }),
        description: text('Shown in Keycloak.'),
      },
      ['audience'],
    ),
  ),
  clients: named('Clients by client id.', clientName, client),
});

const authentication = object(
  'How requests are authenticated.',
  {
    pattern: oneOf('See docs/patterns.', ['sso', 'session', 'jwt', 'opaque', 'aws']),
    client: text('The client of `realm.clients` that people sign in with.'),
    issuer: url('Whose tokens count, where it is not the realm: another identity provider (pattern `aws`).'),
    token: object('Where the token travels.', {
      in: listOf('Places a verifier looks in.', oneOf('A place.', ['header', 'cookie']), { minItems: 1, default: ['header'] }),
      cookie: text('Cookie name; must begin with `__Host-` or `__Secure-`.', {
        pattern: '^[A-Za-z0-9_-]{1,64}$',
        title: 'a cookie name of letters, digits, _ and -',
      }),
      storage: oneOf(
        'Where the page keeps its token (pattern `sso`). `gateway-cookie`: the gateway sets the cookie at `POST /session`, and no script reads it. Any script of the page can read the others. Default: `gateway-cookie` when a cookie is named.',
        ['gateway-cookie', 'script-cookie', 'sessionStorage', 'localStorage'],
      ),
      sameSite: oneOf('Of the cookie that the gateway sets: `Lax` where a link from another site must arrive signed in.', ['Strict', 'Lax'], {
        default: 'Strict',
      }),
      relay: oneOf('What the upstream receives: the token in the Authorization header, or nothing.', ['header', 'none'], {
        default: 'header',
      }),
      leeway: {
        type: 'integer',
        minimum: 0,
        maximum: 60,
        default: 5,
        description: 'Clock leeway of every verifier, in seconds.',
        title: 'a whole number of seconds from 0 to 60',
      },
      maxLifetime: duration('Longest accepted `exp - iat`.'),
    }),
    origins: listOf(
      'Web origins from which a cookie may act, and which CORS allows. Default: the web origins of `client`.',
      text('An origin.'),
    ),
    introspection: object(
      'How the gateway learns what stands behind an opaque token (pattern `opaque`).',
      {
        client: { ...clientName, description: 'Client id that the gateway asks as. The pattern makes this client; it gets no token of its own.' },
        secret: secret('Its secret.'),
        cache: {
          type: 'integer',
          minimum: 0,
          maximum: 300,
          default: 5,
          description: 'Seconds an answer is kept at most: how long a revocation may go unseen.',
          title: 'a whole number of seconds from 0 to 300',
        },
        maxFailuresPerMinute: {
          type: 'integer',
          minimum: 0,
          maximum: 1_000_000,
          default: 120,
          description: 'Unknown tokens the issuer is asked about per client address, minute and gateway worker. 0 sets no bound.',
          title: 'a whole number from 0 to 1000000',
        },
      },
      ['client', 'secret'],
    ),
    session: object(
      'Where sessions are kept, and for how long (pattern `session`).',
      {
        url: url('Base URL of the session service, as the gateway reaches it.'),
        server: oneOf('What stands there: the service in infra/services/session, or another in its place.', ['authctl', 'mod_auth_openidc', 'oauth2-proxy'], {
          default: 'authctl',
        }),
        path: text('Path of its sign-in, callback and logout, at the gateway and at the service.', {
          pattern: '^(/[a-z0-9-]+)+$',
          title: 'a path of lower-case letters, digits and hyphens, such as /session',
          default: '/session',
        }),
        cookie: text("The session's cookie; it says nothing.", {
          pattern: '^__(Host|Secure)-[A-Za-z0-9_-]{1,56}$',
          title: 'a cookie name that begins with __Host- or __Secure-',
        }),
        idle: duration('A session ends after this long without use.', '15m'),
        absolute: duration('A session ends after this long in any case.', '8h'),
        renew: duration('Tokens are renewed when they are this old: how long a disabled account may go unseen.', '1m'),
        store: oneOf('Where the service keeps sessions; `infinispan` is reached by its RESP endpoint.', ['redis', 'infinispan'], { default: 'redis' }),
        storeUrl: secret('URL of the store, `redis://…`, for checks that look into it. Unset: it cannot be looked into.'),
      },
      ['url', 'cookie'],
    ),
  },
  ['pattern', 'client'],
);

const authorization = object('How requests are authorized.', {
  pattern: oneOf('`none`: scopes and roles at the gateway only. The others ask OPA.', ['none', 'centralised', 'decentralised', 'hybrid'], {
    default: 'none',
  }),
  policy: text('Directory of the Rego files, relative to the file that says so.'),
  decision: text('The decision asked of OPA.', {
    pattern: '^[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$',
    title: 'a decision path such as shop/authz',
  }),
});

const gateways = (description: string, rest: Schema = {}): Schema =>
  listOf(description, oneOf('A gateway.', ['kong', 'aws']), { minItems: 1, ...rest });

const route = object(
  'A route of a service.',
  {
    match: text('Method and path template: `GET /orders/{id}`.', {
      pattern: '^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/|(/([A-Za-z0-9._~-]+|\\{[A-Za-z][A-Za-z0-9]*\\}))+)$',
      title: 'a method and a path, such as GET /orders/{id}',
    }),
    public: flag('Needs no token. Excludes `scopes` and `roles`.', false),
    scopes: listOf('Every one of these scopes is demanded.', text('A scope.'), { default: [] }),
    roles: listOf('Any one of these realm roles is demanded.', text('A role.'), { default: [] }),
    ownedBy: text('The path variable (`id`) that names an object which belongs to somebody: only its owner may use it. The service decides.', {
      pattern: '^[A-Za-z][A-Za-z0-9]*$',
      title: 'the name of a path variable, such as id',
    }),
    anyOwner: listOf("With any one of these roles, anybody's object (`ownedBy`).", text('A role.'), { default: [] }),
    gateways: gateways('Where this route is offered. Default: the gateways of its service.'),
  },
  ['match'],
);

const service = object(
  'A service behind the gateways.',
  {
    upstream: url('Where the gateway sends its requests.'),
    status: url('Where the service tells which bundle it decides by, as docs/service.md has it. Unset (or empty): apply does not wait for it.'),
    recorder: url('Base URL of a recording upstream, which verify asks what arrived. Unset (or empty): cannot be observed.'),
    local: oneOf('What the local stack runs in its place: a recording upstream, or the sample single-page client.', ['recorder', 'storefront'], {
      default: 'recorder',
    }),
    audience: text("Audience that its tokens must carry. Default: the service's id."),
    authentication: {
      ...authentication,
      description: "How requests to this service are authenticated, where that differs from the blueprint's `authentication`, whose client it shares unless it states one.",
      required: ['pattern'],
    },
    gateways: gateways('The gateways in front of it.', { default: ['kong'] }),
    objects: named(
      'Objects that verify finds in the service (`ownedBy`), each with the persona whose it is. No policy and no gateway knows them.',
      pattern('an id of letters, digits and . _ ~ -', '^[A-Za-z0-9][A-Za-z0-9._~-]{0,62}$'),
      text('A persona.'),
    ),
    routes: { ...named('Routes by id.', idName, route), minProperties: 1 },
  },
  ['upstream', 'routes'],
);

/** What a blueprint is made of beside its identity. */
export const sections: Record<string, Schema> = {
  targets,
  realm,
  authentication,
  authorization,
  services: { ...named('Services by id.', idName, service), minProperties: 1 },
  personas: named(
    'People that checks act as, by username.',
    userName,
    object('A persona.', { roles: listOf('Realm roles.', text('A role.'), { default: [] }), password: secret('Password.') }, ['password']),
  ),
  expect: named(
    'The access matrix: who may use what. What is not listed must be refused; public routes are open to everyone.',
    rowName,
    named('Routes by service.', idName, listOf('Ids of routes that must pass.', text('A route id.'))),
  ),
  raw: rawSchema,
};

const head: Record<string, Schema> = {
  apiVersion: { type: 'string', enum: ['authctl/v1'], description: 'Version of this format.' },
  name: { ...lowerName(31), description: 'The ownership mark on every live object.' },
};

/**
 * The blueprint's JSON Schema: what the loader checks after `include` and `environments` were merged and references resolved.
 * `description` is the reference text, `title` the noun phrase that messages use ("expected a duration such as 5m"), `default` what
 * the loader fills in.
 */
export const blueprintSchema: Schema = object('An authctl blueprint.', { ...head, ...sections }, [
  'apiVersion',
  'name',
  'targets',
  'realm',
  'authentication',
  'services',
]);
