import type { SpecValue } from '../../../core/resource.ts';
import { realm as realmType } from '../specs/realm.ts';
import { nameIn } from '../specs/id.ts';
import { client as clientType } from '../specs/client.ts';
import { isSpec } from '../../../core/spec.ts';
import type { Scene } from './scene.ts';

/** How long what a realm issues may be good, by its settings and by those of a client. */
const OF_THE_REALM = ['accessTokenLifespan', 'accessTokenLifespanForImplicitFlow', 'ssoSessionMaxLifespan', 'ssoSessionMaxLifespanRememberMe', 'clientSessionMaxLifespan'];
const OF_A_CLIENT = ['access.token.lifespan', 'client.session.max.lifespan'];

/**
 * Whether "no token from before" is over: everything that was issued before that moment has ended by itself, so it keeps nobody out. An offline token
 * ends by itself only where the realm says so.
 */
export const isOver = (scene: Scene, notBefore: SpecValue, now = Date.now()): boolean =>
  typeof notBefore === 'number' && notBefore * 1000 + longestLife(scene) * 1000 < now;

/** Seconds. */
const longestLife = (scene: Scene): number => {
  const live = scene.live.find(realmType.is)?.spec ?? {};
  // Both as they are and as they are to be: either may have been in force while tokens were issued.
  const ofRealm = [live, scene.realm.spec].flatMap((spec: Readonly<Record<string, SpecValue | undefined>>) => OF_THE_REALM.map((field) => secondsIn(spec[field])));
  const clients = scene.live.filter(clientType.is).filter(({ id }) => scene.clients.has(nameIn(id)));
  const ofClients = clients.flatMap(({ spec: { attributes } }) => OF_A_CLIENT.map((name) => secondsIn(isSpec(attributes) ? attributes[name] : undefined)));
  const offline = clients.some(({ spec }) => [...(spec.defaultClientScopes ?? []), ...(spec.optionalClientScopes ?? [])].includes('offline_access'));
  const { offlineSessionMaxLifespanEnabled: ends, offlineSessionMaxLifespan: lifespan }: Readonly<Record<string, SpecValue | undefined>> = live;
  return Math.max(...ofRealm, ...ofClients, ...(offline ? [ends === true ? secondsIn(lifespan) : Infinity] : []));
};

const secondsIn = (value: SpecValue | undefined): number => (Number.isFinite(Number(value)) ? Number(value) : 0);
