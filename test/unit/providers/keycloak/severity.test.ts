import { describe, expect, it } from 'vitest';
import type { Spec, Step } from '../../../../src/core/resource.ts';
import { severityOf } from '../../../../src/core/severity.ts';
import type { Fields } from '../../../../src/core/spec.ts';
import { client } from '../../../../src/providers/keycloak/specs/client.ts';
import { identityProvider } from '../../../../src/providers/keycloak/specs/identity-provider.ts';
import { requiredAction } from '../../../../src/providers/keycloak/specs/required-action.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';
import { held, wanted } from '../../core/build.ts';

const changed = (fields: Fields, path: string, before: unknown, after: unknown) => {
  const step: Step = { action: 'update', desired: wanted('x', 'x'), live: held('x', 'x'), because: [{ path, before, after }] };
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

  it.each(['acl', 'authctl-scope-guard', 'authctl-opa', 'opa', 'pre-function'])('opens, where it is %s, which decides who passes', (name) => expect(gone(kong.plugin.fields, { name })).toBe('opens'));

  it('is a thinner guard, where another plugin is, and a way in that is shut, where an identity provider is', () => {
    expect(gone(kong.plugin.fields, { name: 'cors' })).toBe('weakens');
    expect(gone(identityProvider.fields, { providerId: 'oidc' })).toBe('breaks');
  });
});
