import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { shippedFrom } from '../../../../src/providers/keycloak/shipped/shape.ts';
import type { NewRealm, Shipped } from '../../../../src/providers/keycloak/shipped/shape.ts';

const recorded: NewRealm = JSON.parse(readFileSync(new URL('../../../data/keycloak/shipped.json', import.meta.url), 'utf8'));

/** A line for each thing, so that a reviewer sees what a new version ships otherwise. */
const source = (shipped: Shipped): string => {
  const entries = Object.entries(shipped).map(([name, value]) => {
    if (typeof value !== 'object' || name === 'realm' || name === 'client') return `  ${name}: ${JSON.stringify(value)},`;
    if (Array.isArray(value)) return `  ${name}: [\n${value.map((one) => `    ${JSON.stringify(one)},`).join('\n')}\n  ],`;
    return `  ${name}: {\n${Object.entries(value).map(([key, one]) => `    ${JSON.stringify(key)}: ${JSON.stringify(one)},`).join('\n')}\n  },`;
  });
  return `// Made of test/data/keycloak/shipped.json by its test (vitest -u).\nimport type { Shipped } from './shape.ts';\n\nexport const v26_7: Shipped = {\n${entries.join('\n')}\n};\n`;
};

it('what Keycloak ships is written down as it was recorded', () =>
  expect(source(shippedFrom(recorded))).toMatchFileSnapshot(fileURLToPath(new URL('../../../../src/providers/keycloak/shipped/v26-7.ts', import.meta.url))));
