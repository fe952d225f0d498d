import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { idpReach } from '../../../src/checks/groups/idp-reach.ts';
import { idpSignIn } from '../../../src/checks/groups/idp-sign-in.ts';
import type { Live, Spec } from '../../../src/core/resource.ts';
import { loadExample } from './worlds/examples.ts';
import { createWorld } from './worlds/world.ts';
import type { Sin } from './worlds/world.ts';

const blueprint = await loadExample('sso');
const client = (id: string, spec: Spec, owner?: string): Live => ({
  kind: 'keycloak.client', id: `shop/${id}`, owner,
  spec: { enabled: true, protocol: 'openid-connect', publicClient: true, bearerOnly: false, standardFlowEnabled: true, directAccessGrantsEnabled: false, redirectUris: ['https://other.example/callback'], webOrigins: [], ...spec },
});

/** The clients that IDP-44 tells of, beside one that is always there, and where each was to be sent back to. */
const tried = async (added: readonly Live[], given: Blueprint = blueprint) => {
  const asked = new Map<string, string>();
  const sin: Sin = {
    live: (objects, kind) => (kind === 'keycloak.client' ? [...objects, ...added] : objects),
    answer: (place, { path, query }, right) => {
      if (place === 'issuer' && path.endsWith('/auth')) asked.set(query.get('client_id') ?? '', query.get('redirect_uri') ?? '');
      return right();
    },
  };
  const [verdict] = await createWorld(given, sin).verify(idpReach.filter(({ id }) => id === 'IDP-44'));
  return { told: verdict?.evidence.map(({ request, answer }) => `${request}${answer === undefined ? '' : `: ${answer}`}`), asked: Object.fromEntries(asked), status: verdict?.status };
};
const UNTRIED = 'without our scopes, too, there was no login page';

describe('which foreign clients are tried', () => {
  it('are those that are on, and that anybody can use', async () => {
    const { told, status } = await tried([
      client('theirs', {}),
      client('off', { enabled: false }),
      client('with-a-secret', { publicClient: false }),
      client('for-bearers', { bearerOnly: true }),
      client('of-saml', { protocol: 'saml' }),
      client('for-machines', { standardFlowEnabled: false }),
      client('ours', {}, 'shop'),
      // Called as what verify makes, and not made by this run.
      client('authctl-verify-zz-00', {}),
    ]);
    expect(told).toEqual(['client account-console', `client theirs: ${UNTRIED}`, `client authctl-verify-zz-00: ${UNTRIED}`]);
    expect(status).toBe('passed');
  });

  it('does not try one that the blueprint accepts, and says why', async () => {
    const accepted = { ...blueprint, accept: [{ what: 'keycloak.client/shop/theirs', reason: 'their own shop', origin: blueprint.at('name') }] };
    expect((await tried([client('theirs', {})], accepted)).told).toEqual(['client theirs: accepted: their own shop', 'client account-console']);
    const expired = { ...accepted, accept: accepted.accept.map((one) => ({ ...one, until: '2020-01-01' })) };
    expect((await tried([client('theirs', {})], expired)).told).toEqual(['client account-console', `client theirs: ${UNTRIED}`]);
  });

  it('makes an address of what a client may be sent back to: without a pattern where it can', async () => {
    const { asked } = await tried([
      client('exact', { redirectUris: ['https://a.example/*', 'https://b.example/callback'] }),
      client('below', { redirectUris: ['https://a.example/*'] }),
      client('anywhere', { redirectUris: ['*'] }),
    ]);
    const root = blueprint.issuer.slice(0, blueprint.issuer.lastIndexOf('/realms/'));
    expect(asked).toEqual({
      'account-console': `${root}/realms/shop/account/authctl`,
      'exact': 'https://b.example/callback',
      'below': 'https://a.example/authctl',
      'anywhere': 'https://authctl.invalid/',
    });
  });
});

describe('sign-in with a wrong password', () => {
  it('is tried once for each persona, with a right one after it', async () => {
    const tries: string[] = [];
    const sin: Sin = {
      answer: (place, { path, form }, right) => {
        const answer = right();
        if (place === 'issuer' && path.endsWith('/authenticate')) tries.push(`${form.get('username') ?? ''} ${answer.status === 302 ? 'is in' : 'is not'}`);
        return answer;
      },
    };
    const mixed = await loadExample('mixed');
    const verdicts = await createWorld(mixed, sin).verify(idpSignIn.filter(({ id }) => id === 'IDP-30'));
    expect(verdicts.map(({ status }) => status)).toEqual(['passed', 'passed']);
    for (const username of new Set(tries.map((one) => one.split(' ')[0]))) expect(tries.filter((one) => one.startsWith(`${username} `))).toEqual([`${username} is not`, `${username} is in`]);
    expect(tries).toHaveLength(4);
  });

  it('is judged where the right one is refused once: a busy server may not be done yet with the sign-in before', async () => {
    let tries = 0;
    const page = '<form id="kc-form-login" action="x"><span id="input-error-container"> <span id="input-error">Invalid username or password.</span></span></form>';
    const slow: Sin = {
      answer: (place, { path }, right) =>
        place === 'issuer' && path.endsWith('/authenticate') && (tries += 1) === 2 ? { status: 200, headers: {}, setCookies: [], body: page, milliseconds: 1 } : right(),
    };
    const verdicts = await createWorld(blueprint, slow).verify(idpSignIn.filter(({ id }) => id === 'IDP-30'));
    // A wrong password, the right one that is refused, and the right one.
    expect([verdicts.map(({ status }) => status), tries]).toEqual([['passed'], 3]);
  });

  it('cannot be judged where the right one is refused, too', async () => {
    const shut: Sin = { answer: (place, { path }, right) => (place === 'issuer' && path.endsWith('/authenticate') ? { ...right(), status: 200, headers: {} } : right()) };
    const verdicts = await createWorld(blueprint, shut).verify(idpSignIn.filter(({ id }) => ['IDP-30', 'IDP-31', 'IDP-32'].includes(id)));
    expect(verdicts.map(({ status }) => status)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
  });
});
