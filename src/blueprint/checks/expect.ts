import { suggestion } from '../nearest.ts';
import { nodeAt } from '../tree.ts';
import type { Node, Path } from '../tree.ts';
import type { Blueprint, Route } from '../types.ts';
import { callerNamed, principalsOf } from '../../access/callers.ts';
import type { Caller } from '../../access/callers.ts';
import { hasPolicy } from '../../access/decides.ts';
import { isListed, rowsOf } from '../../access/expect.ts';
import { furtherClients } from '../../access/further.ts';
import { ownerRefusal, refusalOf, refusalText } from '../../access/refusal.ts';
import { gateOf } from '../../access/roles.ts';
import type { Context } from './context.ts';

/** The access matrix must name what exists, and must not contradict the routes: such a cell could never be proved. */
export const checkExpect = (context: Context): void => {
  const { blueprint, root, findings } = context;
  const rows = nodeAt(root, ['expect']);
  if (rows?.kind !== 'map') return;
  for (const [row, { node }] of rows.entries) {
    const path = ['expect', row];
    if (!callerNamed(blueprint, row, blueprint.authentication)) {
      reportRow(context, path, row);
      continue;
    }
    if (node.kind !== 'map') continue;
    for (const [service, { node: listed }] of node.entries)
      checkCells(context, [...path, service], { row, service, listed: textsOf(listed) });
    if (!hasPolicy(blueprint)) checkGaps(context, path, row);
  }
  if (rowsOf(blueprint).length === 0 && Object.keys(blueprint.personas).length > 0 && findings.sound(['expect']))
    findings.add('BLUEPRINT_EXPECT', ['personas'], 'personas without an access matrix prove nothing', { side: 'key', hint: 'add expect:' });
};

const textsOf = (node: Node): readonly string[] =>
  node.kind === 'list' ? node.items.map((item) => (item.kind === 'scalar' && typeof item.value === 'string' ? item.value : '')) : [];

const reportRow = ({ blueprint, findings }: Context, path: Path, row: string): void => {
  const known = principalsOf(blueprint).map(({ name }) => name);
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
  const caller = callerNamed(blueprint, row, service.authentication);
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
    const refused = caller && refusal(blueprint, route, caller);
    if (refused !== undefined && canJudge(context, row, route))
      findings.add('BLUEPRINT_EXPECT', cell, `"${row}" cannot pass ${id}.${name}: ${refused}`, {
        hint: `the route is at line ${route.at.line}: change it, or take the cell out`,
      });
  });
};

/** A fault in what a cell follows from is told by itself; the cell would only echo it. */
const canJudge = ({ blueprint, findings }: Context, row: string, route: Route): boolean => {
  const { client, path: section } = blueprint.services[route.service]?.authentication ?? blueprint.authentication;
  const issuer = furtherClients(blueprint).find(({ name }) => name === row)?.issuer.name;
  return [
    ['realm', 'roles'],
    ['realm', 'scopes'],
    ['realm', 'clients', row],
    ['realm', 'clients', client, 'scopes'],
    [...section.split('.'), 'client'],
    [...section.split('.'), 'issuer'],
    [...section.split('.'), 'pattern'],
    ['personas', row, 'roles'],
    ...(issuer === undefined ? [] : [['issuers', issuer]]),
    ['services', route.service, 'issuers'],
    ['services', route.service, 'audience'],
    ['services', route.service, 'routes', route.id],
  ].every((path) => findings.clean(path));
};

/** Why this caller cannot pass, by what the blueprint says, its policy aside; `undefined` when it can. A cell must hold at every gateway. */
const refusal = (blueprint: Blueprint, route: Route, caller: Caller): string | undefined => {
  for (const gateway of route.gateways) {
    const refused = refusalOf(blueprint, { gateway, route, caller }, false);
    if (refused?.because === 'no token') return 'the route is not public';
    // Most often the audience is missing because a scope is.
    const missing = route.scopes.filter((scope) => !caller.scopes.includes(scope));
    if (refused?.because === 'scopes' || (refused?.because === 'audience' && missing.length > 0)) return scopeText(blueprint, route, caller, missing);
    if (refused) return refusalText(refused);
  }
  switch (ownerRefusal(blueprint, route, caller.name)) {
    case 'acts for nobody':
      return 'a service account owns nothing, and acts for nobody';
    case 'owns nothing':
      return 'none of its objects is theirs, and no role of theirs may use any';
    case undefined:
      return undefined;
  }
};

/** A scope that its client does not have, or one that is kept from this caller. */
const scopeText = ({ realm, services }: Blueprint, route: Route, { what, withheld }: Caller, missing: readonly string[]): string => {
  const unasked = missing.find((scope) => !withheld.includes(scope));
  if (unasked === undefined) return `the scope "${missing[0] ?? ''}" is granted only to ${gateOf(realm, missing[0] ?? '').join(', ')}`;
  return what === 'persona' ? `the client "${services[route.service]?.authentication.client ?? ''}" has no scope "${unasked}"` : `it has no scope "${unasked}"`;
};

/** Without a policy, scopes and roles alone decide: a route that admits the caller and is not listed is a hole or an omission. */
const checkGaps = (context: Context, path: Path, row: string): void => {
  const { blueprint, findings } = context;
  for (const service of Object.values(blueprint.services)) {
    const caller = callerNamed(blueprint, row, service.authentication);
    if (!caller) continue;
    for (const route of service.routes) {
      if (isListed(blueprint, row, route) || refusal(blueprint, route, caller) !== undefined || !canJudge(context, row, route)) continue;
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
