import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guardedServices } from '../../../src/stack/needs/guarded-services.ts';
import { reach } from '../providers/kong/holding.ts';
import { createExposure } from '../../../src/providers/kong/exposure.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const env = { KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', INVENTORY_SECRET: 'inventory-secret', RITA_PASSWORD: 'rita-password', LUKE_PASSWORD: 'luke-password' };
const example = await readFile(join(repository, 'blueprints/jwt.yaml'), 'utf8');
const blueprint = () => load(example, { env });

describe('the pattern jwt', () => {
  it('passes header and cookie on: the gateway verifies nothing, and takes off who the client says it is', async () => {
    const { desired, deferred } = expand(await blueprint());
    const plugins = desired.filter(({ kind }) => kind === 'kong.plugin');
    expect(plugins.map(({ id, spec }) => [id, spec.name])).toEqual(
      ['library.books', 'library.loans'].flatMap((service) => [[`${service}.cors`, 'cors'], [`${service}.guard`, 'authctl-token-guard']]),
    );
    for (const { spec } of plugins.filter(({ id }) => id.endsWith('.guard')))
      expect(spec.config).toEqual({ public: true, cookie: null, relay: 'header' });
    expect([desired.filter(({ kind }) => kind === 'kong.consumer'), deferred]).toEqual([[], []]);
  });

  it('puts public and protected routes on one service, closed by the service itself', async () => {
    const { desired } = expand(await blueprint());
    const routes = desired.filter(({ kind, id }) => kind === 'kong.route' && id.startsWith('library.loans'));
    expect(routes.map(({ id, spec, after }) => [id, spec.service, after])).toEqual(
      ['list', 'health'].map((route) => [
        `library.loans.${route}`,
        { name: 'library.loans' },
        ['kong.service/library.loans', 'kong.plugin/library.loans.cors', 'kong.plugin/library.loans.guard'],
      ]),
    );
  });

  it('has each route written once: everything on it is there before it', async () => {
    const { desired } = expand(await blueprint());
    const gate = createExposure({ move: () => Promise.resolve('revision'), reached: () => Promise.resolve() });
    gate.prepare(desired.map((object) => ({ action: 'create', desired: object })));
    const routes = desired.filter(({ kind }) => kind === 'kong.route');
    expect([routes.length, new Set(await Promise.all(routes.map(gate.manner)))]).toEqual([6, new Set(['open'])]);
  });

  it('is no danger to itself; a route of somebody else to the same upstream is one', async () => {
    const { desired } = expand(await blueprint());
    const live = desired.filter(({ kind }) => kind.startsWith('kong.')).map(({ kind, id, spec }) => ({ kind, id, spec, owner: 'library' }));
    expect((await reach(desired, live, { name: 'library' })).dangers).toEqual([]);
    const foreign = { kind: 'kong.route', id: 'other', spec: { name: 'other', service: { name: 'library.books' }, paths: ['/other'] }, owner: undefined };
    expect((await reach(desired, [...live, foreign], { name: 'library' })).dangers.map(({ kind, id, effect }) => [kind, id, effect])).toEqual([['kong.route', 'other', 'weakens']]);
  });

  it('tells a service of the local stack all that it must verify', async () => {
    const { books, loans } = guardedServices(await blueprint());
    expect(loans?.audience).toBe('loans');
    expect(books).toEqual({
      realm: 'library',
      audience: 'books',
      algorithms: ['RS256'],
      leeway: 5,
      maxLifetime: 600,
      header: true,
      cookie: '__Host-library',
      origins: ['https://library.example'],
      objects: {},
      routes: [
        { id: 'list', method: 'GET', path: '/books', public: false, scopes: ['books:read'], roles: [] },
        { id: 'read', method: 'GET', path: '/books/{id}', public: false, scopes: ['books:read'], roles: [] },
        { id: 'add', method: 'POST', path: '/books', public: false, scopes: ['books:write'], roles: ['librarian'] },
        { id: 'health', method: 'GET', path: '/books/health', public: true, scopes: [], roles: [] },
      ],
    });
  });
});
