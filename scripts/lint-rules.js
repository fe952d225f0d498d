import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/', import.meta.url));

/** What each file imports of the others, types included. Comments may name files, too; a line that begins with `import` or `export` does not lie in one. */
const readImports = () =>
  new Map(
    readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => {
        const path = join(source, name);
        const named = [...readFileSync(path, 'utf8').matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'/gm)].map(([, from = '']) => from);
        return [path, new Set(named.map((from) => resolve(dirname(path), from)))];
      }),
  );

/** Whether `from` leads back to `to`; the way, or nothing. */
const wayBack = (/** @type {Map<string, Set<string>>} */ imports, /** @type {string} */ from, /** @type {string} */ to) => {
  const before = new Map([[from, '']]);
  for (const here of before.keys()) {
    if (here === to) {
      const way = [];
      for (let step = here; step !== ''; step = before.get(step) ?? '') way.unshift(relative(source, step));
      return way;
    }
    for (const next of imports.get(here) ?? []) if (!before.has(next)) before.set(next, here);
  }
  return undefined;
};

/** @type {ReturnType<typeof readImports> | undefined} */
let imports;

/** @type {import('eslint').Rule.RuleModule} */
export const noCircle = {
  create: (context) => {
    if (!context.filename.startsWith(source)) return {};
    imports ??= readImports();
    const known = imports;
    const check = (/** @type {any} */ node) => {
      const wanted = node.source?.value;
      if (typeof wanted !== 'string' || !wanted.startsWith('.')) return;
      const way = wayBack(known, resolve(dirname(context.filename), wanted), context.filename);
      if (way) context.report({ node, message: `imports run in a circle: ${way.join(' -> ')}` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

const PROVIDERS = readdirSync(join(source, 'providers'), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const ADDRESS = new RegExp(`^(${PROVIDERS.join('|')})\\.[\\w-]+/`);

/** @type {import('eslint').Rule.RuleModule} */
export const oneAddress = {
  create: (context) => {
    if (!context.filename.startsWith(source)) return {};
    const check = (/** @type {any} */ node, /** @type {unknown} */ text) => {
      if (typeof text === 'string' && ADDRESS.test(text)) context.report({ node, message: 'an address is made by its spec: <spec>.address(...)' });
    };
    return {
      TemplateLiteral: (/** @type {any} */ node) => check(node, node.quasis[0]?.value.cooked),
      Literal: (/** @type {any} */ node) => check(node, node.value),
    };
  },
};

/**
 * A caught error that nobody reads need have no name. The compiler says so of every other name (`noUnusedLocals`, `noUnusedParameters`).
 * @type {import('eslint').Rule.RuleModule}
 */
export const usedCatch = {
  create: (context) => ({
    CatchClause: (node) => {
      for (const { name, references } of context.sourceCode.getDeclaredVariables(node))
        if (references.length === 0 && !name.startsWith('_')) context.report({ node, message: `${name} is caught, and not used` });
    },
  }),
};
