import { describe, expect, it } from 'vitest';
import type { Spec, Step } from '../../../../src/core/resource.ts';
import { severityOf } from '../../../../src/core/severity.ts';
import type { Fields } from '../../../../src/core/spec.ts';
import { client } from '../../../../src/providers/keycloak/specs/client.ts';
import { identityProvider } from '../../../../src/providers/keycloak/specs/identity-provider.ts';
import { requiredAction } from '../../../../src/providers/keycloak/specs/required-action.ts';
import { user } from '../../../../src/providers/keycloak/specs/user.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';
import { held, wanted } from '../../core/build.ts';

const changed = (fields: Fields, path: string, before: unknown, after: unknown, { of = {}, live = {} }: { readonly of?: Spec; readonly live?: Spec } = {}) => {
  const step: Step = { action: 'update', desired: { ...wanted('x', 'x'), spec: of }, live: { ...held('x', 'x'), spec: live }, because: [{ path, before, after }] };
  return severityOf(step, () => fields);
};

describe('what a change by hand does', () => {
  it.each([
    ['tokenUrl', 'opens'],
    ['jwksUrl', 'opens'],
    ['userInfoUrl', 'opens'],
    ['issuer', 'opens'],
    ['authorizationUrl', 'exposes'],
    ['defaultScope', 'weakens'],
  ] as const)('to %s of an identity provider %s', (name, effect) => expect(changed(identityProvider.fields, `config.${name}`, 'https://evil.example/x', 'https://idp.example/x')).toBe(effect));

  it.each([
    ['config.validateSignature', 'false', 'true', 'opens'],
    ['config.validateSignature', undefined, 'true', 'opens'],
    ['config.validateSignature', 'true', 'false', 'weakens'],
    ['config.filteredByClaim', 'false', 'true', 'opens'],
    ['config.clientId', 'theirs', 'ours', 'opens'],
    ['enabled', true, false, 'opens'],
    ['enabled', false, true, 'breaks'],
    ['linkOnly', false, true, 'opens'],
    ['linkOnly', true, false, 'breaks'],
    ['trustEmail', true, false, 'opens'],
    ['trustEmail', false, true, 'weakens'],
  ] as const)('to %s of an identity provider, %s and not %s, %s', (path, live, stated, effect) => expect(changed(identityProvider.fields, path, live, stated)).toBe(effect));

  it.each([
    [client.fields, 'enabled', false, true, 'breaks'],
    [client.fields, 'enabled', true, false, 'opens'],
    [client.fields, 'standardFlowEnabled', false, true, 'breaks'],
    [client.fields, 'bearerOnly', true, false, 'breaks'],
    [client.fields, 'attributes.access.token.signed.response.alg', 'none', 'ES256', 'breaks'],
    [client.fields, 'attributes.user.info.response.signature.alg', 'RS256', 'ES256', 'breaks'],
    [client.fields, 'attributes.pkce.code.challenge.method', 'plain', 'S256', 'weakens'],
    [user.fields, 'enabled', false, true, 'breaks'],
    [user.fields, 'enabled', true, false, 'opens'],
    [user.fields, 'requiredActions', ['UPDATE_PASSWORD'], [], 'breaks'],
    [user.fields, 'requiredActions', [], ['CONFIGURE_TOTP'], 'weakens'],
  ] as const)('to a switch by which somebody is locked out breaks (%#: %s, %s and not %s, %s)', (fields, path, live, stated, effect) =>
    expect(changed(fields, path, live, stated)).toBe(effect));

  it('to where the keys of an identity provider come from opens where there is another key, and nobody gets in where there is none', () => {
    const of = (config: Spec, live: string, setting = 'useJwksUrl') => changed(identityProvider.fields, `config.${setting}`, live, live === 'true' ? 'false' : 'true', { live: { config } });
    expect(of({ publicKeySignatureVerifier: 'theirs' }, 'false')).toBe('opens');
    expect(of({ publicKeySignatureVerifier: '' }, 'false')).toBe('breaks');
    expect(of({}, 'false')).toBe('breaks');
    expect(of({ jwksUrl: 'https://evil.example/jwks' }, 'true')).toBe('opens');
    expect(of({ signingCertificate: 'theirs' }, 'false', 'useMetadataDescriptorUrl')).toBe('opens');
  });

  it('to a plugin that is off opens where it decides who passes', () => {
    expect(changed(kong.plugin.fields, 'enabled', false, true, { of: { name: 'jwt' } })).toBe('opens');
    expect(changed(kong.plugin.fields, 'enabled', false, true, { of: { name: 'cors' } })).toBe('weakens');
    expect(changed(kong.plugin.fields, 'enabled', true, false, { of: { name: 'jwt' } })).toBe('weakens');
  });

  const callback = 'https://shop.example/cb';
  it.each([
    ['*', 'exposes'],
    ['https://evil.example/cb', 'exposes'],
    ['http://shop.example/cb', 'exposes'],
    ['https://SHOP.example/cb', 'weakens'],
    ['evil:cb', 'exposes'],
    ['https://shop.example/*', 'weakens'],
    ['/cb', 'weakens'],
  ] as const)('to the redirect URIs of a client, %s beside its own, %s', (uri, effect) => expect(changed(client.fields, 'redirectUris', [callback, uri], [callback])).toBe(effect));

  it('to redirect URIs that are fewer is no new place', () => {
    expect(changed(client.fields, 'redirectUris', [], [callback])).toBe('weakens');
    expect(changed(client.fields, 'redirectUris', null, [callback])).toBe('weakens');
  });

  it('to a required action that every new account must do now locks them out', () => {
    expect(changed(requiredAction.fields, 'defaultAction', true, false)).toBe('breaks');
    expect(changed(requiredAction.fields, 'defaultAction', false, true)).toBe('weakens');
  });
});

describe('what is missing', () => {
  const gone = (fields: Fields, spec: Spec) =>
    severityOf({ action: 'create', desired: { ...wanted('x', 'x'), spec } }, () => fields);

  it.each(['acl', 'authctl-scope-guard', 'authctl-opa', 'opa', 'pre-function', 'jwt', 'openid-connect', 'key-auth'])('opens, where it is %s, which decides who passes', (name) => expect(gone(kong.plugin.fields, { name })).toBe('opens'));

  it('is a thinner guard, where another plugin is, and a way in that is shut, where an identity provider is', () => {
    expect(gone(kong.plugin.fields, { name: 'cors' })).toBe('weakens');
    expect(gone(identityProvider.fields, { providerId: 'oidc' })).toBe('breaks');
  });
});
