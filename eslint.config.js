import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Imports run one way: what a room may import, beside itself and npm. */
const rooms = {
  core: ['core'],
  blueprint: ['core', 'blueprint'],
  patterns: ['core', 'blueprint', 'patterns'],
  providers: ['core', 'blueprint', 'providers'],
  checks: ['core', 'blueprint', 'patterns', 'checks'],
  report: ['core', 'report'],
  stack: ['core', 'stack', 'embedded'],
  embedded: ['embedded'],
  service: ['service'],
};
const all = ['core', 'blueprint', 'patterns', 'providers', 'checks', 'report', 'stack', 'embedded', 'service', 'cli'];
const zones = Object.entries(rooms).flatMap(([room, allowed]) =>
  all
    .filter((other) => !allowed.includes(other))
    .map((other) => ({
      target: `./src/${room}`,
      from: `./src/${other}`,
      // What a bundle is made of is pure, and one place says it: the pattern that asks for it and the provider that publishes it.
      ...(room === 'patterns' && other === 'providers' && { except: ['./opa/bundle.ts'] }),
      message: `${room} imports only ${allowed.join(', ')}`,
    })),
);

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.authctl/', 'test/data/', 'test-output/'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
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
  { files: ['test/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-lines': 'off' } },
);
