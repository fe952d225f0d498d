import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import type { HttpAnswer } from '../../../src/checks/kit/http.ts';
import { loadExample } from './worlds/examples.ts';
import type { Example } from './worlds/examples.ts';
import { answerOf } from './worlds/incoming.ts';
import type { Incoming } from './worlds/incoming.ts';
import { createWorld } from './worlds/world.ts';
import type { Place } from './worlds/world.ts';

type Instead = (place: Place, request: Incoming, right: () => HttpAnswer) => HttpAnswer;

/** What a check says of a world in which some requests get another answer: `passed` where nothing else is said of any door. */
const saying = async (example: Example, check: string, answer: Instead): Promise<readonly string[]> => {
  const verdicts = await createWorld(await loadExample(example), { answer }).verify(checks.filter(({ id }) => id === check));
  const told = verdicts.map(({ status, why }) => `${status} ${why ?? ''}`.trim());
  return told.every((one) => one === 'passed') ? ['passed'] : [...new Set(told.filter((one) => one !== 'passed'))];
};
const withHeaders = (answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer => ({ ...answer, headers: { ...answer.headers, ...headers } });

describe('an origin that is not declared (COO-07)', () => {
  const cors = (headers: (origin: string) => Readonly<Record<string, string>>, status?: number, method?: string) =>
    saying('sso', 'COO-07', (place, request, right) => {
      const origin = request.header('origin');
      if (place !== 'kong' || origin === undefined || (method !== undefined && request.method !== method)) return right();
      return withHeaders(status === undefined ? right() : answerOf(status, {}), headers(origin));
    });
  it.each<readonly [string, () => ReturnType<typeof cors>, readonly unknown[]]>([
    ['is not allowed by the name of another', () => cors(() => ({ 'access-control-allow-origin': 'https://other.example' })), ['passed']],
    ['is not allowed by a star, to which no cookie goes', () => cors(() => ({ 'access-control-allow-origin': '*' })), ['passed']],
    ['is allowed by a star with credentials', () => cors(() => ({ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' })), ['failed https://evil.example is allowed (*, with credentials)']],
    ['is not allowed by a star with credentials switched off', () => cors(() => ({ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'false' })), ['passed']],
    ['is not allowed by credentials alone', () => cors(() => ({ 'access-control-allow-credentials': 'true' })), ['passed']],
    ['is allowed by its name', () => cors((origin) => ({ 'access-control-allow-origin': origin })), ['failed https://evil.example is allowed (https://evil.example)']],
    ['is allowed only where its name is null', () => cors((origin): Readonly<Record<string, string>> => (origin === 'null' ? { 'access-control-allow-origin': origin } : {})), ['failed null is allowed (null)']],
    ['is allowed by what comes after a preflight', () => cors((origin) => ({ 'access-control-allow-origin': origin }), undefined, 'GET'), ['failed https://evil.example is allowed (https://evil.example)']],
    ['brings the gateway down', () => cors(() => ({}), 500), ['crashed got 500']],
    ['gets no answer', () => cors(() => ({}), 0), ['crashed got 0']],
    ['is refused', () => cors(() => ({}), 499), ['passed']],
  ])('%s', async (_what, verdicts, told) => expect(await verdicts()).toEqual(told));
});

describe('a default administrator (IDP-15)', () => {
  const master = (status: number, body: object, of = 'admin') =>
    saying('sso', 'IDP-15', (place, request, right) => (place === 'issuer' && request.path.includes('/realms/master/') && request.form.get('password') === of ? answerOf(status, body) : right()));
  it.each<readonly [string, () => Promise<readonly string[]>, unknown]>([
    ['is none where nobody is let in', () => master(401, {}), ['passed']],
    ['is one who gets a token', () => master(200, { access_token: 'x' }), [expect.stringMatching(/^failed .*admin\/admin on the master realm.*signed in/)]],
    ['is one with another password', () => master(200, { access_token: 'x' }, 'keycloak'), [expect.stringMatching(/^failed .*keycloak\/keycloak on the master realm.*signed in/)]],
    ['is none who gets no token', () => master(200, {}), ['passed']],
    ['is not known where the server fails', () => master(500, {}), [expect.stringContaining('got 500: whether it is there is not known')]],
  ])('%s', async (_what, verdicts, told) => expect(await verdicts()).toEqual(told));
});

describe('discovery (IDP-19)', () => {
  const discovery = (status: number, body: object) => saying('sso', 'IDP-19', (place, request, right) => (place === 'issuer' && request.path.endsWith('/.well-known/openid-configuration') && request.method === 'GET' ? answerOf(status, body) : right()));
  it.each<readonly [string, number, object, string]>([
    ['is right', 200, { id_token_signing_alg_values_supported: ['RS256'] }, 'passed'],
    ['offers unsigned tokens, too', 200, { id_token_signing_alg_values_supported: ['RS256', 'none'] }, 'failed offers RS256, none'],
    ['offers nothing', 200, { id_token_signing_alg_values_supported: [] }, 'failed offers nothing'],
    ['says nothing of it', 200, {}, 'failed offers nothing'],
    ['is not there', 404, { id_token_signing_alg_values_supported: ['RS256'] }, 'failed discovery answered 404'],
  ])('%s', async (_what, status, body, told) => expect(await discovery(status, body)).toEqual([told]));
});

describe('a response type with a token in a URL (IDP-38)', () => {
  const door = (status: number, page: (mode: string | null) => boolean) =>
    saying('sso', 'IDP-38', (place, request, right) => (place === 'issuer' && request.path.endsWith('/auth') && request.query.get('response_type') !== 'code' && page(request.query.get('response_mode')) ? answerOf(status, {}) : right()));
  it.each<readonly [string, () => Promise<readonly string[]>, unknown]>([
    ['is refused', () => door(400, () => true), ['passed']],
    ['is refused by another status', () => door(499, () => true), ['passed']],
    ['is not refused by a page', () => door(200, (mode) => mode === null), [expect.stringMatching(/^failed .*got 200 without an error/)]],
    ['may be refused by a page that is sent on', () => door(200, (mode) => mode !== null), ['passed']],
    ['is not refused by a server that fails', () => door(500, (mode) => mode === null), [expect.stringContaining('got 500 without an error')]],
  ])('%s', async (_what, verdicts, told) => expect(await verdicts()).toEqual(told));
});
