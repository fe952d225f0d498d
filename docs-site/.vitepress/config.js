// docs/ as a site: `make docs`. Static files, no script, font or picture from elsewhere; DOCS_BASE is the path that it is served under.
import { defineConfig } from 'vitepress';
import { drawings } from './drawings.js';
import { copyFiles, links, slugify } from './links.js';
import { sidebar, stage, staged } from './pages.js';

const base = process.env.DOCS_BASE ?? '/';
/** What Vue would take for its own: a template of GitHub Actions stands in a page as it is. */
const unpaired = (/** @type {string} */ html) => html.replaceAll('{{', '&#123;&#123;');

stage();
export default defineConfig({
  srcDir: staged,
  outDir: process.env.DOCS_OUT ?? './dist',
  cacheDir: './node_modules/.cache/vitepress',
  base,
  lang: 'en',
  title: 'authctl',
  description: 'One blueprint for Keycloak, Kong, OPA and AWS API Gateway: apply it, attack the live stack, watch it for drift',
  lastUpdated: false,
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify },
    config: (md) => {
      links(md, base);
      drawings(md);
      // What is set in is a block of code, too.
      md.core.ruler.push('indented-code', ({ tokens }) => {
        for (const token of tokens) if (token.type === 'code_block') Object.assign(token, { type: 'fence', info: 'txt' });
      });
      for (const rule of ['text', 'code_inline']) {
        const render = md.renderer.rules[rule];
        md.renderer.rules[rule] = (...args) => unpaired(render(...args));
      }
    },
  },
  themeConfig: { sidebar, outline: [2, 3], search: { provider: 'local' }, docFooter: { prev: false, next: false } },
  buildEnd: ({ outDir }) => copyFiles(outDir),
});
