import type { AuthenticationPattern, AuthorizationPattern, Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { Problem } from '../core/problem.ts';
import { awsPart } from './aws.ts';
import { centralisedPart } from './centralised.ts';
import type { Part } from './objects.ts';
import { opaquePart } from './opaque.ts';
import { realmPart } from './realm.ts';
import { ssoPart } from './sso.ts';

const authentication: Partial<Record<AuthenticationPattern, (blueprint: Blueprint) => Part>> = {
  sso: ssoPart,
  opaque: opaquePart,
  aws: () => ({ desired: [] }),
};
const authorization: Partial<Record<AuthorizationPattern, (blueprint: Blueprint) => Part>> = {
  none: () => ({ desired: [] }),
  centralised: centralisedPart,
};

/**
 * Everything the blueprint asks of every provider. Pure: no server, no clock, no file is looked at.
 * A pattern this version cannot build is a problem, never silently left out.
 */
export const expand = (blueprint: Blueprint): Expansion => {
  const authenticate = authentication[blueprint.authentication.pattern];
  const authorize = authorization[blueprint.authorization.pattern];
  if (!authenticate) throw notYet('authentication', blueprint.authentication.pattern, Object.keys(authentication), blueprint);
  if (!authorize) throw notYet('authorization', blueprint.authorization.pattern, Object.keys(authorization), blueprint);
  const parts = [realmPart(blueprint), authorize(blueprint), authenticate(blueprint), awsPart(blueprint)];
  return { name: blueprint.name, desired: parts.flatMap((part) => part.desired), deferred: parts.flatMap((part) => part.deferred ?? []) };
};

const notYet = (section: string, pattern: string, known: readonly string[], blueprint: Blueprint): Problem =>
  new Problem('PATTERN_UNKNOWN', `${section}.pattern "${pattern}" cannot be built by this version`, {
    at: blueprint.at(`${section}.pattern`),
    expected: `one of ${known.join(', ')}`,
    hint: 'see docs/patterns for what each pattern does',
  });
