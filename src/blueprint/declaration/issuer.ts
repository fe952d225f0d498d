import { duration, listOf, named, object, oneOf, optional, required, secret, text, url } from './field.ts';
import { aRole, aScope, clientName, roleName, scopeName } from './names.ts';
import { algorithms } from './realm.ts';

const role = object('A role.', { includes: listOf('Roles that this one contains.', aRole, { default: [] }) });

const scope = object('A scope.', {
  audience: text('The audience that a token with this scope carries. Unstated where a token names its client in place of one (`audienceClaim: client_id`).'),
  roles: listOf('Granted only to people with one of these roles. Empty: to everyone.', aRole, { default: [] }),
});

const client = object('A client that the issuer has.', {
  type: required(
    oneOf('`public`: a browser or native application. `confidential`: a server that people sign in to. `service`: acts for itself.', [
      'public',
      'confidential',
      'service',
    ]),
  ),
  clientId: text('What the issuer calls it. Default: its name here, by which `expect` and `authentication` know it.'),
  clientSecret: secret('By which verify asks for its tokens (client credentials, of a service). Unstated: what needs a token of it is skipped, by name.'),
  ask: named(
    'What its requests for a token say beside the grant and the scopes: Auth0 wants `audience`. A `scope` of its own (Entra: `api://…/.default`) goes before the scopes.',
    { type: 'string', minLength: 1 },
    text('A value.'),
  ),
  scopes: listOf('Scopes of `issuer.scopes` that its tokens carry.', aScope, { default: [] }),
  audiences: listOf('Audiences that its tokens carry whatever their scopes are.', text('An audience.'), { default: [] }),
  webOrigins: listOf('Origins of its pages, for CORS.', text('An origin.')),
});

/** How tokens of an issuer are known and held to be meant for somebody: the same of the one issuer and of further ones. */
const recognised = {
  jwksUri: url('Where its keys are, for who wants that held against the discovery document. Default: as that says.'),
  audienceClaim: oneOf(
    "What says for whom an access token is. `client_id` (Cognito): no audience but the client that got it; a service then takes tokens of the clients that may have one of its scopes, and `services.<id>.audience` narrows that to one client id.",
    ['aud', 'client_id'],
    { default: 'aud' },
  ),
  tokenType: optional(
    object('By which claim an access token is known: whoever verifies refuses others where it can look (Kong). Default with `audienceClaim: client_id`: `{ claim: token_use, value: access }`, as Cognito has it.', {
      claim: text('The claim.', { default: 'typ', pattern: '^[A-Za-z0-9_-]+$', title: 'the name of a claim' }),
      value: required(text('What it says: `Bearer` at Keycloak, with `typ`.')),
    }),
  ),
  algorithm: oneOf('By which it signs. AWS takes RS256, RS384 and RS512 only.', algorithms, { default: 'RS256' }),
};

/** An issuer that is not ours. What it has is stated, because nobody is let look; nothing is made there. */
export const issuer = object(
  "Whose tokens count, where that is not a realm of this blueprint: any OpenID provider (Cognito, Auth0, Entra, Clerk, somebody else's Keycloak), known by its discovery document. Nothing is made there.",
  {
    url: required(url('What tokens say in `iss`, letter by letter. The discovery document is below it, and must say the same.')),
    ...recognised,
    accessTokenLifespan: duration('How long an access token of it is good at most.', { default: '1h' }),
    roles: named('Roles that its tokens may carry, by name.', roleName, role),
    scopes: named('Scopes that it grants, by name: those of a resource server of Cognito are called `parcels/read`.', scopeName, scope),
    clients: named('Its clients, by the names that this blueprint uses.', clientName, client),
  },
);

const furtherScope = object('A scope that it grants.', {
  audience: text('The audience that a token with this scope carries. Unstated where a token names its client in place of one (`audienceClaim: client_id`).'),
});

const furtherClient = object('A client of it. It is a row of `expect` by `<issuer>/<client>`.', {
  clientId: text('What the issuer calls it. Default: its name here.'),
  clientSecret: secret('By which verify asks for its tokens (client credentials). Unstated, and no `token`: what needs a token of it is skipped, by name.'),
  token: secret('An access token of it that somebody got for the run, in place of a secret.'),
  ask: named('What its requests for a token say beside the grant and the scopes, as in `issuer.clients`.', { type: 'string', minLength: 1 }, text('A value.')),
  scopes: listOf('Scopes of this issuer that its tokens carry.', text('A scope.'), { default: [] }),
  audiences: listOf('Audiences that its tokens carry whatever their scopes are.', text('An audience.'), { default: [] }),
});

/** Beside the one issuer: whose tokens single services take as well. Nobody of it has a role here, and nobody signs in. */
export const furtherIssuer = object('A further issuer, known by its discovery document. Nothing is made there.', {
  url: required(url('What its tokens say in `iss`, letter by letter. The discovery document is below it, and must say the same.')),
  ...recognised,
  scopes: named('Scopes that it grants, by name: those that routes demand.', scopeName, furtherScope),
  clients: named('Its clients, by the names that this blueprint uses.', clientName, furtherClient),
});
