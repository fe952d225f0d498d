import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import { desired, ours, owned, plugin, reach } from './holding.ts';

const keycloak = (url: string) => ({
  controls: [{ url, what: 'Keycloak', parts: [{ below: '/admin', what: 'the administration', effect: 'opens' as const }, { below: '/realms', what: 'the realms', effect: 'weakens' as const }] }],
});
/** What is told of a route of somebody else to Keycloak. */
const told = async (route: Spec, { path = null, url = 'http://id.example:8080', guard, config }: { readonly path?: string | null; readonly url?: string; readonly guard?: string; readonly config?: Spec } = {}): Promise<readonly string[]> => {
  const service = { kind: 'kong.service', id: 'theirs', spec: { name: 'theirs', protocol: 'http', host: 'id.example', port: 8080, path, enabled: true } };
  const side = { kind: 'kong.route', id: 'side', spec: { name: 'side', service: { name: 'theirs' }, protocols: ['http', 'https'], ...route } };
  const guards = guard === undefined ? [] : [plugin(guard, 'theirs.guard', { route: { name: 'side' } }, config)];
  const { dangers } = await reach(desired, [...owned(...ours), service, side, ...guards], keycloak(url));
  return dangers.filter(({ kind }) => kind === 'kong.route').map(({ effect, what }) => `${effect} ${/reaches (.*?) at/.exec(what)?.[1] ?? ''}`);
};

describe('a route of somebody else to Keycloak', () => {
  it.each<readonly [what: string, route: Spec, place: { readonly path?: string; readonly url?: string; readonly guard?: string; readonly config?: Spec }, expected: readonly string[]]>([
    ['that takes all of it', { paths: ['/id'] }, {}, ['opens the administration']],
    ['that cuts nothing off', { paths: ['/'], strip_path: false }, {}, ['opens the administration']],
    ['that begins as the administration does', { paths: ['/adm'], strip_path: false }, {}, ['opens the administration']],
    ['to one place of the administration', { paths: ['/admin/master/console'], strip_path: false }, {}, ['opens the administration']],
    ['to what is only called alike', { paths: ['/administrators'], strip_path: false }, {}, []],
    ['to one realm', { paths: ['/realms/shop'], strip_path: false }, {}, ['weakens the realms']],
    ['to one realm, by its service', { paths: ['/login'] }, { path: '/realms/shop/' }, ['weakens the realms']],
    ['to one realm, by an expression', { paths: ['~/realms/[^/]+/protocol'], strip_path: false }, {}, ['weakens the realms']],
    ['by an expression of several', { paths: ['~/(realms|admin)/.*'], strip_path: false }, {}, ['opens the administration']],
    ['by an expression that may leave its last letter out', { paths: ['~/realms?x'], strip_path: false }, {}, ['weakens the realms']],
    ['by an expression that is cut off', { paths: ['~/realms/.*'] }, {}, ['opens the administration']],
    ['by host alone', { hosts: ['id.example'], strip_path: false }, {}, ['opens the administration']],
    ['by what the router calls an expression', { expression: 'http.path ^= "/realms"', strip_path: false }, {}, ['opens the administration']],
    ['to its pictures', { paths: ['/resources'], strip_path: false }, {}, []],
    ['below a path of its own', { paths: ['/auth/admin'], strip_path: false }, { url: 'http://id.example:8080/auth' }, ['opens the administration']],
    ['to its pictures, where a plugin asks for another path', { paths: ['/resources'], strip_path: false }, { guard: 'request-transformer', config: { replace: { uri: '/admin/realms' } } }, ['opens the administration']],
    ['to its pictures, where a plugin puts a header on', { paths: ['/resources'], strip_path: false }, { guard: 'request-transformer', config: { replace: { uri: null }, add: { headers: ['x: y'] } } }, []],
    ['that nobody gets past', { paths: ['/id'] }, { guard: 'request-termination' }, ['differs the administration']],
    ['with a lock of its own', { paths: ['/realms'], strip_path: false }, { guard: 'key-auth' }, ['differs the realms']],
    ['elsewhere', { paths: ['/id'] }, { url: 'http://id.example:9090' }, []],
  ])('%s', async (_what, route, place, expected) => expect(await told(route, place)).toEqual(expected));
});
