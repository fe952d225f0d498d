import { describe, expect, it } from 'vitest';
import { dot, graphOf, mermaid } from '../../../src/render/graph.ts';
import { shop, withAws } from '../blueprint/shop.ts';

describe('graphOf', () => {
  it('has every persona, client, target, service and route, and edges between what is there', async () => {
    const graph = graphOf(await shop(...withAws));
    const nodes = graph.clusters.flatMap((cluster) => cluster.nodes.map(({ id }) => id));
    expect(nodes).toEqual([
      ...['who alice', 'who sam', 'who reports', 'client storefront'],
      ...['target keycloak', 'target kong', 'target opa', 'target aws'],
      ...['route orders.list', 'route orders.read', 'route orders.place', 'route orders.health'],
    ]);
    for (const { from, to } of graph.edges) expect(nodes).toEqual(expect.arrayContaining([from, to]));
    expect(graph.edges).toContainEqual({ from: 'target kong', to: 'target opa', label: 'asks shop/authz', dashed: true });
    expect(graph.edges.filter(({ from }) => from === 'target aws')).toHaveLength(5);
  });

  it('draws in both languages, one node and one edge a line, no text outside quotes', async () => {
    const graph = graphOf(await shop());
    const nodes = graph.clusters.flatMap((cluster) => cluster.nodes).length;
    const drawn = mermaid(graph).split('\n');
    expect(drawn[0]).toBe('flowchart LR');
    expect(drawn.filter((line) => /^ {4}n\d+[[(]+".*"[\])]+$/.test(line))).toHaveLength(nodes);
    expect(drawn.filter((line) => /^ {2}n\d+ (-->|-\.->)(\|"[^"]*"\|)? n\d+$/.test(line))).toHaveLength(graph.edges.length);
    const lines = dot(graph).split('\n');
    expect([lines[0], lines.at(-1)]).toEqual(['digraph "shop" {', '}']);
    expect(lines.filter((line) => /^ {2}n\d+ -> n\d+ \[style=(dashed|solid)(, label="[^"]*")?\];$/.test(line))).toHaveLength(
      graph.edges.length,
    );
    expect(lines.filter((line) => /^ {4}n\d+ \[label=".*", shape=\w+\];$/.test(line))).toHaveLength(nodes);
  });

  it('takes no text of a blueprint for syntax', () => {
    const graph = {
      name: 'a"b',
      clusters: [{ id: 'c', title: 'a"] --> x', nodes: [{ id: 'n', lines: ['say "hi" \\ <b>#1;'], shape: 'box' as const, part: 'route' as const }] }],
      edges: [],
    };
    expect(mermaid(graph)).toContain('n0["say #34;hi#34; \\ #60;b#62;#35;1;"]');
    expect(mermaid(graph)).toContain('subgraph c0["a#34;] --#62; x"]');
    expect(dot(graph)).toContain('n0 [label="say \\"hi\\" \\\\ <b>#1;", shape=box];');
  });
});
