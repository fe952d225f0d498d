import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Provider } from '../../core/provider.ts';
import { masker } from '../../core/mask.ts';
import { createHttp } from '../http.ts';
import type { Http } from '../http.ts';
import { createAdmin } from './client.ts';
import { dependentsOf } from './dependents.ts';
import { readKeys } from './keys.ts';
import { kindsOf } from './kinds/index.ts';
import { reachOf } from './reach/index.ts';
import { createSession } from './session.ts';

/** The Keycloak that `targets.keycloak` names. Nothing is sent before the first list. */
export const connectKeycloak = (blueprint: Blueprint): Provider => {
  const url = blueprint.targets.keycloak?.url;
  if (url === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.keycloak', { at: blueprint.at('targets') });
  // The first list of a thousand clients after a start takes Keycloak a quarter of a minute. A server that hangs is noticed by the login.
  return createKeycloakProvider(blueprint, createHttp({ target: 'keycloak', url, timeoutMs: 120_000 }));
};

export const createKeycloakProvider = (blueprint: Blueprint, http: Http): Provider => {
  const target = blueprint.targets.keycloak;
  if (target === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.keycloak', { at: blueprint.at('targets') });
  const { credentials } = target;
  const { clientSecret } = credentials;
  const mask = masker([clientSecret, ...blueprint.secrets]);
  const admin = createAdmin(http, { target, mask, at: blueprint.at('targets.keycloak') });
  const session = createSession(blueprint, admin, clientSecret.reveal());
  return {
    name: 'keycloak',
    kinds: kindsOf(session),
    concurrency: 8,
    output: async (name) => (name === 'keys' ? readKeys(admin, blueprint.realm.name) : undefined),
    reach: (desired, live) => reachOf(session, desired, live, credentials.realm === blueprint.realm.name ? credentials.clientId : undefined),
    dependents: (deleted, staying) => dependentsOf(session, deleted, staying),
    requests: http.requests,
    close: () => {
      http.close();
      return Promise.resolve();
    },
  };
};
