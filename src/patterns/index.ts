import type { AuthenticationPattern, AuthorizationPattern, Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { Problem } from '../core/problem.ts';
import { addressOf } from '../core/resource.ts';
import type { Desired } from '../core/resource.ts';
import { awsPart } from './aws.ts';
import { withDeployments } from './aws-deployments.ts';
import { withRawAws } from './aws-raw.ts';
import { jwtPart } from './jwt.ts';
import { issuerPart } from './kong/issuer.ts';
import { withAdopted } from './kong/adopted.ts';
import { withRawKong } from './kong/raw.ts';
import { enterprisePart } from './kong-enterprise.ts';
import { groupsOf } from './objects.ts';
import type { Group, Part } from './objects.ts';
import { refuseUnbindable } from './bound.ts';
import { opaquePart } from './opaque.ts';
import { policyPart } from './policy.ts';
import { realmPart } from './realm.ts';
import { renamesOf } from './renames.ts';
import { sessionPart } from './session.ts';
import { ssoPart } from './sso.ts';
import { limitsOf } from './limits.ts';
import { tokenCookiePart } from './token-cookie.ts';

const authentication: Partial<Record<AuthenticationPattern, (blueprint: Blueprint, group: Group) => Part>> = {
  sso: ssoPart,
  jwt: jwtPart,
  opaque: opaquePart,
  session: sessionPart,
  aws: () => ({ desired: [] }),
};
const authorization: Partial<Record<AuthorizationPattern, (blueprint: Blueprint) => Part>> = {
  none: () => ({ desired: [] }),
  centralised: policyPart,
  decentralised: policyPart,
  hybrid: policyPart,
};

/**
 * Everything the blueprint asks of every provider. Pure: no server, no clock, no file is looked at.
 * A pattern this version cannot build is a problem, never silently left out.
 */
export const expand = (blueprint: Blueprint): Expansion => {
  const authorize = authorization[blueprint.authorization.pattern];
  if (!authorize) throw notYet('authorization', blueprint.authorization.pattern, Object.keys(authorization), blueprint);
  const authenticated = groupsOf(blueprint).map((group) => {
    const { path, pattern } = group.authentication;
    refuseUnbindable(blueprint, group);
    const authenticate = authentication[pattern];
    if (!authenticate) throw notYet(path, pattern, Object.keys(authentication), blueprint);
    const enterprise = blueprint.targets.kong?.edition === 'enterprise' && pattern !== 'aws';
    return (enterprise ? enterprisePart : authenticate)(blueprint, group);
  });
  const parts = [realmPart(blueprint), authorize(blueprint), issuerPart(blueprint), ...authenticated, tokenCookiePart(blueprint), awsPart(blueprint)];
  const desired = withAdopted(blueprint, withRawKong(
    blueprint,
    withDeployments(blueprint, withRawAws(blueprint, parts.flatMap((part) => part.desired))),
  ));
  refuseTwins(desired);
  return { name: blueprint.name, desired, deferred: parts.flatMap((part) => part.deferred ?? []), limits: limitsOf(blueprint), accept: blueprint.accept, renames: renamesOf(blueprint) };
};

/** Two sections that ask for the same object would take turns in changing it. */
const refuseTwins = (desired: readonly Desired[]): void => {
  const seen = new Map<string, Desired>();
  for (const one of desired) {
    const address = addressOf(one);
    const first = seen.get(address);
    if (first)
      throw new Problem('PATTERN_TWICE', `${address} is asked for twice: the other place is line ${first.origin.line}`, {
        at: one.origin,
        expected: 'a name of its own for each',
      });
    seen.set(address, one);
  }
};

const notYet = (section: string, pattern: string, known: readonly string[], blueprint: Blueprint): Problem =>
  new Problem('PATTERN_UNKNOWN', `${section}.pattern "${pattern}" cannot be built by this version`, {
    at: blueprint.at(`${section}.pattern`),
    expected: `one of ${known.join(', ')}`,
    hint: 'see docs/patterns for what each pattern does',
  });
