import { textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import { fieldAt } from '../../blueprint/declaration/index.ts';
import { shippedWith } from '../../providers/keycloak/shipped/index.ts';
import type { Draft } from '../draft.ts';
import { sayClientPolicies, sayOrganizations, sayTexts } from './beside.ts';
import { sayClients } from './clients.ts';
import { sayComponents } from './components.ts';
import { sayFlows } from './flows.ts';
import { sayGroups } from './groups.ts';
import { leavePeople, sayUsers } from './people.ts';
import { sayProfile } from './profile.ts';
import { sayIdentityProviders, sayRequiredActions } from './providers.ts';
import { leaveRest } from './rest.ts';
import { sayRoles } from './roles.ts';
import { sayScopes } from './scopes.ts';
import { saySettings } from './settings.ts';

interface Found {
  readonly at: Position | undefined;
  /** There are people who are not in it, because there are many. */
  readonly more: boolean;
  /** Keycloak is asked over TLS. */
  readonly mtls: boolean;
}

/** A realm as an export has it, or as the Admin API shows it. */
export const sayRealm = (draft: Draft, rep: JsonObject, { at, more, mtls }: Found): void => {
  const realm = realmNameOf(rep, at);
  const version = textOf(rep.keycloakVersion);
  const { shipped, same } = shippedWith(version);
  const importing = { draft, rep, realm, shipped, exact: version !== undefined && same, mtls };
  saySettings(importing);
  const roles = sayRoles(importing);
  sayGroups(importing, roles);
  if (more) leavePeople(draft);
  for (const say of [sayScopes, sayClients, sayFlows, sayIdentityProviders, sayRequiredActions, sayProfile, sayComponents, sayClientPolicies, sayTexts, sayOrganizations, sayUsers, leaveRest]) say(importing);
};

const realmNameOf = (rep: JsonObject, at: Position | undefined): string => {
  const name = textOf(rep.realm);
  const { pattern = '', title } = fieldAt(['realm', 'name']) ?? {};
  if (name === undefined) throw new Problem('IMPORT_REALM', 'this realm does not say how it is called', { at, sensitive: true, expected: 'realm: its name' });
  if (name === 'master') throw new Problem('IMPORT_REALM', 'the realm "master" runs Keycloak itself and is never managed', { at, sensitive: true, hint: 'import a realm of its own' });
  if (!new RegExp(pattern).test(name)) throw new Problem('IMPORT_REALM', `a blueprint cannot call a realm ${JSON.stringify(name)}`, { at, sensitive: true, expected: title, hint: 'set its placeholders first, or import it under another name' });
  return name;
};
