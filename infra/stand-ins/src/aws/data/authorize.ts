import type { Issuers } from '../issuers.ts';
import { scopesOf, TokenFault, verifyToken } from '../jwt.ts';
import type { Authorizer, Clock, Route } from '../types.ts';
import { headerOf, queryOf, say, type Exchange, type Reply } from './exchange.ts';

const tokenIn = ({ identitySource: [source = ''] }: Authorizer, { request, query }: Exchange): string | undefined => {
  const [, place, name = ''] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  const value = place === 'header' ? headerOf(request, name) : queryOf(query, name);
  const token = value?.replace(/^bearer(?: |$)/i, '').trim();
  return token === '' ? undefined : token;
};

const unauthorized = (challenge: string): Reply => say(401, 'Unauthorized', { 'www-authenticate': challenge });

const refuse = (exchange: Exchange, fault: TokenFault): Reply => {
  exchange.authorizerError = fault.message;
  const description = fault.published ? ` error_description="${fault.message}"` : '';
  return unauthorized(`Bearer scope="" error="invalid_token"${description}`);
};

/**
 * Runs the route's authorization. `undefined` lets the request pass, and its claims are then in the exchange. 401 for a token that is
 * missing or bad, 403 for one without any of the route's scopes. AWS_IAM is always 403: signatures are not verified here.
 */
export const authorize = async (
  exchange: Exchange,
  route: Route,
  {
    authorizers,
    issuers,
    clock,
  }: { readonly authorizers: ReadonlyMap<string, Authorizer>; readonly issuers: Issuers; readonly clock: Clock },
): Promise<Reply | undefined> => {
  if (route.authorizationType === 'NONE') return undefined;
  if (route.authorizationType === 'AWS_IAM') return say(403, 'Forbidden');
  const authorizer = authorizers.get(route.authorizerId ?? '');
  if (authorizer === undefined) return say(500, 'Internal Server Error');
  const token = tokenIn(authorizer, exchange);
  if (token === undefined) {
    exchange.authorizerError = 'missing: token not provided';
    return unauthorized('Bearer');
  }
  try {
    const claims = await verifyToken(token, authorizer.jwtConfiguration, { keysOf: issuers.keysOf, now: clock });
    const wanted = route.authorizationScopes ?? [];
    const held = scopesOf(claims);
    if (wanted.length > 0 && !wanted.some((scope) => held.includes(scope))) {
      exchange.authorizerError = 'insufficient_scope';
      return say(403, 'Forbidden');
    }
    exchange.claims = claims;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof TokenFault) return refuse(exchange, thrown);
    throw thrown;
  }
};
