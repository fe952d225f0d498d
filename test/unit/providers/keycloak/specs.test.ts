import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import type { SpecType } from '../../../../src/core/spec.ts';
import { createAdmin } from '../../../../src/providers/keycloak/client.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { shop, target } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import { resources } from './resources.ts';

const FOLDER = new URL('../../../../src/providers/keycloak/specs/', import.meta.url);
type AnySpec = SpecType<Spec, readonly string[]>;
const isSpecType = (value: unknown): value is AnySpec => typeof value === 'object' && value !== null && 'kind' in value && 'read' in value;
const modules: readonly Record<string, unknown>[] = await Promise.all(readdirSync(FOLDER).map((file) => import(new URL(file, FOLDER).href)));
const SPECS = modules.flatMap((module) => Object.values(module).filter(isSpecType));

/** An object of every kind of which nothing is stated that can be left out. The fake is held to recorded answers. */
const BARE = resources.map(({ bare }) => bare);

const bareObjects = async (): Promise<ReadonlyMap<string, Spec>> => {
  const keycloak = fakeKeycloak();
  const admin = createAdmin(keycloak, { target: target(), mask: String });
  for (const { method = 'POST', path, body } of BARE.flatMap(({ before = [], ...bare }) => [...before, { ...bare, method: 'POST' as const }])) await admin.write(method, path, { doing: 'make it', body });
  const lives = (await Promise.all(createKeycloakProvider(shop(), keycloak).kinds.map((kind) => kind.list()))).flat();
  return new Map(lives.filter((live) => BARE.some(({ kind, id }) => kind === live.kind && id === live.id)).map(({ kind, spec }) => [kind, spec]));
};

describe('the specs of Keycloak', () => {
  it('are one for every kind', () => {
    const kinds = createKeycloakProvider(shop(), fakeKeycloak()).kinds.map(({ name }) => name);
    expect(SPECS.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
    expect(BARE.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
  });

  it.each(SPECS)('say of $kind what Keycloak has where nobody states it', async ({ kind, fields }) => {
    const held = (await bareObjects()).get(kind) ?? {};
    const known = Object.entries(fields).filter(([, field]) => field.default !== undefined);
    expect(Object.fromEntries(known.map(([name]) => [name, held[name] ?? null]))).toEqual(
      Object.fromEntries(known.map(([name, field]) => [name, field.default])),
    );
  });
});
