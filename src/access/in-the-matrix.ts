import { reasonsOf } from '../core/plan.ts';
import type { Address, Change, Desired } from '../core/resource.ts';
import { kong } from '../providers/kong/specs/index.ts';

/** Fields that the matrix of what is live is made of, by their kind: of these it is known what their change does. */
const FIELDS: Readonly<Record<string, readonly RegExp[]>> = {
  'keycloak.user': [/^realmRoles/, /^enabled$/],
  'keycloak.group': [/^realmRoles/, /^members/],
  'keycloak.role': [/^composites/],
  'keycloak.composite': [/^realmRoles/],
  'keycloak.client-scope': [/^scopeMappings/],
  'keycloak.client': [/^(default|optional)ClientScopes/, /^serviceAccountRoles/, /^enabled$/],
  'kong.plugin': [/^enabled$/, /^config\.(scopes|roles|deny_all|scopes_required|roles_required)\b/],
  'aws.route': [/^AuthorizationType$/, /^AuthorizationScopes/],
  'opa.bundle': [/^files/],
};
/** Fields of which the matrix shows whom they refuse, and nobody knows whom they take instead. */
const REFUSING: Readonly<Record<string, RegExp>> = { 'kong.plugin': /^config\.(issuer|audience|keys|further_issuers)$/ };
/** Plugins by which a route is open or closed, and the one that says what browsers let other pages see: without it they let them see less. */
const GUARDS = /\.(jwt|guard|scope|opa|oidc|phantom|session|cors)$/;

/** Whether the cells of the matrix show all that this change does, some of it, or nothing. */
export const inTheMatrix = (change: Change, { kind, id }: { readonly kind: string; readonly id: string }): 'whole' | 'partly' | 'not' => {
  const fields = FIELDS[kind];
  if (fields === undefined || (kind === 'kong.plugin' && !GUARDS.test(id))) return 'not';
  if (change.action === 'create') return 'whole';
  const paths = reasonsOf(change).map(({ path }) => path);
  const isShown = (path: string): boolean => fields.some((field) => field.test(path));
  return paths.every(isShown) ? 'whole' : paths.some((path) => isShown(path) || REFUSING[kind]?.test(path) === true) ? 'partly' : 'not';
};

/** Where a plugin is missing that stands on something which is there; of one that comes with what it stands on, nobody misses anything. */
export const standsOnLive = (desired: Desired, live: ReadonlySet<Address>): boolean => {
  if (!kong.plugin.is(desired)) return false;
  const { service, route } = desired.spec;
  return (service?.name != null && live.has(kong.service.address(service.name))) || (route?.name != null && live.has(kong.route.address(route.name)));
};
