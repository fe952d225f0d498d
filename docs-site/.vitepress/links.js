// The pages are written to be read in the repository, too: what a link means there is turned into what it is in the site.
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { pages, root, sources, staged } from './pages.js';

/** Files and folders of the repository that pages point at and that are no pages: the site has them as they are. */
const files = new Set();

/** As GitHub makes anchors of headings. */
export const slugify = (/** @type {string} */ title) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-');

/**
 * Links from file to file become links from page to page. One that leads nowhere stops the build, as VitePress does for pages.
 * @param {import('vitepress').MarkdownRenderer} md
 */
export const links = (md, base = '/') => {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const source = sources.get(relative(staged, env.path)) ?? '';
    const here = dirname(source);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const src = token.type === 'image' ? token.attrGet('src') : null;
      if (src !== null) token.attrSet('src', `/${normalize(join(here, src))}`);
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href === null || /^([a-z]+:|#|\/)/.test(href)) continue;
      const [path = '', anchor] = href.split('#');
      const file = normalize(join(here, decodeURIComponent(path)));
      const page = pages.get(file);
      if (page !== undefined) token.attrSet('href', anchor === undefined ? page : `${page}#${anchor}`);
      else if (file.startsWith('..') || !existsSync(join(root, file))) throw new Error(`${source}: ${href} leads nowhere`);
      else {
        files.add(file);
        // Not for VitePress's router, which takes a name without a dot for a page.
        token.attrSet('href', `${base}files/${file}${statSync(join(root, file)).isDirectory() ? '/index.html' : ''}`);
        token.attrSet('target', '_self');
      }
    }
  });
};

/** A folder is a list of what is in it. */
const list = (/** @type {string} */ folder) => {
  const names = readdirSync(folder, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/index.html` : entry.name)).toSorted();
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) list(join(folder, entry.name));
  writeFileSync(join(folder, 'index.html'), `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Files</title><ul>${names.map((name) => `<li><a href="${name}">${name.replace('/index.html', '/')}</a></li>`).join('')}</ul></html>\n`);
};

export const copyFiles = (/** @type {string} */ outDir) => {
  for (const file of files) {
    const to = join(outDir, 'files', file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(root, file), to, { recursive: true, filter: (path) => !path.includes('node_modules') });
    if (statSync(to).isDirectory()) list(to);
  }
};
