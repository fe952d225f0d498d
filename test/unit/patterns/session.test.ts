import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import { modAuthOpenidc, oauth2Proxy } from '../../../src/render/session-config.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const env = {
  KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', WEB_SECRET: 'web-secret', SESSION_STORE_URL: 'redis://:store-secret@localhost/0',
  PIA_PASSWORD: 'pia-password', DORA_PASSWORD: 'dora-password',
};
const example = await readFile(join(repository, 'blueprints/session.yaml'), 'utf8');
const edited = (from: string, to: string): string => {
  if (!example.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
  return example.replace(from, to);
};
const loaded = (text = example, overlay?: string): Promise<Blueprint> => load(text, { env, ...(overlay !== undefined && { overlay }) });
const only = async (kind: string, id: string, blueprint?: Blueprint) => {
  const found = expand(blueprint ?? (await loaded())).desired.filter((desired) => desired.kind === kind && desired.id === id);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('the pattern session', () => {
  it('puts the session plugin before the guard of every protected service, and takes the cookie from public ones', async () => {
    const { desired } = expand(await loaded());
    const plugins = desired.filter(({ kind, spec }) => kind === 'kong.plugin' && spec.name === 'authctl-session');
    expect(plugins.map(({ id }) => id)).toEqual(['clinic.appointments.session', 'clinic.records.session']);
    expect(plugins[0]?.spec.config).toEqual({
      session_url: 'http://localhost:9300/session/token',
      allow_plain_http: true,
      ssl_verify: true,
      token_header: 'Authorization',
      cookie: '__Host-clinic',
      sign_in_path: '/session/login',
      return_parameter: 'returnTo',
      allowed_origins: ['http://localhost:8000'],
    });
    expect((await only('kong.plugin', 'clinic.appointments.guard')).spec.config).toMatchObject({ header: true, cookie: null, allowed_origins: [] });
    expect((await only('kong.plugin', 'clinic.appointments.public.guard')).spec.config).toEqual({ public: true, cookie: '__Host-clinic', relay: 'none' });
  });

  it('gives the session service four routes, and none to what it tells the gateway', async () => {
    const { desired } = expand(await loaded());
    const routes = desired.filter(({ kind, spec }) => kind === 'kong.route' && (spec.service as { name: string }).name === 'clinic.session');
    expect(routes.map(({ id, spec }) => [id, spec.methods, spec.paths])).toEqual([
      ['clinic.session.sign-in', ['GET'], ['~/session/login$']],
      ['clinic.session.callback', ['GET'], ['~/session/callback$']],
      ['clinic.session.logout', ['POST'], ['~/session/logout$']],
      ['clinic.session.backchannel', ['POST'], ['~/session/backchannel-logout$']],
    ]);
  });

  it('makes one route of a path that serves several purposes', async () => {
    const { desired } = expand(await loaded(example, 'apache'));
    const routes = desired.filter(({ kind, id }) => kind === 'kong.route' && id.startsWith('clinic.session.'));
    expect(routes.map(({ id, spec }) => [id, spec.methods])).toEqual([
      ['clinic.session.sign-in', ['GET']],
      ['clinic.session.callback', ['GET', 'POST']],
    ]);
    const { spec } = await only('keycloak.client', 'clinic/web', await loaded(example, 'apache'));
    expect(spec.attributes).toMatchObject({ 'backchannel.logout.url': 'http://localhost:8000/session/callback?logout=backchannel' });
  });

  it('has Keycloak tell of a logout by the id of the session', async () => {
    expect((await only('keycloak.client', 'clinic/web')).spec).toMatchObject({
      publicClient: false,
      standardFlowEnabled: true,
      attributes: {
        'pkce.code.challenge.method': 'S256',
        'post.logout.redirect.uris': 'http://localhost:8000/',
        'backchannel.logout.url': 'http://localhost:8000/session/backchannel-logout',
        'backchannel.logout.session.required': 'true',
      },
    });
  });

  it.each([
    ['a redirect URI elsewhere', ['/session/callback"]', '/callback"]'], 'realm.clients.web'],
    ['a session service elsewhere over plain http', ['http://localhost:9300', 'http://session.example'], 'authentication.session'],
    ['an idle time past the end', ['${SESSION_IDLE:-15m}', '9h'], 'authentication.session'],
    ['sessions that Keycloak ends before', ['${SESSION_ABSOLUTE:-8h}', '11h'], 'authentication.session'],
    ['a renewal that comes after Keycloak has ended the session', ['${SESSION_RENEW:-5s}', '30m'], 'authentication.session'],
    ['an algorithm that Kong cannot verify', ['algorithm: RS256', 'algorithm: PS256'], 'realm.tokens'],
    ['a route in the way', ['GET /records,', 'GET /session/login,'], 'services.records.routes.list'],
  ])('refuses %s, by its line', async (_what, [from, to], place) => {
    const blueprint = await loaded(edited(from!, to!));
    try {
      expand(blueprint);
      expect.fail('it was taken');
    } catch (thrown) {
      expect(problemsOf(thrown)?.map(({ code, at }) => [code, at?.line])).toEqual([['PATTERN_INCOMPLETE', blueprint.at(place).line]]);
    }
  });

  it('takes a session that is as long as the realm has it, and idle as long as it lasts', async () => {
    const text = edited('${SESSION_ABSOLUTE:-8h}', '10h').replace('${SESSION_IDLE:-15m}', '10h');
    expect(expand(await loaded(text)).desired.length).toBeGreaterThan(10);
  });

  it('refuses what does not say where sessions are kept', async () => {
    const blueprint = await loaded();
    const { session: _session, ...authentication } = blueprint.authentication;
    const services = Object.fromEntries(Object.entries(blueprint.services).map(([id, service]) => [id, { ...service, authentication }]));
    expect(() => expand({ ...blueprint, authentication, services })).toThrow(expect.objectContaining({ code: 'PATTERN_INCOMPLETE', at: blueprint.at('authentication') }) as Error);
  });

  const WEB = '    web:\n      type: confidential';
  const withRobot = (scopes: string, may: string): Promise<Blueprint> =>
    loaded(edited(WEB, `    robot: { type: service, secret: "\${WEB_SECRET}", scopes: [${scopes}] }\n${WEB}`).replace('  anonymous: {', `  robot: { ${may} }\n  anonymous: {`));

  it('refuses a service among the callers, which signs in nowhere', async () => {
    const blueprint = await withRobot('records:read', 'records: [list]');
    expect(() => expand(blueprint)).toThrow(expect.objectContaining({ code: 'PATTERN_INCOMPLETE', at: blueprint.at('expect.robot') }) as Error);
  });

  it('takes a service among the callers where nobody needs a token', async () => {
    expect(expand(await withRobot('', 'appointments: [health]')).desired.length).toBeGreaterThan(10);
  });

  it('is written for oauth2-proxy and mod_auth_openidc, each where it is asked for, without a secret', async () => {
    const [own, apache, proxy] = [await loaded(), await loaded(example, 'apache'), await loaded(example, 'oauth2-proxy')];
    expect([modAuthOpenidc(own), oauth2Proxy(own), oauth2Proxy(apache), modAuthOpenidc(proxy)]).toEqual([undefined, undefined, undefined, undefined]);
    const written = [modAuthOpenidc(apache), oauth2Proxy(proxy)].join('\n');
    for (const part of ['OIDCCookie __Host-clinic', 'OIDCSessionInactivityTimeout 900', 'OIDCRefreshAccessTokenBeforeExpiry 295', 'cookie_name = "__Host-clinic"', 'cookie_expire = "28800s"'])
      expect(written).toContain(part);
    for (const secret of Object.values(env)) expect(written).not.toContain(secret);
  });
});
