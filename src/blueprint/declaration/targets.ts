import { baseUrl, duration, integer, named, object, oneOf, optional, flag, listOf, pattern, place, path, required, secret, text, url } from './field.ts';

/** Unset: as the blueprint's own `manage` says, and all of it where neither does. */
const manage = oneOf(
  '`none`: authctl looks, and never writes there. Plan and drift tell what differs and who gets in, `verify` attacks all the same. Default: the `manage` of the blueprint.',
  ['all', 'none'],
);

const insecure = flag('Take it that the login travels in the clear: plain http to another machine is refused without it.');

export const keycloak = object('The Keycloak server: where browsers and verifiers find it, where the Admin API is, and what tokens say. They may be three addresses.', {
  manage,
  url: required(baseUrl('Base URL, as browsers and verifiers reach it; with its path where it has one (`https://id.example/auth`).')),
  admin: baseUrl('Base URL of the Admin API, where the service account logs in, too. Default: `url`.'),
  issuer: url(
    "What tokens say in `iss`, letter by letter. Default: `<url>/realms/<realm.name>`. Before the first write it is compared with what Keycloak says of itself; `verify` asks at `url` for what is below it.",
  ),
  backchannel: baseUrl(
    'Base URL as gateways reach Keycloak, where they stand in a network of their own (`http://keycloak:8080`): there they ask about opaque tokens, and fetch keys where Kong follows them. Default: `url`.',
  ),
  mtls: baseUrl('Base URL at which Keycloak asks clients for a certificate, for tokens that are bound to one (`bound: mtls`). Default: `url`.'),
  insecure,
  fingerprintKey: secret(
    "Key of the fingerprints by which secrets that Keycloak does not show (passwords of personas) are compared; the same for every login, so that a read-only one sees whether they changed. Default: the client secret of `credentials`, and what another login set is told as not looked at.",
  ),
  credentials: required(
    object('The service account authctl works as.', {
      realm: text('Realm of the service account.', { default: 'master' }),
      clientId: text('Its client id.', { default: 'authctl' }),
      clientSecret: required(secret('Its secret.')),
    }),
  ),
});

/** Regions of control planes: https://developer.konghq.com/konnect-platform/geos/ */
const REGIONS = ['au', 'eu', 'in', 'me', 'sg', 'us'] as const;

export const kong = object('The Kong gateway.', {
  manage,
  admin: optional(
    object('The Admin API; not with `konnect`.', {
      url: required(baseUrl('Base URL of the Admin API.')),
      token: secret('RBAC token (Kong-Admin-Token), if the Admin API asks for one.'),
      insecure,
    }),
  ),
  konnect: optional(
    object('A control plane of Konnect, in the place of `admin`. It is only looked at: `manage: none` must be stated.', {
      region: required(oneOf('The geographic region that holds the control plane.', REGIONS)),
      controlPlane: required(text('Its name or its id.', { minLength: 1, maxLength: 255 })),
      token: required(secret('Access token of a system account or a person, with the role Viewer of the control plane.')),
      endpoint: baseUrl('Only for a stand-in on this machine. Unset (or empty) means `https://<region>.api.konghq.com`.'),
    }),
  ),
  proxy: required(
    object('The proxy, where clients send requests.', {
      url: required(baseUrl('Base URL of the proxy.')),
      origins: listOf(
        'Scheme, host and port by which clients ask, where that is not `url`: what the proof of a bound token may name.',
        text('An origin.', { pattern: '^https?://[^/?#@\\s]+$', title: 'an origin such as https://api.example' }),
      ),
      mtls: baseUrl('Base URL at which clients show their certificate, where tokens are bound to one and `url` is not by TLS.'),
      secondNode: baseUrl('Base URL of another node, for checks that compare the two. Unset (or empty): there is none to compare.'),
    }),
  ),
  edition: oneOf(
    '`oss` is built from the jwt plugin and the plugins in infra/kong; `enterprise` from openid-connect and opa.',
    ['oss', 'enterprise'],
    { default: 'oss' },
  ),
  store: oneOf('Where Kong keeps its configuration.', ['database', 'dbless'], { default: 'database' }),
  keys: oneOf(
    "How an open-source Kong comes by the issuer's keys. `pinned`: apply writes them there, and must run again when the issuer has new ones. `followed`: the token guard fetches them from the issuer, which every node must reach. Default: `pinned`; Enterprise always follows.",
    ['pinned', 'followed'],
  ),
  followed: optional(object('How closely keys are followed (`keys: followed`); each node by itself.', {
    refresh: duration('After this long they are fetched anew: how long a key that was withdrawn may still be taken. From 5s to 1d.', { default: '5m' }),
    coolDown: duration('In this time an unknown key id causes one fetch at the most: how long a new key may go unseen. From 1s to 1h.', { default: '10s' }),
    stale: duration('For this long beyond `refresh` the last good keys are taken while the issuer gives none. At most 1d.', { default: '1h' }),
  })),
  workspace: text('Workspace (Enterprise).'),
});

export const s3 = object('Where the bucket is, and who may write to it. Without keys the usual AWS environment gives them.', {
  region: text('Region.', { default: 'us-east-1' }),
  endpoint: baseUrl('A server that speaks the API of S3. Unset (or empty) means AWS.'),
  pathStyle: flag('The bucket stands in the path. Default: with an `endpoint`.'),
  accessKeyId: secret('Access key id.'),
  secretAccessKey: secret('Secret access key.'),
});

export const signing = object('Signs the bundles; without it whoever can write to the store can change the policy.', {
  key: required(secret('The private key, PEM. It is used in this process and goes nowhere else.')),
  algorithm: oneOf('RSA (from 2048 bits) or ECDSA on P-256.', ['ES256', 'RS256'], { default: 'ES256' }),
  keyId: required(
    text('The name under which OPA and the services know the public key.', {
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      title: 'a name of letters, digits and . _ -',
    }),
  ),
});

export const bundle = object('Where the policy bundle is published; OPA polls it from there.', {
  publish: required(
    place('`file:<directory>` (relative to the working directory), an http(s) URL to PUT to, or `s3://<bucket>/<prefix>`; `?owner=<account>` after it states the AWS account that the bucket must be of.', {
      pattern: '^(file:.+|https?://[^\\s]+|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?(\\?owner=[0-9]{12})?)$',
      title: 'file:<directory>, an http(s) URL or s3://<bucket>/<prefix>',
    }),
  ),
  token: secret('Bearer token for publishing.'),
  s3,
  signing,
  wait: duration('How long apply waits until every OPA and every service has the new revision.', { default: '30s' }),
});

export const opa = object('The Open Policy Agent servers.', {
  manage,
  servers: listOf(
    'Base URLs of every OPA, for reading the revision in force. None where only services decide (`decentralised`).',
    baseUrl('Base URL of an OPA.'),
    { default: [] },
  ),
  decisionUrl: baseUrl('Base URL as the gateway reaches OPA. Default: the first of `servers`.'),
  token: secret('Bearer token of the OPA API.'),
  insecure,
  binary: path(
    "The `opa` command that builds and checks bundles, relative to this file. Default: AUTHCTL_OPA_BIN, PATH, the local stack's.",
  ),
  bundle: optional(bundle),
});

export const aws = object('AWS API Gateway (HTTP API). Credentials come from the usual AWS environment.', {
  manage,
  region: required(text('Region.', { pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]$', title: 'an AWS region such as ap-northeast-1' })),
  adopts: text('Name or id of an HTTP API that is there already under another name than the blueprint\'s. `apply --adopt` takes it over in its place, with its routes; what it is called is then put right.', {
    pattern: '^[^\\u0000-\\u001f\\u007f]{1,128}$',
    title: 'the name or the id of an API',
  }),
  endpoint: baseUrl('Only for a stand-in or emulator. Unset (or empty) means the real AWS.'),
  throttle: object('Bounds of the whole stage; beyond them the answer is 429.', {
    rate: integer('Requests per second in the long run.', { minimum: 1, maximum: 10_000, default: 1000 }),
    burst: integer('Requests at once.', { minimum: 1, maximum: 5000, default: 500 }),
  }),
  accessLog: text(
    'ARN of the CloudWatch log group or Firehose stream that gets one JSON line per request, with who asked and why a token was refused.',
    {
      pattern:
        '^arn:aws[a-z-]*:(logs:[a-z0-9-]+:[0-9]{12}:log-group:[^\\s*]+|firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/amazon-apigateway-[^\\s]+)$',
      title: 'the ARN of a log group (without ":*") or of a delivery stream amazon-apigateway-…',
    },
  ),
  stages: listOf(
    'Stages that serve the API. The first is the one that clients and verify use; `$default` stands at the address itself, any other below it (`/live`). Default: `$default` alone.',
    text('A stage.', { pattern: '^([$]default|[A-Za-z0-9_-]{1,128})$', title: '$default, or a name of letters, digits, _ and -' }),
    { minItems: 1 },
  ),
  autoDeploy: flag('Whether every change is served at once. Where it is not, apply deploys once, when everything is written, and nothing that is changed beside it is served before somebody deploys.', { default: true }),
  domains: listOf('Custom domain names under which the API answers, beside its own address. A domain, its certificate and its entry in DNS stand already, and are not made here.', object('Where a domain leads.', {
    name: required(text('The domain.', { pattern: '^(\\*\\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$', title: 'a domain in lower case, such as api.example.com' })),
    path: text('The first segments of the paths that lead to the API, without slashes around them. Default: none, all paths do.', { pattern: '^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$', title: 'segments such as v1 or shop/v1' }),
    stage: text('The stage that answers. Default: the first of `stages`.'),
  }), { minItems: 1 }),
  tags: named(
    'Tags of the API and its stage, beside the mark `authctl`.',
    pattern('a tag key that is not `authctl`, `authctl-adopted`, `authctl-was` or `authctl-mapping-…` and does not begin with aws:', '^(?!aws:|authctl(-adopted|-was|-mapping-.*)?$)[A-Za-z0-9 +=._:/@-]{1,128}$'),
    text('The value.', { maxLength: 256 }),
  ),
});

export const targets = object('The live systems: where they are and how to log in.', { keycloak, kong, opa: optional(opa), aws });
