import { frontendUrlOf, realmAt } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import { shownUrl } from '../http.ts';
import { notKeycloak, saidByKeycloak } from './not-keycloak.ts';

/**
 * What Keycloak says its tokens carry (OpenID Connect Discovery section 4.3), held against the blueprint. A realm that is not there yet will say
 * what the others say; it is known by the one that authctl logs in to. Nothing is said of a realm whose address of its own is stated: that is a
 * setting like any other, and may be about to change.
 */
export const confirmIssuer = async (blueprint: Blueprint, http: Http): Promise<readonly Problem[]> => {
  const { targets: { keycloak }, realm, issuer } = blueprint;
  if (!keycloak) return [];
  const at = blueprint.at(`targets.keycloak.${keycloak.issuer === undefined ? 'url' : 'issuer'}`);
  const shown = shownUrl(keycloak.url);
  const ask = async (name: string): Promise<string | undefined> => {
    const path = `${realmAt('', name)}/.well-known/openid-configuration`;
    const answer = await http.send('GET', path, { timeoutMs: 10_000 });
    if (answer.status === 429 || answer.status >= 500) throw unreachable('keycloak', shown, new Error(`HTTP ${answer.status} to GET ${path}`), at);
    if (answer.status === 200 && typeof answer.body === 'object' && answer.body !== null && 'issuer' in answer.body) return String(answer.body.issuer);
    // No such realm, or one that is switched off.
    if (answer.status >= 400 && saidByKeycloak(answer)) return undefined;
    throw notKeycloak(answer, { shown, field: 'url', path, at });
  };
  const own = await ask(realm.name);
  if (own === undefined && realm.shared)
    return [
      new Problem('KEYCLOAK_NO_REALM', `the realm "${realm.name}" is shared, and Keycloak at ${shown} has none of this name that is switched on`, {
        at: blueprint.at('realm.shared'),
        hint: 'whose realm it is makes it first; without "shared: true" it is made, and owned, by this blueprint',
      }),
    ];
  const found = own ?? issuerBeside(await ask(keycloak.credentials.realm), keycloak.credentials.realm, realm.name);
  if (found === undefined || found === issuer || frontendUrlOf(blueprint.raw.keycloak) !== undefined) return [];
  return [
    new Problem('KEYCLOAK_ISSUER', `Keycloak at ${shown} issues tokens as ${found}, and every verifier would be told ${issuer}: none would pass`, {
      at,
      expected: issuer,
      hint: `targets.keycloak.issuer: ${found}; or give Keycloak the address that people use (its hostname, or frontendUrl of the realm)`,
    }),
  ];
};

const issuerBeside = (found: string | undefined, of: string, realm: string): string | undefined =>
  found?.endsWith(realmAt('', of)) === true ? realmAt(found.slice(0, -realmAt('', of).length), realm) : undefined;
