import { decisionsOf, givenRoles, kongAsks, listedFor, matchText, principalsOf, servicesDecide } from '../access/index.ts';
import type { Blueprint, Route } from '../blueprint/types.ts';
import type { Topology, TopologyCluster, TopologyEdge, TopologyNode, TopologyPart } from '../core/topology.ts';
import type { ProviderDefinition } from '../providers/definition.ts';
import { providers } from '../providers/index.ts';

/** Who asks, what stands in between, what is asked: personas and clients, targets, services with their routes. Nothing is contacted. */
export const graphOf = (blueprint: Blueprint): Topology => {
  const { targets, services, personas, authentication } = blueprint;
  const callers = principalsOf(blueprint).filter(({ what }) => what !== 'anonymous');
  const serviceClients = callers.flatMap(({ what, name }) => (what === 'client' ? [name] : []));
  const gateways = (['kong', 'aws'] as const).filter((gateway) => targets[gateway] !== undefined);
  const present = providers.filter(({ name }) => targets[name] !== undefined);
  const behind = (gateway: 'kong' | 'aws'): readonly string[] =>
    Object.values(services).flatMap(({ id, gateways: offered }) => (offered.includes(gateway) ? [id] : []));
  return {
    name: blueprint.name,
    clusters: [
      {
        id: 'callers',
        title: 'Callers',
        nodes: [
          ...callers.map((caller): TopologyNode => ({
            id: `who ${caller.name}`,
            shape: 'person',
            part: caller.what === 'client' ? 'client' : 'person',
            lines: [caller.name, ...roleLine(givenRoles(blueprint, caller))],
          })),
          { id: `client ${authentication.client}`, shape: 'box', part: 'application', lines: [authentication.client, `client, ${authentication.pattern}`] },
        ],
      },
      {
        id: 'targets',
        title: 'Targets',
        nodes: present.map(({ name, title }): TopologyNode => ({
          id: `target ${name}`,
          shape: name === 'opa' ? 'store' : 'box',
          part: PARTS[name],
          lines: [title, targetDetails(blueprint)[name]],
        })),
      },
      ...Object.values(services).map((service): TopologyCluster => ({
        id: `service ${service.id}`,
        title: `${service.id} (audience ${service.audience})`,
        nodes: service.routes.filter(isFirst).map((route): TopologyNode => ({
          id: `route ${service.id}.${route.id}`,
          shape: 'box',
          part: 'route',
          lines: routeLines(blueprint, route),
        })),
      })),
    ],
    edges: [
      ...Object.keys(personas).map((name): TopologyEdge => ({ from: `who ${name}`, to: `client ${authentication.client}` })),
      { from: `client ${authentication.client}`, to: 'target keycloak', label: 'signs in', dashed: true },
      ...serviceClients.map((name): TopologyEdge => ({ from: `who ${name}`, to: 'target keycloak', label: 'client credentials', dashed: true })),
      ...gateways.flatMap((gateway): readonly TopologyEdge[] => [
        { from: `client ${authentication.client}`, to: `target ${gateway}` },
        ...serviceClients.map((name): TopologyEdge => ({ from: `who ${name}`, to: `target ${gateway}` })),
        { from: `target ${gateway}`, to: 'target keycloak', label: 'keys', dashed: true },
        ...behind(gateway).flatMap((id) =>
          (services[id]?.routes ?? [])
            .filter((route) => isFirst(route) && route.gateways.includes(gateway))
            .map((route): TopologyEdge => ({ from: `target ${gateway}`, to: `route ${id}.${route.id}` })),
        ),
      ]),
      ...(kongAsks(blueprint) && targets.opa && targets.kong
        ? [{ from: 'target kong', to: 'target opa', label: `asks ${decisionsOf(blueprint).join(', ')}`, dashed: true }]
        : []),
      ...(servicesDecide(blueprint) && targets.opa ? Object.values(services).flatMap(bundleEdge) : []),
    ].filter(({ to }) => to !== 'target keycloak' || targets.keycloak !== undefined),
  };
};

const PARTS = { keycloak: 'issuer', kong: 'gateway', aws: 'gateway', opa: 'policy' } as const satisfies Readonly<Record<ProviderDefinition['name'], TopologyPart>>;

/** A service that decides for itself takes the bundle: drawn to its first route, because a cluster has no edges in every format. */
const bundleEdge = ({ id, routes }: { readonly id: string; readonly routes: readonly Route[] }): readonly TopologyEdge[] =>
  routes[0] ? [{ from: `route ${id}.${routes[0].id}`, to: 'target opa', label: 'bundle', dashed: true }] : [];

const roleLine = (roles: readonly string[]): readonly string[] => (roles.length > 0 ? [roles.join(', ')] : []);

const targetDetails = ({ targets, realm, authorization }: Blueprint): Readonly<Record<ProviderDefinition['name'], string>> => ({
  keycloak: `realm ${realm.name}`,
  kong: `${targets.kong?.edition ?? ''}, ${targets.kong?.store ?? ''}`,
  opa: authorization.decision ?? authorization.pattern,
  aws: targets.aws?.region ?? '',
});

/** One that lists several matches is one route all the same. */
const isFirst = ({ nth = 0 }: Route): boolean => nth === 0;
const matchesOf = ({ services }: Blueprint, { service, id }: Route): readonly Route[] => (services[service]?.routes ?? []).filter((route) => route.id === id);

const routeLines = (blueprint: Blueprint, route: Route): readonly string[] => {
  const who = listedFor(blueprint, route);
  return [
    `${route.id}: ${matchesOf(blueprint, route).map(matchText).join('; ')}`,
    route.public ? 'public' : [...route.scopes, ...route.roles.map((role) => `role ${role}`)].join(', ') || 'any token of the audience',
    ...(route.public || who.length === 0 ? [] : [`passes: ${who.join(', ')}`]),
  ];
};

/** Names in both languages are n0, n1, …: no text of a blueprint can be taken for syntax. */
const idsOf = ({ clusters }: Topology): ReadonlyMap<string, string> =>
  new Map(clusters.flatMap(({ nodes }) => nodes).map(({ id }, index) => [id, `n${index}`]));

/** https://mermaid.js.org/syntax/flowchart.html: texts in quotes, `"`, `<`, `>`, `&` and `#` as entity codes. */
export const mermaid = (graph: Topology): string => {
  const ids = idsOf(graph);
  const escape = (text: string): string => text.replace(/["<>&#`]/g, (letter) => `#${letter.charCodeAt(0)};`);
  const shape = ({ lines, shape: form }: TopologyNode): string => {
    const text = `"${lines.map(escape).join('<br/>')}"`;
    if (form === 'person') return `([${text}])`;
    return form === 'store' ? `[(${text})]` : `[${text}]`;
  };
  return [
    'flowchart LR',
    ...graph.clusters
      .filter(({ nodes }) => nodes.length > 0)
      .flatMap(({ title, nodes }, index) => [
        `  subgraph c${index}["${escape(title)}"]`,
        ...nodes.map((node) => `    ${ids.get(node.id) ?? ''}${shape(node)}`),
        '  end',
      ]),
    ...graph.edges.map(
      ({ from, to, label, dashed }) =>
        `  ${ids.get(from) ?? ''} ${dashed ? '-.->' : '-->'}${label === undefined ? '' : `|"${escape(label)}"|`} ${ids.get(to) ?? ''}`,
    ),
  ].join('\n');
};

/** https://graphviz.org/doc/info/lang.html */
export const dot = (graph: Topology): string => {
  const ids = idsOf(graph);
  const quote = (lines: readonly string[]): string => `"${lines.map((line) => line.replace(/["\\]/g, '\\$&')).join('\\n')}"`;
  const shapes = { box: 'box', person: 'oval', store: 'cylinder' };
  return [
    `digraph ${quote([graph.name])} {`,
    '  rankdir=LR;',
    '  node [fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...graph.clusters
      .filter(({ nodes }) => nodes.length > 0)
      .flatMap(({ title, nodes }, index) => [
        `  subgraph cluster_${index} {`,
        `    label=${quote([title])};`,
        ...nodes.map(({ id, lines, shape }) => `    ${ids.get(id) ?? ''} [label=${quote(lines)}, shape=${shapes[shape]}];`),
        '  }',
      ]),
    ...graph.edges.map(
      ({ from, to, label, dashed }) =>
        `  ${ids.get(from) ?? ''} -> ${ids.get(to) ?? ''} [style=${dashed ? 'dashed' : 'solid'}${label === undefined ? '' : `, label=${quote([label])}`}];`,
    ),
    '}',
  ].join('\n');
};
