import type { Report } from '../core/report.ts';
import type { Topology } from '../core/topology.ts';
import { dot, graphOf, mermaid } from '../render/graph.ts';
import type { BlueprintSource, Run } from './run.ts';

export interface GraphRequest {
  /** Of the drawing in the report's text; Mermaid unless stated. */
  readonly language?: 'mermaid' | 'dot';
}

export const graph = async (run: Run, source: BlueprintSource, { language = 'mermaid' }: GraphRequest): Promise<Report<Topology>> => {
  const blueprint = await run.loadOffline(source);
  const data = graphOf(blueprint);
  return { command: 'graph', blueprint: blueprint.name, problems: [], topology: data, text: (language === 'dot' ? dot : mermaid)(data), data };
};
