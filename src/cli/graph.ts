import { dot, graphOf, mermaid } from '../explain/graph.ts';
import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';
import { loadOffline } from './offline.ts';

/** `graph`: a drawing's source, for Mermaid or Graphviz. `--format` belongs to reports, so the language is `--language`. */
export const graphCommand: Action<GlobalOptions & { language: 'mermaid' | 'dot' }> = async (context, path, options) => {
  const blueprint = await loadOffline(context, path, options.env);
  const graph = graphOf(blueprint);
  const drawing = (options.language === 'dot' ? dot : mermaid)(graph);
  // A Markdown viewer draws what stands in a fence.
  const text = options.format === 'markdown' ? `\`\`\`${options.language}\n${drawing}\n\`\`\`` : drawing;
  return context.finish({ command: 'graph', blueprint: blueprint.name, problems: [], text, data: graph });
};
