import { createHash } from 'node:crypto';
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

/**
 * What the rules here read beside the file they look at, and what they are, in few letters. A cache of results holds for these alone: a circle
 * that is opened elsewhere is told of in a file that has not changed.
 */
export const beside = () => {
  // Files that import none that is left are taken away until none is: what stays stands in a circle, or leads to one.
  const left = new Map((imports ??= readImports()));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [path, named] of left) if (![...named].some((name) => left.has(name))) left.delete(path);
  }
  const edges = [...left].map(([path, named]) => [path, ...[...named].toSorted()].join(' '));
  const rules = ['./lint-rules.js', '../eslint.config.js'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'));
  return createHash('sha256').update([...edges.toSorted(), ...PROVIDERS, ...rules].join('\n')).digest('hex');
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
