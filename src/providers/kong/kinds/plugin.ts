import { defineKind } from '../../../core/provider.ts';
import type { Spec, SpecValue } from '../../../core/resource.ts';
import { fieldsOf, live, markerName, namesIn, sortedSet, toWrite, withSecretsWrapped } from './rows.ts';
import type { KongClient, RowRef } from './rows.ts';

/** Fields of bundled plugins that Kong's schema calls a set: their order means nothing. (GET /schemas/plugins/jwt, 3.9.3; Enterprise by its reference) */
const SETS: Readonly<Record<string, readonly string[]>> = {
  'openid-connect': ['audience_required', 'auth_methods', 'bearer_token_param_type', 'disable_session', 'issuers_allowed', 'roles_required'],
  jwt: ['claims_to_verify', 'cookie_names', 'header_names', 'uri_param_names'],
};

/**
 * A plugin is known by its instance_name. A new one is created below its route or service: a top-level write without the scope
 * would make it global. It is deleted after its route, which takes it along, so that no route is left open in between; one that guards many
 * routes, from their service, only when these are seen gone.
 */
export const plugin = defineKind<KongClient>()({
  name: 'kong.plugin',
  after: [],
  removeAfter: ['kong.route'],
  immutable: [],
  list: async (kong) => {
    const [rows, services, routes, consumers] = await Promise.all([
      kong.rows('plugins', 'subject'),
      kong.rows('services'),
      kong.rows('routes'),
      kong.rows('consumers'),
    ]);
    const [serviceOf, routeOf, consumerOf] = [namesIn(services, 'name'), namesIn(routes, 'name'), namesIn(consumers, 'username')];
    return rows
      .filter(({ instance_name }) => instance_name !== markerName(kong.name))
      .map((row) => {
        const spec = {
          ...fieldsOf(row, ['protocols']),
          config: configOf(String(row.name), row.config as Spec),
          service: serviceOf(row.service),
          route: routeOf(row.route),
          consumer: consumerOf(row.consumer),
        };
        return live('kong.plugin', row.instance_name, row, spec, kong.name);
      });
  },
  put: (kong, desired, held) => {
    const path = `${scopeOf(desired.spec)}/plugins`;
    const whole = held !== undefined && held.spec.name !== desired.spec.name;
    return kong.store.put(toWrite(desired, held, { entity: 'plugins', key: { field: 'instance_name', value: desired.id }, path, whole }));
  },
  remove: async (kong, held) => {
    if (!kong.store.atomic && (held.spec.route ?? null) === null) await kong.gate.departed();
    await kong.store.remove('plugins', (held.ref as RowRef).id);
  },
});

const configOf = (name: string, config: Spec): SpecValue =>
  withSecretsWrapped(
    Object.fromEntries(Object.entries(config).map(([field, value]) => [field, SETS[name]?.includes(field) ? sortedSet(value) : value])),
  );

const scopeOf = ({ route, service, consumer }: Spec): string => {
  const name = (reference: SpecValue | undefined, field: string): string | undefined =>
    (reference as Spec | null | undefined)?.[field] as string | undefined;
  const [routeName, serviceName, username] = [name(route, 'name'), name(service, 'name'), name(consumer, 'username')];
  if (routeName !== undefined) return `/routes/${encodeURIComponent(routeName)}`;
  if (serviceName !== undefined) return `/services/${encodeURIComponent(serviceName)}`;
  return username === undefined ? '' : `/consumers/${encodeURIComponent(username)}`;
};
