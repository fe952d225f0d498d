import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KEYCLOAK_VERSION } from '../../../src/stack/keycloak/install.ts';
import { OPA_VERSION } from '../../../src/stack/opa/find.ts';

const table = readFileSync('docs/installing.md', 'utf8').split('## Supported versions')[1]?.split('\n## ')[0] ?? '';
const rowOf = (name: string): string => table.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '';

it('the page says the versions that the tests run with', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly engines: { readonly node: string } };
  expect(rowOf('Node')).toContain(`| ${engines.node.replace('>=', '')} in every run`);
  const releases = [...(/const RELEASES = \[([^\]]*)\]/.exec(readFileSync('scripts/nodes.js', 'utf8'))?.[1] ?? '').matchAll(/'(\d+)'/g)].map(([, release]) => release);
  expect(rowOf('Node')).toContain(`; ${releases.join(' and ')} by`);
  expect(rowOf('Keycloak')).toContain(`| ${KEYCLOAK_VERSION}, the real server`);
  expect(rowOf('OPA')).toContain(`| ${OPA_VERSION}, the real server`);
});
