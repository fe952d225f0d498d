import { describe, expect, it } from 'vitest';
import type { Spec, Step } from '../../../../src/core/resource.ts';
import { severityOf } from '../../../../src/core/severity.ts';
import type { Fields } from '../../../../src/core/spec.ts';
import { clientScope } from '../../../../src/providers/keycloak/specs/client-scope.ts';
import { client } from '../../../../src/providers/keycloak/specs/client.ts';
import { identityProvider } from '../../../../src/providers/keycloak/specs/identity-provider.ts';
import { realm } from '../../../../src/providers/keycloak/specs/realm.ts';
import { requiredAction } from '../../../../src/providers/keycloak/specs/required-action.ts';
import { user } from '../../../../src/providers/keycloak/specs/user.ts';
import { aws } from '../../../../src/providers/aws/specs/index.ts';
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
    [client.fields, 'protocol', 'saml', 'openid-connect', 'breaks'],
    [client.fields, 'serviceAccountsEnabled', false, true, 'breaks'],
    [client.fields, 'serviceAccountsEnabled', true, false, 'weakens'],
    [client.fields, 'optionalClientScopes', ['orders:read'], ['orders:read', 'orders:write'], 'breaks'],
    [client.fields, 'optionalClientScopes', ['orders:read', 'offline_access'], ['orders:read', 'orders:write'], 'weakens'],
    [client.fields, 'attributes.client.use.lightweight.access.token.enabled', 'true', 'false', 'breaks'],
    [client.fields, 'attributes.x509.subjectdn', 'CN=.*', 'CN=robot', 'opens'],
    [client.fields, 'attributes.x509.subjectdn', undefined, 'CN=robot', 'breaks'],
    [client.fields, 'attributes.x509.allow.regex.pattern.comparison', 'true', 'false', 'opens'],
    [client.fields, 'attributes.x509.allow.regex.pattern.comparison', undefined, 'false', 'opens'],
    [client.fields, 'attributes.x509.allow.regex.pattern.comparison', 'false', 'true', 'breaks'],
    ...['jwks.url', 'jwks.string', 'jwt.credential.certificate', 'jwt.credential.public.key'].flatMap((name) => [[client.fields, `attributes.${name}`, 'theirs', 'ours', 'opens'], [client.fields, `attributes.${name}`, '', 'ours', 'breaks']] as const),
    [clientScope.fields, 'attributes.include.in.token.scope', 'false', 'true', 'breaks'],
    [clientScope.fields, 'attributes.include.in.token.scope', 'true', 'false', 'weakens'],
    [clientScope.fields, 'protocol', 'saml', 'openid-connect', 'breaks'],
    [aws.api.fields, 'CorsConfiguration', null, { AllowOrigins: ['https://shop.example'] }, 'breaks'],
    [aws.api.fields, 'CorsConfiguration', { AllowOrigins: ['*'] }, null, 'weakens'],
    [aws.api.fields, 'CorsConfiguration.AllowOrigins', [], ['https://shop.example'], 'breaks'],
    [aws.api.fields, 'CorsConfiguration.AllowOrigins', ['https://evil.example'], ['https://shop.example'], 'weakens'],
    [aws.api.fields, 'CorsConfiguration.AllowMethods', ['*'], ['GET'], 'weakens'],
    [aws.api.fields, 'CorsConfiguration.AllowHeaders', ['authorization'], ['authorization', 'content-type'], 'breaks'],
    [aws.api.fields, 'CorsConfiguration.AllowCredentials', true, false, 'weakens'],
    [aws.api.fields, 'CorsConfiguration.AllowCredentials', false, true, 'breaks'],
    [aws.api.fields, 'CorsConfiguration.MaxAge', 5, 600, 'differs'],
    [realm.fields, 'enabled', false, true, 'breaks'],
    [realm.fields, 'sslRequired', 'all', 'external', 'breaks'],
    [realm.fields, 'sslRequired', 'none', 'external', 'weakens'],
    [realm.fields, 'ssoSessionMaxLifespan', 1, 36_000, 'breaks'],
    [realm.fields, 'accessTokenLifespan', 86_400, 300, 'weakens'],
    [realm.fields, 'registrationAllowed', false, true, 'breaks'],
    [realm.fields, 'registrationAllowed', true, false, 'weakens'],
    [user.fields, 'realmRoles', [], ['customer'], 'breaks'],
    [user.fields, 'realmRoles', ['admin'], ['customer'], 'weakens'],
    [user.fields, 'enabled', false, true, 'breaks'],
    [user.fields, 'enabled', true, false, 'opens'],
    [user.fields, 'requiredActions', ['UPDATE_PASSWORD'], [], 'breaks'],
    [user.fields, 'requiredActions', [], ['CONFIGURE_TOTP'], 'weakens'],
  ] as const)('to a switch by which somebody is locked out breaks (%#: %s, %s and not %s, %s)', (fields, path, live, stated, effect) =>
    expect(changed(fields, path, live, stated)).toBe(effect));

  it('to who acts as a client or reads the mail of a persona opens, or exposes', () => {
    expect(changed(client.fields, 'secret', '[secret 1]', '[secret 2]')).toBe('opens');
    expect(changed(client.fields, 'publicClient', true, false, { live: { standardFlowEnabled: true } })).toBe('opens');
    // Tokens for itself are for clients that show a secret.
    expect(changed(client.fields, 'publicClient', true, false, { live: { serviceAccountsEnabled: true } })).toBe('breaks');
    expect(changed(client.fields, 'publicClient', false, true, { live: { standardFlowEnabled: true } })).toBe('breaks');
    expect(changed(user.fields, 'email', 'evil@evil.example', 'alice@shop.test')).toBe('exposes');
    expect(changed(user.fields, 'email', null, 'alice@shop.test')).toBe('weakens');
  });

  const by = (attributes: Record<string, string>, more: Spec = {}) => ({ live: { attributes, ...more } });
  it.each([
    // The secret of a client is shown to whoever may look at it, and a key of theirs is theirs.
    ['client-secret', 'client-jwt', {}, 'opens'],
    ['client-secret-jwt', 'client-x509', {}, 'opens'],
    ['client-jwt', 'client-secret', by({ 'jwks.url': 'https://evil.example/jwks' }), 'opens'],
    ['client-jwt', 'client-x509', by({ 'jwt.credential.certificate': 'MII' }), 'opens'],
    ['client-x509', 'client-jwt', by({ 'x509.subjectdn': 'CN=evil' }), 'opens'],
    ['federated-jwt', 'client-jwt', {}, 'opens'],
    ['constructor', 'client-jwt', {}, 'opens'],
    [null, 'client-jwt', {}, 'opens'],
    // Nobody has what nothing stands for.
    ['client-jwt', 'client-secret', by({ 'jwks.url': '', 'x509.subjectdn': 'CN=robot' }), 'breaks'],
    ['client-x509', 'client-jwt', by({ 'jwks.url': 'https://robot.example/jwks' }), 'breaks'],
    // One secret, sent or signed with.
    ['client-secret', 'client-secret-jwt', {}, 'weakens'],
    ['client-secret-jwt', 'client-secret', {}, 'breaks'],
  ] as const)('to by what a client proves who it is, %s and not %s (%o), %s', (live, stated, around, effect) => expect(changed(client.fields, 'clientAuthenticatorType', live, stated, around)).toBe(effect));

  it('to by what a client would prove who it is differs where it proves nothing', () => {
    const open = { publicClient: true };
    expect(changed(client.fields, 'clientAuthenticatorType', 'client-jwt', 'client-secret', { of: open, live: { ...open, attributes: { 'jwks.url': 'https://evil.example/jwks' } } })).toBe('differs');
    expect(changed(client.fields, 'clientAuthenticatorType', 'client-secret', 'client-jwt', { of: { publicClient: false }, live: open })).toBe('opens');
  });

  it.each([
    ['authctl-opa', 'url', 'http://evil.example', 'http://opa', 'opens'],
    ['authctl-opa', 'decision', 'theirs', 'shop/authz', 'weakens'],
    ['authctl-scope-guard', 'deny_all', true, false, 'breaks'],
    ['authctl-scope-guard', 'deny_all', false, true, 'weakens'],
    ['authctl-scope-guard', 'scopes', ['a', 'b'], ['a'], 'breaks'],
    ['authctl-scope-guard', 'scopes', [], ['a'], 'weakens'],
    ['authctl-scope-guard', 'scopes', ['b'], ['a'], 'weakens'],
    ['authctl-scope-guard', 'roles', ['admin'], [], 'breaks'],
    ['authctl-scope-guard', 'roles', ['admin', 'x'], ['admin'], 'weakens'],
    ['authctl-token-guard', 'header', false, true, 'breaks'],
    ['authctl-token-guard', 'leeway', 0, 5, 'breaks'],
    ['authctl-token-guard', 'leeway', 10, 5, 'weakens'],
    ['authctl-token-guard', 'max_lifetime', 60, null, 'breaks'],
    ['authctl-token-guard', 'max_lifetime', null, 60, 'weakens'],
    ['authctl-token-guard', 'clients', ['a'], ['a', 'b'], 'breaks'],
    ['authctl-token-guard', 'clients', ['a', 'x'], ['a'], 'weakens'],
    ['authctl-token-guard', 'clients', [], ['a'], 'weakens'],
    ['authctl-token-guard', 'token_types', [], ['Bearer'], 'weakens'],
    ['authctl-token-guard', 'pinned_consumer', 'mallory', 'shop.issuer', 'breaks'],
    ['authctl-token-guard', 'pinned_consumer', null, 'shop.issuer', 'differs'],
    ['authctl-token-guard', 'jwks_refresh', 86_400, 300, 'weakens'],
    ['authctl-token-guard', 'jwks_refresh', 5, 300, 'differs'],
    ['authctl-token-guard', 'jwks_cool_down', 3600, 10, 'breaks'],
    ['authctl-token-guard', 'jwks_cool_down', 1, 10, 'weakens'],
    ['authctl-token-guard', 'jwks_stale', 86_400, 3600, 'weakens'],
    ['authctl-token-guard', 'jwks_stale', 0, 3600, 'breaks'],
    ['authctl-token-guard', 'jwks_allow_plain_http', true, false, 'weakens'],
    ['authctl-token-guard', 'jwks_allow_plain_http', false, true, 'breaks'],
    ['authctl-token-guard', 'issuer', 'https://evil.example', 'https://id.example', 'weakens'],
  ] as const)('to config of %s: %s %s and not %s, %s', (name, field, live, stated, effect) =>
    expect(changed(kong.plugin.fields, `config.${field}`, live, stated, { of: { name } })).toBe(effect));

  it('to how long Kong waits for a service breaks where nothing can be answered in that time', () => {
    expect(changed(kong.service.fields, 'read_timeout', 1, 30_000)).toBe('breaks');
    expect(changed(kong.service.fields, 'read_timeout', 29_000, 30_000)).toBe('differs');
  });

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
