// Sequence diagrams are drawn when the site is built: no page loads a library for them.
import { renderMermaidSVG } from 'beautiful-mermaid';

/** What a reader who sees no picture is told: who says what to whom, in order. */
const inWords = (/** @type {string} */ text) => text.split('\n').slice(1).map((line) => line.trim()).filter((line) => line !== '').join('; ');

/** @param {import('vitepress').MarkdownRenderer} md */
export const drawings = (md) => {
  const fence = md.renderer.rules.fence;
  let drawn = 0;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, options, env, self);
    drawn += 1;
    const svg = renderMermaidSVG(content, { transparent: true })
      // Its style sheet asks for a font from elsewhere: theme/style.css has what is needed of it.
      .replace(/<style>[^]*?<\/style>/, '')
      .replaceAll(/\b(id="|url\(#)seq-/g, `$1drawing-${drawn}-`)
      .replace('<svg ', `<svg role="img" aria-label="${md.utils.escapeHtml(inWords(content))}" `);
    return `<div class="drawing" v-pre>${svg}</div>\n`;
  };
};
