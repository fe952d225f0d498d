import { suggestion } from '../nearest.ts';
import { nodeAt } from '../tree.ts';
import type { Node, Path } from '../tree.ts';
import type { Authentication, Realm, Route, Service } from '../types.ts';
import { roleClosure } from '../../access/roles.ts';
import type { Context } from './context.ts';

/** Who a row of the matrix is: the scopes its tokens may carry and the roles in them. */
interface Caller {
  readonly what: 'anonymous' | 'persona' | 'client';
  readonly scopes: readonly string[];
  readonly roles: ReadonlySet<string>;
}

/** The access matrix must name what exists, and must not contradict the routes: such a cell could never be proved. */
export const checkExpect = (context: Context): void => {
  const { blueprint, root, findings } = context;
  const rows = nodeAt(root, ['expect']);
  if (rows?.kind !== 'map') return;
  for (const [row, { node }] of rows.entries) {
    const path = ['expect', row];
    if (!callerOf(context, row, blueprint.authentication)) {
      reportRow(context, path, row);
      continue;
    }
    if (node.kind !== 'map') continue;
    for (const [service, { node: listed }] of node.entries)
      checkCells(context, [...path, service], { row, service, listed: textsOf(listed) });
    if (blueprint.authorization.pattern === 'none') checkGaps(context, path, row);
  }
  if (Object.keys(blueprint.expect).length === 0 && Object.keys(blueprint.personas).length > 0 && findings.sound(['expect']))
    findings.add('BLUEPRINT_EXPECT', ['personas'], 'personas without an access matrix prove nothing', { side: 'key', hint: 'add expect:' });
};

const textsOf = (node: Node): readonly string[] =>
  node.kind === 'list' ? node.items.map((item) => (item.kind === 'scalar' && typeof item.value === 'string' ? item.value : '')) : [];

const callerOf = ({ blueprint }: Context, row: string, { client: signIn }: Authentication): Caller | undefined => {
  const { realm, personas } = blueprint;
  const own = <Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined =>
    Object.hasOwn(values, key) ? values[key] : undefined;
  if (row === 'anonymous') return { what: 'anonymous', scopes: [], roles: new Set() };
  const persona = own(personas, row);
  if (persona)
    return { what: 'persona', scopes: own(realm.clients, signIn)?.scopes ?? [], roles: roleClosure(persona.roles, realm) };
  const client = own(realm.clients, row);
  return client?.type === 'service' ? { what: 'client', scopes: client.scopes, roles: roleClosure(client.roles, realm) } : undefined;
};

const reportRow = ({ blueprint, findings }: Context, path: Path, row: string): void => {
  const services = Object.entries(blueprint.realm.clients).filter(([, { type }]) => type === 'service');
  const known = [...Object.keys(blueprint.personas), ...services.map(([id]) => id), 'anonymous'];
  if (!findings.sound(['personas']) || !findings.sound(['realm', 'clients'])) return;
  const isClient = Object.hasOwn(blueprint.realm.clients, row);
  findings.add(
    'BLUEPRINT_UNKNOWN_PERSONA',
    path,
    isClient ? `"${row}" is a client that people sign in with: it has no row of its own` : `nobody is called "${row}"`,
    {
      side: 'key',
      expected: 'a persona, a service client, or anonymous',
      hint: suggestion(row, known),
    },
  );
};

interface Cells {
  readonly row: string;
  readonly service: string;
  readonly listed: readonly string[];
}

const checkCells = (context: Context, path: Path, { row, service: id, listed }: Cells): void => {
  const { blueprint, findings } = context;
  const service = Object.hasOwn(blueprint.services, id) ? blueprint.services[id] : undefined;
  if (!service) {
    if (findings.sound(['services']))
      findings.add('BLUEPRINT_UNKNOWN_SERVICE', path, `there is no service "${id}"`, {
        side: 'key',
        hint: suggestion(id, Object.keys(blueprint.services)),
      });
    return;
  }
  const caller = callerOf(context, row, service.authentication);
  listed.forEach((name, index) => {
    const cell = [...path, String(index)];
    const route = service.routes.find((candidate) => candidate.id === name);
    if (!route) {
      if (findings.sound(['services', id, 'routes', name, 'match']))
        findings.add('BLUEPRINT_UNKNOWN_ROUTE', cell, `"${id}" has no route "${name}"`, {
          hint: suggestion(
            name,
            service.routes.map((candidate) => candidate.id),
          ),
        });
      return;
    }
    const refused = caller && (refusal(route, caller, service.authentication, blueprint.realm) ?? ownsNothing(service, route, row, caller));
    if (refused !== undefined && canJudge(context, row, route))
      findings.add('BLUEPRINT_EXPECT', cell, `"${row}" cannot pass ${id}.${name}: ${refused}`, {
        hint: `the route is at line ${route.at.line}: change it, or take the cell out`,
      });
  });
};

/** A fault in what a cell follows from is told by itself; the cell would only echo it. */
const canJudge = ({ blueprint, findings }: Context, row: string, route: Route): boolean => {
  const { client, path: section } = blueprint.services[route.service]?.authentication ?? blueprint.authentication;
  return [
    ['realm', 'roles'],
    ['realm', 'scopes'],
    ['realm', 'clients', row],
    ['realm', 'clients', client, 'scopes'],
    [...section.split('.'), 'client'],
    [...section.split('.'), 'issuer'],
    ['personas', row, 'roles'],
    ['services', route.service, 'routes', route.id],
  ].every((path) => findings.clean(path));
};

/** Why the gateways would refuse this caller, by what the blueprint says; `undefined` when they would not. */
const refusal = (route: Route, { what, scopes, roles }: Caller, { client, issuer }: Authentication, realm: Realm): string | undefined => {
  if (route.public) return undefined;
  if (what === 'anonymous') return 'the route is not public';
  if (issuer !== undefined) return `only tokens of ${issuer} count there`;
  const missing = route.scopes.find((scope) => !scopes.includes(scope));
  if (missing !== undefined)
    return what === 'persona' ? `the client "${client}" has no scope "${missing}"` : `it has no scope "${missing}"`;
  const gated = route.scopes.find((name) => {
    const holders = Object.hasOwn(realm.scopes, name) ? (realm.scopes[name]?.roles ?? []) : [];
    return holders.length > 0 && !holders.some((role) => roles.has(role));
  });
  if (gated !== undefined) return `the scope "${gated}" is granted only to ${(realm.scopes[gated]?.roles ?? []).join(', ')}`;
  if (route.roles.length > 0 && !route.roles.some((role) => roles.has(role)))
    return `the route demands one of the roles ${route.roles.join(', ')}`;
  if (route.ownedBy !== undefined && what === 'client') return 'a service account owns nothing, and acts for nobody';
  return undefined;
};

/** On a route for owners: somebody with no object there can pass only with a role that may use any. */
const ownsNothing = ({ objects }: Service, { ownedBy, anyOwner }: Route, row: string, { roles }: Caller): string | undefined => {
  if (ownedBy === undefined || Object.values(objects).includes(row) || anyOwner.some((role) => roles.has(role))) return undefined;
  return 'none of its objects is theirs, and no role of theirs may use any';
};

/** Without a policy, scopes and roles alone decide: a route that admits the caller and is not listed is a hole or an omission. */
const checkGaps = (context: Context, path: Path, row: string): void => {
  const { blueprint, findings } = context;
  for (const service of Object.values(blueprint.services)) {
    const caller = callerOf(context, row, service.authentication);
    if (!caller) continue;
    for (const route of service.routes) {
      const listed = blueprint.expect[row]?.[service.id] ?? [];
      if (listed.includes(route.id) || refusal(route, caller, service.authentication, blueprint.realm) !== undefined || !canJudge(context, row, route)) continue;
      findings.add(
        'BLUEPRINT_EXPECT',
        [...path, service.id, route.id],
        `"${row}" may use ${service.id}.${route.id}, which the matrix does not list`,
        {
          side: 'key',
          hint: `list it, or demand a scope or a role on the route at line ${route.at.line}`,
        },
      );
    }
  }
};
