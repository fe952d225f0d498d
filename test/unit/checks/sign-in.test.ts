import { Configuration } from 'openid-client';
import type { ServerMetadata } from 'openid-client';
import { describe, expect, it } from 'vitest';
import { newBrowser, throughTheLoginPage } from '../../../src/checks/kit/browser.ts';
import type { HttpAnswer, Send } from '../../../src/checks/kit/http.ts';
import { authorize } from '../../../src/checks/kit/tokens.ts';
import { Problem } from '../../../src/core/problem.ts';
import { Secret } from '../../../src/core/secret.ts';

const answer = (part: Partial<HttpAnswer>): HttpAnswer => ({ status: 200, headers: {}, setCookies: [], body: '', milliseconds: 1, ...part });
const PAGE = '<form id="kc-form-login" action="http://id.example/login">';

/** A login page that says this to a password, and how often it was tried. */
const pageThatSays = (said: Partial<HttpAnswer>) => {
  const tries: string[] = [];
  const send: Send = ({ method, body }) => {
    if (method === 'POST') tries.push(String(body));
    return Promise.resolve(method === 'POST' ? answer(said) : answer({ body: PAGE }));
  };
  const signIn = (password = 'right'): Promise<string> =>
    throughTheLoginPage(newBrowser(send), 'http://id.example/auth', 'https://shop.example/callback', { username: 'alice', password: new Secret(password) }).then(
      () => 'in',
      (thrown: unknown) => {
        if (!(thrown instanceof Problem)) throw thrown;
        expect([thrown.code, thrown.hint !== undefined]).toEqual(['VERIFY_SIGN_IN_FAILED', true]);
        return thrown.message;
      },
    );
  return { signIn, tries };
};

describe('a persona that cannot sign in', () => {
  it.each([
    ['wrong password', { body: '<span id="input-error">Invalid username or password.</span>' }],
    ['locked', { body: '<span id="input-error">Account is temporarily disabled; contact your administrator.</span>' }],
    ['account is disabled', { body: '<span class="kc-feedback-text">Account is disabled, contact your administrator.</span>' }],
    ['one-time code (OTP)', { body: '<form id="kc-otp-login-form">' }],
    ['CONFIGURE_TOTP', { body: '<form id="kc-totp-settings-form">' }],
    ['UPDATE_PASSWORD', { status: 302, headers: { location: 'http://id.example/realms/shop/login-actions/required-action?client_id=x&execution=UPDATE_PASSWORD' } }],
    ['UPDATE_PROFILE', { body: '<form id="kc-update-profile-form">' }],
    ['the login page answered 500', { status: 500 }],
  ] as const)('is told why: %s', async (why, said) => {
    expect(await pageThatSays(said).signIn()).toContain(why);
  });

  it('is tried once in a run, so that no account is locked by it', async () => {
    const { signIn, tries } = pageThatSays({ body: '<span id="input-error">Invalid username or password.</span>' });
    expect(await signIn()).toBe(await signIn());
    await signIn('another');
    expect(tries).toHaveLength(2);
  });

  it.each([{}, { authorization_endpoint: 'nowhere' }, { authorization_endpoint: 7 }])('is told of an issuer whose discovery names no place to sign in: %j', async (named) => {
    const configuration = new Configuration({ issuer: 'https://id.example', ...named } as ServerMetadata, 'shop');
    const signIn = authorize(() => Promise.reject(new Error('nothing is sent')), { configuration, redirectUri: 'https://shop.example/callback', scope: 'openid', username: 'alice', password: new Secret('right') });
    await expect(signIn).rejects.toMatchObject({ code: 'VERIFY_NO_DISCOVERY', message: 'https://id.example gives no discovery document that can be used (it names no authorization endpoint)' });
  });
});
