import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';

/** `--format` belongs to reports, so the drawing's language is `--language`. */
export const graphCommand: Action<GlobalOptions & { language: 'mermaid' | 'dot' }> = async ({ authctl, finish }, path, { language, format }) => {
  const report = await authctl.graph(path, { language });
  // A Markdown viewer draws what stands in a fence.
  return finish(report.text !== undefined && format === 'markdown' ? { ...report, text: `\`\`\`${language}\n${report.text}\n\`\`\`` } : report);
};
