import { badRequest, conflict, notFound, notHere, quotaReached } from '../fault.ts';
import { IssuerFault, type Issuers } from '../issuers.ts';
import { deployAutomatically, findApi, freshId, type ApiState } from '../store.ts';
import type { Authorizer, JwtConfiguration } from '../types.ts';
import { merge, required, type Fields } from './fields.ts';
import { created, gone, ok, type Operation } from './operation.ts';
import { page } from './paging.ts';

/** Source: API Gateway quotas for HTTP APIs. */
const mostAuthorizers = 10;
const mostAudiences = 50;

const identitySource = /^\$request\.(header\.[A-Za-z0-9!#%&'*+.^_`|~-]+|querystring\.[^\s&=#]+)$/;

const readIdentitySource = (fields: Fields): readonly string[] | undefined => {
  const sources = fields.texts('identitySource', { min: 1, max: 512 });
  if (sources === undefined) return undefined;
  const [only] = sources;
  if (sources.length !== 1 || only === undefined || !identitySource.test(only)) {
    throw badRequest('Invalid IdentitySource: a JWT authorizer takes exactly one of $request.header.<name> or $request.querystring.<name>');
  }
  return sources;
};

const readJwt = (fields: Fields): JwtConfiguration | undefined => {
  const jwt = fields.nested('jwtConfiguration');
  if (jwt === undefined) return undefined;
  const audience = jwt.texts('audience', { min: 1, max: 1024 }) ?? [];
  if (audience.length === 0) throw badRequest('Audience is required for a JWT authorizer');
  if (audience.length > mostAudiences) throw badRequest(`The number of audiences exceeds the limit of ${mostAudiences}`);
  return { audience, issuer: required('issuer', jwt.text('issuer', { min: 1, max: 2048 })) };
};

const readAuthorizer = (fields: Fields): Partial<Authorizer> => {
  const type = fields.oneOf('authorizerType', ['JWT', 'REQUEST']);
  if (type === 'REQUEST') throw notHere('A REQUEST (Lambda) authorizer');
  for (const member of [
    'authorizerUri',
    'authorizerCredentialsArn',
    'authorizerPayloadFormatVersion',
    'authorizerResultTtlInSeconds',
    'enableSimpleResponses',
  ]) {
    if (fields.has(member)) throw badRequest(`${member} is supported only for REQUEST authorizers`);
  }
  return {
    authorizerType: type,
    identitySource: readIdentitySource(fields),
    jwtConfiguration: readJwt(fields),
    name: fields.text('name', { min: 1, max: 128 }),
  } as Partial<Authorizer>;
};

/**
 * API Gateway reads the issuer's discovery document when an authorizer is written, and refuses the authorizer when it cannot.
 * The text is the one a live service gave, as quoted in aws/serverless-application-model#1727 and haandol/cognito-kakao-example#1.
 */
const checkIssuer = async (issuers: Issuers, issuer: string): Promise<void> => {
  try {
    await issuers.discover(issuer);
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault)) throw thrown;
    throw badRequest(
      `Caught exception when connecting to ${thrown.url} for issuer ${issuer}. Please try again later. Error: Invalid issuer: ${issuer}. ` +
        "Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'",
    );
  }
};

const checkName = (state: ApiState, name: string, self?: string): void => {
  const other = [...state.authorizers.values()].find((one) => one.name === name && one.authorizerId !== self);
  if (other) throw badRequest(`Authorizer name must be unique. Authorizer ${name} already exists in this RestApi.`);
};

const findAuthorizer = (state: ApiState, id: string): Authorizer => {
  const found = state.authorizers.get(id);
  if (found === undefined) throw notFound(`Invalid Authorizer identifier specified ${id}`);
  return found;
};

const path = '/v2/apis/{apiId}/authorizers';

export const authorizerOperations: readonly Operation[] = [
  {
    method: 'POST',
    path,
    run: async ({ store, issuers, region, param, fields }) => {
      findApi(store, region, param('apiId'));
      const asked = readAuthorizer(fields);
      const settled = {
        authorizerType: required('authorizerType', asked.authorizerType),
        name: required('name', asked.name),
        identitySource: required('identitySource', asked.identitySource),
        jwtConfiguration: required('jwtConfiguration', asked.jwtConfiguration),
      };
      await checkIssuer(issuers, settled.jwtConfiguration.issuer);
      // The API may have changed while the issuer was asked, so it is looked up again.
      const state = findApi(store, region, param('apiId'));
      if (state.authorizers.size >= mostAuthorizers) throw quotaReached('Authorizers for this API', mostAuthorizers);
      checkName(state, settled.name);
      const authorizer: Authorizer = { authorizerId: freshId(6, (id) => state.authorizers.has(id)), ...settled };
      state.authorizers.set(authorizer.authorizerId, authorizer);
      deployAutomatically(state, store.clock);
      return created(authorizer);
    },
  },
  {
    method: 'GET',
    path,
    run: (call) => ok(page(call, 'authorizers', findApi(call.store, call.region, call.param('apiId')).authorizers.values())),
  },
  {
    method: 'GET',
    path: `${path}/{authorizerId}`,
    run: ({ store, region, param }) => ok(findAuthorizer(findApi(store, region, param('apiId')), param('authorizerId'))),
  },
  {
    method: 'PATCH',
    path: `${path}/{authorizerId}`,
    run: async ({ store, issuers, region, param, fields }) => {
      const find = (): { state: ApiState; current: Authorizer } => {
        const state = findApi(store, region, param('apiId'));
        return { state, current: findAuthorizer(state, param('authorizerId')) };
      };
      find();
      const patch = readAuthorizer(fields);
      if (patch.jwtConfiguration) await checkIssuer(issuers, patch.jwtConfiguration.issuer);
      const { state, current } = find();
      const authorizer = merge(current, patch);
      checkName(state, authorizer.name, authorizer.authorizerId);
      state.authorizers.set(authorizer.authorizerId, authorizer);
      deployAutomatically(state, store.clock);
      return ok(authorizer);
    },
  },
  {
    method: 'DELETE',
    path: `${path}/{authorizerId}`,
    run: ({ store, region, param }) => {
      const state = findApi(store, region, param('apiId'));
      const { authorizerId, name } = findAuthorizer(state, param('authorizerId'));
      const user = [...state.routes.values()].find(({ route }) => route.authorizerId === authorizerId);
      if (user) throw conflict(`Cannot delete authorizer '${name}', is referenced in route: ${user.route.routeKey}`);
      state.authorizers.delete(authorizerId);
      deployAutomatically(state, store.clock);
      return gone;
    },
  },
];
