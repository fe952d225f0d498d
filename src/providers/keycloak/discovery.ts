import { frontendUrlOf, realmAt } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
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
  const ask = async (name: string): Promise<Said | undefined> => {
    const path = `${realmAt('', name)}/.well-known/openid-configuration`;
    const answer = await http.send('GET', path, { timeoutMs: 10_000 });
    if (answer.status === 429 || answer.status >= 500) throw unreachable('keycloak', shown, new Error(`HTTP ${answer.status} to GET ${path}`), at);
    if (answer.status === 200 && typeof answer.body === 'object' && answer.body !== null && 'issuer' in answer.body) return { issuer: String(answer.body.issuer), grants: 'grant_types_supported' in answer.body && Array.isArray(answer.body.grant_types_supported) ? textsOf(answer.body.grant_types_supported) : undefined };
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
  const said = own ?? (await ask(keycloak.credentials.realm));
  const lacking = withoutExchange(blueprint, said, shown);
  const found = own?.issuer ?? issuerBeside(said?.issuer, keycloak.credentials.realm, realm.name);
  if (found === undefined || found === issuer || frontendUrlOf(blueprint.raw.keycloak) !== undefined) return lacking;
  return [
    ...lacking,
    new Problem('KEYCLOAK_ISSUER', `Keycloak at ${shown} issues tokens as ${found}, and every verifier would be told ${issuer}: none would pass`, {
      at,
      expected: issuer,
      hint: `targets.keycloak.issuer: ${found}; or give Keycloak the address that people use (its hostname, or frontendUrl of the realm)`,
    }),
  ];
};

/** What a realm says of itself; `grants` where it says which it knows. */
interface Said {
  readonly issuer: string;
  readonly grants: readonly string[] | undefined;
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/**
 * A server whose feature `token-exchange-standard` is off names no such grant (RFC 8414 section 2) and answers `unsupported_grant_type`, whatever a client
 * is allowed: where tokens are changed by nothing else, nobody would get in.
 */
const withoutExchange = ({ services, at }: Blueprint, said: Said | undefined, shown: string): readonly Problem[] => {
  if (said?.grants === undefined || said.grants.includes(EXCHANGE)) return [];
  const alone = Object.values(services).find(({ authentication: { pattern, introspection } }) => pattern === 'opaque' && introspection?.jwt === 'exchange');
  if (alone === undefined) return [];
  return [
    new Problem('KEYCLOAK_NO_EXCHANGE', `Keycloak at ${shown} makes no token exchange, and the gateway would get the JWT behind a token by nothing else`, {
      at: at(`${alone.authentication.path}.introspection.jwt`),
      hint: 'start Keycloak with the feature token-exchange-standard (it is on unless somebody has disabled it; 26.2 and newer), or say jwt: auto',
    }),
  ];
};

const issuerBeside = (found: string | undefined, of: string, realm: string): string | undefined =>
  found?.endsWith(realmAt('', of)) === true ? realmAt(found.slice(0, -realmAt('', of).length), realm) : undefined;
