import { isListed, tokenHolders } from '../../access/index.ts';
import type { RouteSubject } from '../subject.ts';
import { isMeantFor } from './audience.ts';
import { missingToken } from './given.ts';
import type { Kit } from './index.ts';
import { claimsBehind } from './introspection.ts';
import { claimsIfAny } from './jws.ts';
import { isWeakFor } from './levels.ts';

/** What somebody shows whose token is meant for this service, and who may not pass this route. `undefined` where nobody is so. */
export const knownStranger = async (kit: Kit, subject: RouteSubject): Promise<string | undefined> => {
  const { service, route } = subject;
  // Who only has to sign in otherwise is told so.
  for (const who of tokenHolders(kit.blueprint).filter((name) => !isListed(kit.blueprint, name, route) && !isWeakFor(kit.blueprint, subject, name))) {
    if (missingToken(kit.blueprint, who) !== undefined) continue;
    const token = (await kit.tokenOf(who, service)).reveal();
    if (isMeantFor(kit.blueprint, service, await claimsBehind(kit, token, service.authentication))) return token;
  }
  return undefined;
};

/** A real token of the right audience that lacks a scope the route demands, where it demands one: what the audience is granted by is another scope of it. */
export const withoutScope = async (kit: Kit, { service, route }: RouteSubject): Promise<string | undefined> => {
  if (route.scopes.length === 0) return undefined;
  const own = kit.blueprint.realm.clients[service.authentication.client]?.scopes ?? [];
  const beside = own.filter((scope) => kit.blueprint.realm.scopes[scope]?.audience === service.audience && !route.scopes.includes(scope));
  for (const scope of beside)
    for (const name of Object.keys(kit.blueprint.personas)) {
      const token = (await kit.tokens.persona(name, [scope], service.authentication)).access.reveal();
      if ([claimsIfAny(token)?.aud].flat().includes(service.audience)) return token;
    }
  return undefined;
};
