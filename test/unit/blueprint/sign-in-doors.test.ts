import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { headerList } from '../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { buildRouter } from '../../../infra/stand-ins/src/kong/proxy/router.ts';
import { loadBlueprint, requiredSecrets } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import { expand } from '../../../src/patterns/index.ts';
import { kong } from '../../../src/providers/kong/specs/index.ts';

const read = '      read: { match: "GET /appointments/{id}", scopes: [appointments:read] }\n';

const withRoute = async (fields: string): Promise<Blueprint> => {
  const file = join(mkdtempSync(join(tmpdir(), 'authctl-doors-')), 'clinic.yaml');
  onTestFinished(() => { rmSync(dirname(file), { recursive: true }); });
  writeFileSync(file, readFileSync('blueprints/session.yaml', 'utf8').replace(read, `${read}      odd: { ${fields}, public: true }\n`).replace('  client: web\n', '  client: web\n  origins: []\n'));
  const secrets = Object.fromEntries((await requiredSecrets(file)).map((name) => [name, `value-of-${name}`]));
  return loadBlueprint(file, { env: secrets });
};

/** Which route of Kong a browser that comes back from its sign-in is led by, where it asks for this host and shows this header. */
const takenBy = (blueprint: Blueprint): string | undefined => {
  const routes = expand(blueprint).desired.filter(kong.route.is).map(({ id, spec }) => ({ ...spec, id, name: id }));
  const found = buildRouter(routes as never, () => undefined)({ method: 'GET', host: 'clinic.example', port: 8000, path: '/session/callback', headers: headerList([['x-stage', 'blue']]), clientIp: '127.0.0.1', clientPort: 1, serverIp: '127.0.0.1' });
  return found.kind === 'matched' ? String(found.match.route['name']) : undefined;
};

it.each([
  ['everything below a prefix, with hosts', 'match: GET /session/**, hosts: [clinic.example]', true],
  ['a path, with hosts', 'match: "GET /{any}/callback", hosts: [clinic.example]', true],
  ['a path, with a header', 'match: "GET /{any}/callback", headers: { X-Stage: [blue] }', true],
  ['a variable, with a host that has a star', 'match: "GET /session/{step}", hosts: ["*.example"]', true],
  ['everything below a prefix, with both', 'match: GET /session/**, hosts: ["*.example"], headers: { X-Stage: [blue] }', true],
  // A prefix without hosts that are spelled out comes after every expression, whatever else it asks for.
  ['everything below a prefix, with a header', 'match: GET /**, headers: { X-Stage: [blue] }', false],
  ['everything below a prefix, with a host that has a star', 'match: GET /**, hosts: ["*.example"]', false],
  ['another method', 'match: "PUT /{any}/callback", hosts: [clinic.example]', false],
  ['another path', 'match: "GET /{any}/other", hosts: [clinic.example]', false],
] as const)('a route that would take where people sign in is refused, and no other: %s', async (_what, fields, refused) => {
  const loaded = await withRoute(fields).catch((thrown: unknown) => problemsOf(thrown)?.map(({ code, message }) => `${code} ${message}`));
  if (refused) expect(loaded).toEqual([expect.stringMatching(/^BLUEPRINT_ROUTE_OVERLAP .* would take \/session\/callback, where people sign in: by its (hosts|headers) Kong asks it first$/)]);
  else expect(takenBy(loaded as Blueprint)).toMatch(/session\.callback$/);
});
