import type { Report } from '../core/report.ts';
import type { ReadLines } from './problem.ts';
import type { Style } from './style.ts';

export interface RenderOptions {
  readonly style: Style;
  readonly readLines: ReadLines;
}
type Renderer = (report: Report, options: RenderOptions) => string;

/** Every format, loaded when asked for. */
export const formats = {
  text: async (): Promise<Renderer> => {
    const { renderText } = await import('./text.ts');
    return (report, { style, readLines }) => renderText(report, style, readLines);
  },
  json: async (): Promise<Renderer> => (await import('./json.ts')).renderJson,
  junit: async (): Promise<Renderer> => (await import('./junit.ts')).renderJunit,
  sarif: async (): Promise<Renderer> => (await import('./sarif.ts')).renderSarif,
  github: async (): Promise<Renderer> => (await import('./github.ts')).renderGithub,
  markdown: async (): Promise<Renderer> => (await import('./markdown.ts')).renderMarkdown,
  html: async (): Promise<Renderer> => (await import('./html/index.ts')).renderHtml,
  svg: async (): Promise<Renderer> => (await import('./topology/picture.ts')).renderSvg,
};
export type FormatName = keyof typeof formats;
