import { hasPolicy } from '../../access/decides.ts';
import { fieldAt } from '../declaration/index.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Authentication, Blueprint, ForeignIssuer } from '../types.ts';
import { expectation } from '../validate.ts';
import { checkBaseUrl, checkOrigin, isLoopback } from './addresses.ts';
import { authenticationsOf } from './context.ts';
import type { Context } from './context.ts';
import { pathOf } from './route-place.ts';

/** Whose tokens count: those of a realm that is made, or of an issuer that is not ours, and each wants its own to be stated. */
export const checkIssuer = (context: Context): void => {
  const { blueprint, root, findings } = context;
  if (blueprint.foreign) checkForeign(context, blueprint.foreign);
  else if (nodeAt(root, ['issuer']))
    findings.add('BLUEPRINT_ISSUER', ['issuer'], 'the realm is the issuer of this blueprint: a second one would be nobody’s', {
      side: 'key',
      hint: 'remove realm and targets.keycloak, or this; whose tokens single services take besides is said by issuers, by name (docs/issuers.md)',
    });
  else checkOwn(context);
};

const checkOwn = (context: Context): void => {
  const { blueprint, root, findings } = context;
  mustState(context, ['realm']);
  if (nodeAt(root, ['targets'])) mustState(context, ['targets', 'keycloak']);
  if (nodeAt(root, ['authentication'])) mustState(context, ['authentication', 'client']);
  for (const [name, persona] of Object.entries(blueprint.personas)) {
    mustState(context, ['personas', name, 'password']);
    for (const field of ['token', 'idToken'] as const)
      if (persona[field]) findings.add('BLUEPRINT_ISSUER', ['personas', name, field], 'this is not used: a persona of the realm signs in', { hint: 'remove it' });
  }
};

/** As the form of the file says it of other fields: that this one may be absent is so where there is no realm. */
const mustState = ({ root, findings }: Context, path: Path): void => {
  const above = nodeAt(root, path.slice(0, -1));
  if (above?.kind !== 'map' || nodeAt(root, path)) return;
  const where = path.length > 1 ? path.slice(0, -1).join('.') : 'the blueprint';
  findings.add('BLUEPRINT_MISSING_KEY', path, `${where} must state "${String(path.at(-1))}"`, { side: 'key', expected: expectation(fieldAt(path) ?? {}) });
};

const checkForeign = (context: Context, foreign: ForeignIssuer): void => {
  const { blueprint, root, findings } = context;
  checkAddress(context, ['issuer', 'url'], foreign.url);
  if (foreign.jwksUri !== undefined) checkAddress(context, ['issuer', 'jwksUri'], foreign.jwksUri);
  const nothingMade = (path: Path, what: string): void => {
    if (nodeAt(root, path)) findings.add('BLUEPRINT_ISSUER', path, `${what}: nothing is made at an issuer that is not ours`, { side: 'key', hint: 'remove it, or state a realm in the place of the issuer' });
  };
  nothingMade(['targets', 'keycloak'], 'this Keycloak is not asked');
  nothingMade(['raw', 'keycloak'], 'this is written nowhere');
  for (const name of Object.keys(blueprint.personas))
    for (const field of ['password', 'groups', 'email', 'firstName', 'lastName', 'attributes']) nothingMade(['personas', name, field], 'nobody signs in, and no account is made');
  for (const [name, { audience }] of Object.entries(blueprint.realm.scopes)) {
    const path = ['issuer', 'scopes', name];
    if (foreign.audienceClaim === 'aud' && audience === '')
      findings.add('BLUEPRINT_MISSING_KEY', [...path, 'audience'], `${path.join('.')} must state "audience"`, { side: 'key', expected: 'the audience of tokens with this scope, or audienceClaim: client_id on the issuer' });
    if (foreign.audienceClaim === 'client_id' && audience !== '')
      findings.add('BLUEPRINT_ISSUER', [...path, 'audience'], 'a token of this issuer names its client, and no audience', { hint: 'remove it, or take audienceClaim: client_id off the issuer' });
  }
  for (const [id, client] of Object.entries(blueprint.realm.clients)) checkClient(context, id, client);
  for (const { authentication } of authenticationsOf(context)) checkPattern(context, authentication, foreign);
  for (const { id, audience, gateways } of Object.values(blueprint.services))
    if (foreign.audienceClaim === 'aud' && !foreign.tokenType && gateways.includes('kong') && Object.entries(blueprint.realm.clients).some(([name, { abroad }]) => (abroad?.clientId ?? name) === audience))
      findings.add('BLUEPRINT_ISSUER', ['services', id, 'audience'], 'ID tokens of this client have the same audience, and nothing tells them from access tokens', { expected: 'an audience that is no client, or issuer.tokenType' });
  if (hasPolicy(blueprint))
    findings.add('BLUEPRINT_ISSUER', ['authorization', 'pattern'], 'policies are held against tokens as Keycloak writes them; what the claims of this issuer mean to them nobody could say', {
      expected: 'none: scopes at the gateway',
    });
  for (const route of Object.values(blueprint.services).flatMap(({ routes }) => routes))
    if (route.roles.length > 0 && route.gateways.includes('kong'))
      findings.add('BLUEPRINT_ISSUER', pathOf(route, 'roles'), 'the guard at Kong reads roles where Keycloak writes them (realm_access)', { expected: 'a scope that the issuer grants to these roles only' });
};

const checkClient = (context: Context, id: string, { type, secret, webOrigins }: Blueprint['realm']['clients'][string]): void => {
  const path = ['issuer', 'clients', id];
  webOrigins.forEach((origin, index) => checkOrigin(context, [...path, 'webOrigins', String(index)], origin));
  if (type === 'public' && secret) context.findings.add('BLUEPRINT_CLIENT', [...path, 'clientSecret'], 'a public client cannot keep a secret', { hint: 'remove it, or make the client confidential' });
};

/** Secrets and tokens go there, and keys come from there. */
export const checkAddress = (context: Context, path: Path, text: string): void => {
  checkBaseUrl(context, path, text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && !isLoopback(url))
    context.findings.add('BLUEPRINT_INSECURE', path, `${path.join('.')} is plain http to another machine: whoever is on the way could give keys of his own`, { expected: 'an https URL' });
};

const checkPattern = ({ blueprint, findings }: Context, { path, pattern, token }: Authentication, { audienceClaim }: ForeignIssuer): void => {
  const told = (place: readonly string[], what: string, expected: string): void => findings.add('BLUEPRINT_ISSUER', [...path.split('.'), ...place], what, { expected });
  if (pattern === 'session' || pattern === 'opaque')
    told(['pattern'], `the pattern ${pattern} needs clients that are made in a Keycloak of ours`, 'aws, or sso with the token in the header: the gateway then verifies tokens of this issuer');
  else if (token.cookie !== undefined || !token.header) told(['token', 'in'], 'a token in a cookie is tried by signing people in, which nobody can at an issuer that is not ours', '[header]');
  if (audienceClaim !== 'client_id') return;
  if (pattern === 'jwt') told(['pattern'], 'authctl-service looks for the audience in aud, and tokens of this issuer have none', 'aws, or sso: there the gateway takes client_id');
  if (pattern === 'sso' && blueprint.targets.kong?.edition === 'enterprise')
    told(['pattern'], 'openid-connect looks for the audience in aud, and tokens of this issuer have none', 'aws, or edition: oss');
};
