import { adminBaseOf } from '../../blueprint/issuer.ts';
import type { Blueprint, KeycloakTarget } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Provider } from '../../core/provider.ts';
import { versionFinding } from '../../core/finding.ts';
import { masker } from '../../core/mask.ts';
import { createHttp } from '../http.ts';
import type { Http } from '../http.ts';
import { refusesWrites } from '../../blueprint/looking.ts';
import { createAdmin } from './client.ts';
import { confirmIssuer } from './discovery.ts';
import { checkFlows } from './flow-checks.ts';
import { dependentsOf } from './dependents.ts';
import { readKeys } from './keys.ts';
import { kindsOf } from './kinds/index.ts';
import type { PartialExport } from './representations.ts';
import { isTorn } from './not-keycloak.ts';
import { reachOf } from './reach/index.ts';
import { sharedRealm, yardstick } from './reach/shared-realm.ts';
import { createLock } from './lock.ts';
import { createRotation } from './rotation.ts';
import { createSession } from './session.ts';
import { tracesIn } from './traces.ts';
import { checkUsers } from './user-checks.ts';

/** How the versions begin that the tests run. */
const TESTED = '26.';

/** The Keycloak that `targets.keycloak` names. Nothing is sent before the first list. */
export const connectKeycloak = (blueprint: Blueprint, limitMs?: number): Provider => {
  const target = targetOf(blueprint);
  const base = adminBaseOf(target);
  // The first list of a thousand clients after a start takes Keycloak a quarter of a minute. A server that hangs is noticed by the login.
  const refuses = refusesWrites(blueprint, 'keycloak');
  const http = createHttp({ target: 'keycloak', url: base, timeoutMs: 120_000, limitMs, refuses, torn: isTorn });
  return createKeycloakProvider(blueprint, http, base === target.url ? http : createHttp({ target: 'keycloak', url: target.url, limitMs, refuses, torn: isTorn }));
};

const targetOf = ({ targets: { keycloak }, at }: Blueprint): KeycloakTarget => {
  if (keycloak === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.keycloak', { at: at('targets') });
  return keycloak;
};

/** `http` is where the Admin API is, `open` where everybody finds the realm. */
export const createKeycloakProvider = (blueprint: Blueprint, http: Http, open = http): Provider => {
  const target = targetOf(blueprint);
  const { credentials } = target;
  const { clientId, clientSecret } = credentials;
  const mask = masker([clientSecret, ...blueprint.secrets]);
  const admin = createAdmin(http, { target, mask, at: blueprint.at('targets.keycloak') });
  const session = createSession(blueprint, admin, {
    clientId,
    clientSecret: clientSecret.reveal(),
    ...(target.fingerprintKey && { shared: target.fingerprintKey.reveal() }),
  });
  return {
    name: 'keycloak',
    kinds: kindsOf(session),
    concurrency: 8,
    check: async (desired) => [...(await checkFlows(session, blueprint, desired)), ...(await checkUsers(session, blueprint, desired))],
    version: session.version,
    about: async () => {
      const exported = (await session.snapshot())?.exported ?? (await admin.exportRealm<PartialExport>(credentials.realm));
      const version = typeof exported === 'object' ? exported.keycloakVersion : undefined;
      return [versionFinding('keycloak', version, TESTED, 'only a login that may export the realm (manage-realm) is told')];
    },
    confirm: () => confirmIssuer(blueprint, open),
    output: async (name) => (name === 'keys' ? readKeys(admin, blueprint.realm.name) : undefined),
    reach: async (desired, live) => {
      const shared = yardstick(blueprint, desired);
      if (!shared) return reachOf(session, desired, live, credentials);
      return sharedRealm(shared, live, await reachOf(session, [shared, ...desired], live, credentials));
    },
    traces: (found, live) => tracesIn(session, found, live),
    dependents: (deleted, staying) => dependentsOf(session, deleted, staying),
    lock: createLock(admin, credentials.realm, blueprint.name, http.ahead),
    rotation: createRotation(session, { algorithm: blueprint.realm.tokens.algorithm, at: blueprint.at('realm') }),
    forget: session.forget,
    requests: http.requests,
    close: () => {
      http.close();
      open.close();
      return Promise.resolve();
    },
  };
};
