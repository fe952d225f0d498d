import { baseUrl, document, duration, flag, integer, listOf, named, object, oneOf, oneOrMore, optional, pattern, place, required, text, withInstead } from './field.ts';
import { ownAuthentication } from './authentication.ts';
import { aRole, acrForm, formerName, idName } from './names.ts';

export const gateway = oneOf('A gateway.', ['kong', 'aws']);

/** What of a request a service may need for an answer, and no gateway asks for. */
const sampled = {
  path: named(
    'Values of path variables, by name. What `objects` names goes before them; `42` is the value of any other.',
    pattern('the name of a path variable, such as id', '^[A-Za-z_][A-Za-z0-9_-]*$'),
    text('A value.', { pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,199}$', title: 'a text (in quotes, if it is a number) of letters, digits and . _ ~ -' }),
  ),
  query: named('Parameters of the query, by name.', pattern('the name of a parameter', '^[^\\s&=#?]{1,100}$'), text('A value.')),
  headers: named(
    'Headers by name: none that carries a credential, none that verify or the gateway sets.',
    pattern('the name of a header', "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"),
    text('A value.', { pattern: '^[ -~]+$', title: 'a text of printable ASCII' }),
  ),
};

const sample = optional(object('What verify sends to the routes of this service, so that it can answer.', sampled));
const routeSample = optional(
  object('What verify sends to this route, beside the sample of its service. On a write it is the leave to send one with a valid credential, empty (`{}`) as well.', {
    ...sampled,
    body: document('Body of a write, sent as JSON. Default: `{}`.'),
  }),
);
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const host = text('A host, in lower case: all of it, or with `*` for the first or the last part.', {
  pattern: `^(\\*(\\.${LABEL})+|${LABEL}(\\.${LABEL})*(\\.\\*)?)$`,
  title: 'a host in lower case and without a port, such as api.example.com, *.example.com or example.*',
});
const headerName = text('The name of a header.', { pattern: '^[A-Za-z][A-Za-z0-9-]{0,99}$', title: 'the name of a header: letters, digits and -' });
const atMost = (period: string) => integer(`In a ${period}.`, { minimum: 1, maximum: 1_000_000_000 });
const rateLimit = object('How many requests are let through; beyond that the answer is 429. Kong alone: each of its nodes counts for itself.', {
  second: atMost('second'),
  minute: atMost('minute'),
  hour: atMost('hour'),
  day: atMost('day'),
  by: oneOf('Counted by the address that a request comes from, or all together.', ['ip', 'service'], { default: 'ip' }),
});

/** A decision, as OPA's API has it below `/v1/data/`. */
export const decisionForm = { pattern: '^[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$', title: 'a decision path such as shop/authz', examples: ['shop/authz'] };

/** What a service says for its routes, and a route for itself. */
const passing = {
  hosts: listOf('Hosts by which it is asked for (`Host`). Kong alone.', host, { minItems: 1 }),
  stripPath: flag('What `match` has before `**`, or all of an exact path, is taken off on the way to the upstream. Kong alone.'),
  preserveHost: flag('The upstream gets the `Host` that the client sent. Kong alone.'),
  requestBuffering: flag('Kong takes all of a request before it sends it on. Unset: as Kong has it, yes. Kong alone.'),
  responseBuffering: flag('Kong takes all of an answer before it sends it back; `false` for streams of events. Unset: as Kong has it, yes. Kong alone.'),
  rateLimit: optional(rateLimit),
  maxBody: text('The largest body of a request; a larger one is answered with 413. Kong alone.', {
    pattern: '^[1-9][0-9]{0,5}(kB|MB)$',
    title: 'a size: a number and kB or MB, such as 512kB or 8MB',
    examples: ['512kB', '8MB'],
  }),
};

/** How people must have signed in, of a service for its routes, and of a route for itself (RFC 9470). */
const signIn = {
  acr: oneOrMore('The level of the sign-in that is demanded (`realm.levels`), or one of several; a stronger one does as well. Of another issuer: values of its `acr`. See [step-up](step-up.md). Not at AWS.', text('A level.', acrForm)),
  maxAge: duration('How long ago the sign-in may have been at most (`auth_time`). Not at AWS.'),
};

const METHOD = '(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)';
/** A segment as people write it, not percent-encoded: what a path may hold (RFC 3986 section 3.3) but for `;` and `*`, and every letter there is. */
const WORD = "[A-Za-z0-9._~:@!$&'()+,=\u0080-\uffff-]+";

const adopts = (what: string) =>
  text(`Name or id of ${what} of Kong's that is there already. \`apply --adopt\` takes it over in its place, under the blueprint's name from then on; without it the plan is blocked.`, {
    pattern: '^[^\\u0000-\\u001f\\u007f]{1,255}$',
    title: 'a name or an id',
  });

/** What gRPC asks for: a method of a service, all of its methods, or all that there is. (PROTOCOL-HTTP2.md of gRPC: Path → "/" Service-Name "/" {method name}) */
const CALL = 'GRPC /(\\*\\*|[A-Za-z_][A-Za-z0-9_.]*/(\\*\\*|[A-Za-z_][A-Za-z0-9_]*))';

/** Of a `match` that is none. */
const insteadOfMatch = (wrong: string): string | undefined =>
  /^[A-Z,]*GRPC\b/.test(wrong)
    ? 'GRPC stands alone, with the service and the method as the proto file has them (GRPC /shop.v1.Orders/List), or /** for all methods of the service: nothing in it varies, and its HTTP method is always POST'
    : /^([A-Z,]+ )?~/.test(wrong)
    ? 'a path is a template, no regular expression: a variable takes any one segment (GET /orders/{id}), and /** everything below; what only an expression can say is a route of raw.kong.entities.routes'
    : undefined;

export const route = object('A route of a service.', {
  match: required(
    withInstead(oneOrMore('Methods and path: `GET /orders/{id}`, `GET,POST /orders`, `ANY /orders/**`; a method of gRPC: `GRPC /shop.v1.Orders/List`; or several of them ([below](#routes)).', withInstead(text('Methods and path.', {
      pattern: `^((ANY|${METHOD}(,${METHOD})*) (/|(/${WORD})*/\\*\\*|(/(${WORD}|\\{[A-Za-z_][A-Za-z0-9_-]*\\}))+/?)|${CALL})$`,
      title: 'methods and a path, such as GET /orders/{id}, GET,POST /orders or ANY /orders/**, or GRPC /shop.v1.Orders/List',
      examples: ['GET /orders/{id}', 'GET,POST /orders', 'ANY /orders/**', 'GRPC /shop.v1.Orders/List'],
    }), insteadOfMatch)), insteadOfMatch),
  ),
  adopts: adopts('a route'),
  renamedFrom: formerName('this route', idName),
  head: flag('HEAD goes with GET, and is asked the same. `false`: only where `match` names it. Default: `true`.'),
  ...passing,
  headers: named(
    'Headers without which a request is not this route, each with the values that it may have (in any case). Kong alone.',
    pattern('the name of a header: letters, digits and -', '^[A-Za-z][A-Za-z0-9-]{0,99}$'),
    listOf('Values, any one of which is enough.', text('A value.', { pattern: '^[!-}]([ -~]{0,198}[!-~])?$', title: 'a text of printable ASCII that does not begin with ~' }), { minItems: 1 }),
  ),
  public: flag('Needs no token. Excludes `scopes` and `roles`.', { default: false }),
  anyToken: flag("Any token for the service is enough, and no scope is asked for. At AWS, which looks at the audience (or `client_id`) alone, an ID token for it is one. Without this, a route behind AWS states scopes."),
  scopes: listOf('Every one of these scopes is demanded.', text('A scope.'), { default: [] }),
  roles: listOf('Any one of these realm roles is demanded.', aRole, { default: [] }),
  ownedBy: text('The path variable (`id`) that names an object which belongs to somebody: only its owner may use it. The service decides.', {
    pattern: '^[A-Za-z_][A-Za-z0-9_-]*$',
    title: 'the name of a path variable, such as id',
  }),
  ...signIn,
  anyOwner: listOf("With any one of these roles, anybody's object (`ownedBy`).", aRole, { default: [] }),
  reads: flag('A method of gRPC that changes nothing (`idempotency_level = NO_SIDE_EFFECTS` in its proto file): verify tries it as it does a GET. For `GRPC` alone.'),
  sample: routeSample,
  gateways: listOf('Where this route is offered. Default: the gateways of its service.', gateway, { minItems: 1 }),
});

export const service = object('A service behind the gateways.', {
  upstream: required(
    place('Where the gateway sends its requests: a base URL (`grpc://` or, over TLS, `grpcs://` for routes of gRPC, which kong alone has); or, which aws alone can ask, the ARN of a Lambda function (of its alias or version), or in a VPC that of a listener or of a service of Cloud Map (`vpcLink`).', {
      pattern: '^((https?|grpcs?)://[^\\s]+|arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(app|net)/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}/[0-9a-f]{16}|arn:aws[a-z-]*:servicediscovery:[a-z0-9-]+:[0-9]{12}:service/srv-[a-z0-9]{1,32}|arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:([$]LATEST|[A-Za-z0-9_-]{1,128}))?)$',
      title: 'an http://, https://, grpc:// or grpcs:// URL, or the ARN of a Lambda function, a listener or a service of Cloud Map',
      examples: ['http://orders:9101', 'grpc://orders:50051', 'arn:aws:lambda:eu-central-1:123456789012:function:orders'],
    }),
  ),
  adopts: adopts('a service'),
  renamedFrom: formerName('this service', idName),
  lambda: optional(object('How the Lambda function is asked that `upstream` names.', {
    payload: oneOf('The form of its event and of its answer.', ['1.0', '2.0'], { default: '2.0' }),
    timeout: duration('How long its answer is waited for, 30 s at the most.', { default: '10s' }),
    role: text("ARN of a role by which API Gateway asks it. Unset: the function's own policy must let the API in (`AWS::Lambda::Permission`), which the templates of `render` hold and authctl does not write.", {
      pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}$',
      title: 'the ARN of a role',
    }),
  })),
  vpcLink: optional(object('The VPC link by which API Gateway gets to an `upstream` in a VPC. It is not made here.', {
    id: required(text('Its id, as AWS gives it.', { pattern: '^[a-z0-9]{1,64}$', title: 'the id of a VPC link, such as abc123' })),
    serverName: text('API Gateway asks over TLS, and the certificate there must have this name. Unset: it asks over plain http.', { pattern: `^${LABEL}(\\.${LABEL})*$`, title: 'a host in lower case' }),
  })),
  ...passing,
  ...signIn,
  timeouts: optional(object('How long Kong waits for the upstream. Unset: as Kong has it, a minute each. Kong alone.', {
    connect: duration('For the connection.'),
    write: duration('Between two parts of a request that it sends.'),
    read: duration('Between two parts of an answer that it gets.'),
  })),
  retries: integer('How often Kong tries another time when it gets no connection. Unset: as Kong has it, 5. Kong alone.', { minimum: 0, maximum: 32_767 }),
  cors: optional(object('What pages of other origins (`authentication.origins`) may do, beside asking.', {
    headers: listOf('Headers that they may send, beside Authorization, Content-Type and X-Requested-With.', headerName, { default: [] }),
    exposed: listOf('Headers of an answer that they may read.', headerName, { default: [] }),
    maxAge: duration('How long a browser may keep what it was told. Default: 10m.'),
  })),
  status: baseUrl(
    'Where the service tells which bundle it decides by, as docs/service.md has it. Unset (or empty): apply does not wait for it.',
  ),
  recorder: baseUrl('Base URL of a recording upstream, which verify asks what arrived. Unset (or empty): cannot be observed.'),
  local: oneOf('What the local stack runs in its place: a recording upstream, or the sample single-page client.', ['recorder', 'storefront'], {
    default: 'recorder',
  }),
  audience: text("Audience that its tokens must carry. Default: the service's id."),
  authentication: ownAuthentication,
  issuers: listOf("Whose tokens it takes: `own`, the blueprint's, and names of `issuers`. Default: `own` alone. Several on one service: `sso` behind a Kong that follows keys, and `jwt`; behind AWS one.", text('`own`, or the name of an issuer.'), { minItems: 1 }),
  decision: text('The decision asked of OPA for its routes. Unset: that of `authorization`.', decisionForm),
  gateways: listOf('The gateways in front of it.', gateway, { minItems: 1, default: ['kong'] }),
  objects: named(
    'Objects that verify finds in the service (`ownedBy`), each with the persona whose it is. No policy and no gateway knows them.',
    pattern('an id of letters, digits and . _ ~ -', '^[A-Za-z0-9][A-Za-z0-9._~-]{0,62}$'),
    text('A persona.'),
  ),
  sample,
  routes: required(named('Routes by id.', idName, route, { minProperties: 1 })),
});
