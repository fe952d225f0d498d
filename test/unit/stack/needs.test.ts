import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stackNeeds } from '../../../src/stack/needs/index.ts';

/** An example in a directory of its own, changed. */
const changed = (name: string, change: (text: string) => string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-needs-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  const file = join(directory, 'blueprint.yaml');
  writeFileSync(file, change(readFileSync(`blueprints/${name}.yaml`, 'utf8')));
  return file;
};

it('asks for no address that the stack itself makes, with a default or without', async () => {
  const file = changed('opaque', (text) => text.replaceAll(/\$\{(\w+_URL):-[^}]+\}/g, '${$1}'));
  expect(readFileSync(file, 'utf8')).toContain('"${KEYCLOAK_URL}"');
  expect((await stackNeeds(file, {})).needs).toEqual((await stackNeeds('blueprints/opaque.yaml', {})).needs);
});

it('asks for every other variable that is not set', async () => {
  const file = changed('opaque', (text) => text.replace('name: tickets', 'name: "${NAME_OF_IT}"'));
  await expect(stackNeeds(file, {})).rejects.toMatchObject({ problems: [{ code: 'BLUEPRINT_VARIABLE_MISSING' }] });
});

it('is of the environment that is chosen', async () => {
  const overlay = '\nenvironments:\n  gate:\n    authentication: { client: "${NOT_SET}" }\n';
  const file = changed('opaque', (text) => text + overlay);
  expect((await stackNeeds(file, {})).needs.name).toBe('tickets');
  await expect(stackNeeds(file, {}, 'gate')).rejects.toMatchObject({ problems: [{ code: 'BLUEPRINT_VARIABLE_MISSING' }] });
  await expect(stackNeeds(file, {}, 'other')).rejects.toMatchObject({ problems: [{ code: 'BLUEPRINT_UNKNOWN_ENVIRONMENT' }] });
});
