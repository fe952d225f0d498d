import { expect, it } from 'vitest';
import { pluginWords } from '../../../src/explain/kong-plugins.ts';

it('describes a configuration that raw.kong made into something else, for the live Kong to judge', () => {
  expect(pluginWords('jwt').describe({ claims_to_verify: 'exp', key_claim_name: 'kid' }, [])).toEqual([
    "The signature is verified with the credential whose key is the token's kid; an unknown one, or a broken signature, is 401.",
  ]);
  expect(pluginWords('authctl-scope-guard').describe({ scopes: 'orders:read', roles: null }, [])).toContain('No scope is demanded.');
});

it('names the settings of a plugin that no pattern uses', () => {
  expect(pluginWords('rate-limiting')).toMatchObject({ title: 'plugin' });
  expect(pluginWords('rate-limiting').describe({ minute: 5, policy: 'local' }, [])).toEqual(['It runs with its settings minute, policy.']);
});
