import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { beside, noCircle, oneAddress, usedCatch } from './scripts/lint-rules.js';

/** Imports run one way: what a room may import, beside itself and npm. */
const rooms = {
  problems: ['problems'],
  core: ['core'],
  blueprint: ['core', 'blueprint', 'access'],
  access: ['core', 'access'],
  patterns: ['core', 'blueprint', 'access', 'patterns'],
  providers: ['core', 'blueprint', 'access', 'providers'],
  secrets: ['core', 'blueprint', 'providers', 'secrets'],
  journal: ['core', 'blueprint', 'providers', 'journal'],
  checks: ['core', 'blueprint', 'access', 'patterns', 'checks'],
  explain: ['core', 'blueprint', 'access', 'patterns', 'explain'],
  render: ['core', 'blueprint', 'access', 'patterns', 'render'],
  import: ['core', 'blueprint', 'providers', 'import'],
  report: ['core', 'report'],
  stack: ['core', 'stack'],
  'stack/needs': ['core', 'blueprint', 'access', 'patterns', 'stack', 'stack/needs'],
  service: ['service'],
  app: ['core', 'problems', 'blueprint', 'access', 'patterns', 'providers', 'checks', 'explain', 'render', 'import', 'report', 'secrets', 'journal', 'stack', 'stack/needs', 'app'],
  cli: ['core', 'report', 'app', 'cli'],
};
/**
 * What a bundle is made of is pure, and one place says it: the pattern that asks for it and the provider that publishes it. How one is
 * unpacked, signed and judged, and what it is asked, is said by the module that services decide with. Where an `opa` is on this machine is known by the local stack.
 */
const SHARED = {
  // What a blueprint is; its cross-checks, in turn, ask access who may pass. No file of these imports access.
  access: ['blueprint/types.ts', 'blueprint/tree.ts', 'service/question.ts'],
  patterns: ['providers/opa/bundle.ts', 'providers/keycloak/realm-settings.ts'],
  // The registry: the names of all providers. It loads none of them.
  render: ['providers/index.ts', 'providers/definition.ts'],
  providers: ['service/decision/archive.ts', 'service/decision/policy.ts', 'service/decision/signature.ts', 'service/error.ts', 'service/question.ts', 'stack/opa/find.ts'],
};

/** What a provider's kinds are made of, by name and type: data, which imports core alone, and which whoever makes or reads objects may import. */
const isSpecs = (/** @type {string} */ path) => /^providers\/[^/]+\/specs\//.test(path);
const READS_SPECS = ['providers', 'patterns', 'access', 'reach', 'checks', 'explain', 'render', 'app'];

/**
 * Rooms with one door: the others import this file of them alone. The blueprint's cross-checks go in by the side, because the loader needs
 * little of it at every start.
 */
const DOORS = { access: { door: 'access/index.ts', besides: ['access', 'blueprint'] } };

const source = fileURLToPath(new URL('./src/', import.meta.url));
/** What is installed without the rest. */
const PACKAGES = ['./infra/stand-ins/', './src/service/'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
/** The innermost one. */
const roomOf = (/** @type {string} */ path) =>
  Object.keys(rooms).filter((room) => path.startsWith(`${room}/`)).toSorted((a, b) => b.length - a.length)[0] ?? path.split('/')[0] ?? '';

/** @type {import('eslint').Rule.RuleModule} */
const byItself = {
  create: (context) => {
    const home = PACKAGES.find((place) => context.filename.startsWith(place));
    if (!home) return {};
    const check = (/** @type {any} */ node) => {
      const wanted = node.source?.value;
      if (typeof wanted !== 'string' || !wanted.startsWith('.')) return;
      if (!resolve(dirname(context.filename), wanted).startsWith(home)) context.report({ node, message: 'a package of its own imports its own files and npm' });
    };
    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

/** @type {import('eslint').Rule.RuleModule} */
const oneWay = {
  create: (context) => {
    const here = relative(source, context.filename);
    const allowed = isSpecs(here) ? ['core'] : rooms[roomOf(here)];
    if (here.startsWith('..') || !allowed) return {};
    const check = (/** @type {any} */ node) => {
      const wanted = node.source?.value;
      if (typeof wanted !== 'string' || !wanted.startsWith('.')) return;
      const there = relative(source, resolve(dirname(context.filename), wanted));
      // The codes of problems are data that everybody may name, wherever they are declared.
      const codes = /(^|\/)problems(\/|\.ts$)/.test(there);
      const specs = isSpecs(there) && (isSpecs(here) || READS_SPECS.includes(roomOf(here)));
      if (!codes && !specs && !allowed.includes(roomOf(there)) && !SHARED[roomOf(here)]?.includes(there))
        context.report({ node, message: `${roomOf(here)} imports only ${allowed.join(', ')}, not ${there}` });
      const { door, besides } = DOORS[roomOf(there)] ?? {};
      if (door !== undefined && there !== door && !besides.includes(roomOf(here)))
        context.report({ node, message: `${door} is the one door of its room: it exports what others may ask` });
    };
    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'coverage/', '.authctl/', 'test/data/', 'test-output/', 'src/*/generated/'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    // Part of what ESLint's cache goes by: it knows the names of rules, and neither what they are nor what else they read.
    settings: { beside: beside() },
    plugins: { rooms: { rules: { 'one-way': oneWay, 'by-itself': byItself, 'no-circle': noCircle, 'one-address': oneAddress, 'used-catch': usedCatch } } },
    rules: {
      'rooms/one-way': 'error',
      'rooms/by-itself': 'error',
      'rooms/no-circle': 'error',
      'rooms/one-address': 'error',
      'rooms/used-catch': 'error',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 420, skipBlankLines: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['src/app/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name!='cwd']",
          message: 'a use case knows no terminal, no exit code and no environment but the one it is given',
        },
      ],
    },
  },
  {
    files: ['src/cli/**'],
    ignores: ['src/cli/terminal.ts'],
    rules: { 'no-restricted-syntax': ['error', { selector: "CallExpression[callee.property.name='write']", message: 'only terminal.ts prints' }] },
  },
  // The compiler says the same of these (`npm run types`), for half the time.
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-unused-vars': 'off' } },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
      // The condition decides, and never the clock of a busy machine.
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^(waitFor|waitUntil)$/][arguments.length=1]", message: 'gives up after a second: wait by eventually, or until FAR' },
        { selector: "CallExpression[callee.property.name=/^(poll|waitFor|waitUntil)$/] > ObjectExpression > Property[key.name='timeout'] > Literal", message: 'say nothing (expect.poll) or FAR: far beyond what a busy machine needs' },
        { selector: "CallExpression[callee.name=/^(it|beforeAll|beforeEach|afterAll|afterEach)$/] > Literal.arguments[raw=/^(\\d{1,2}|1[0-7]\\d)_?\\d{3}$/]", message: 'less than what vitest.config.ts gives every test' },
        { selector: "CallExpression[callee.name='it'] > ObjectExpression > Property[key.name='timeout'] > Literal[raw=/^(\\d{1,2}|1[0-7]\\d)_?\\d{3}$/]", message: 'less than what vitest.config.ts gives every test' },
      ],
    },
  },
);
