import { kongVerifies, serviceVerifies } from '../../access/index.ts';
import { followedTimes, followsKeys } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { groupsOf, servicesBehind } from '../../patterns/objects.ts';
import { GUARD_LIST_SECONDS } from '../../providers/kong/specs/plugin-config.ts';

/** Who verifies tokens of the issuer, and how soon it knows of what the issuer publishes. */
export interface Verifier {
  readonly what: string;
  /** Seconds after which a key that was published is taken, whatever was asked before. */
  readonly takes: number;
  /** Seconds for which a key that was withdrawn may still be taken. */
  readonly forgets: number;
  readonly why: string;
}

/** Kong's `db_update_frequency` unless it is set otherwise: how often a node looks for what others wrote into the database. */
const DATABASE = 5;
/** `jwks_timeout_ms` of the guard: a fetch that began before the key was published may end so much later. */
const GUARD_TIMEOUT = 2;
/** `keys.cooldown`, `keys.timeout` and `keys.maxAge` of `authctl-service`, and what jose does by itself (docs of `createRemoteJWKSet`). */
const SERVICE = { takes: 10 + 5, forgets: 600 };
const SESSION = { takes: 30 + 5, forgets: 600 };
/** "API Gateway can cache the public key for two hours" (developer guide, "Control access to HTTP APIs with JWT authorizers"). */
const AWS = 7200;

export const verifiersOf = (blueprint: Blueprint): readonly Verifier[] => {
  const services = Object.values(blueprint.services);
  return [
    ...kongIn(blueprint),
    ...(services.some((service) => serviceVerifies(blueprint, service)) ? [{ what: 'services', ...SERVICE, why: 'authctl-service asks again for a key id that it does not know, 10 s after it has asked; what it has it keeps for 10 min' }] : []),
    ...(groupsOf(blueprint).some(({ authentication: { session } }) => session?.server === 'authctl') ? [{ what: 'the session service', ...SESSION, why: 'it asks again for a key id that it does not know, 30 s after it has asked' }] : []),
    ...(services.some(({ gateways }) => gateways.includes('aws')) ? [{ what: 'API Gateway', takes: AWS, forgets: AWS, why: 'it may keep keys for two hours, and nobody can tell it to ask again' }] : []),
  ];
};

const kongIn = (blueprint: Blueprint): readonly Verifier[] => {
  const { kong } = blueprint.targets;
  if (kong === undefined || !servicesBehind(blueprint, 'kong').some(kongVerifies)) return [];
  if (kong.edition === 'enterprise') return [{ what: 'Kong Enterprise', takes: 30, forgets: 3600, why: 'openid-connect discovers anew after 30 s (rediscovery_lifetime) and keeps what it has for an hour (cache_ttl): by its documentation, never tried' }];
  if (followsKeys(blueprint)) {
    const { coolDown, refresh } = followedTimes(kong);
    return [{ what: 'Kong', takes: coolDown + GUARD_TIMEOUT, forgets: refresh, why: `each node asks again for a key id that it does not know, ${coolDown} s after it has asked` }];
  }
  const between = kong.store === 'database' ? DATABASE : 0;
  return [{ what: 'Kong', takes: between + GUARD_LIST_SECONDS, forgets: between, why: 'its keys are pinned: they are written there, and the guard reads which there are at most once a second' }];
};

/** Open-source Kong that holds the issuer's keys. */
export const pinsKeys = (blueprint: Blueprint): boolean => blueprint.targets.kong?.edition === 'oss' && !followsKeys(blueprint) && servicesBehind(blueprint, 'kong').some(kongVerifies);

/** Session services whose habits are not known here. */
export const unknownTo = (blueprint: Blueprint): readonly string[] => [
  ...new Set(groupsOf(blueprint).flatMap(({ authentication: { session } }) => (session === undefined || session.server === 'authctl' ? [] : [session.server]))),
];
