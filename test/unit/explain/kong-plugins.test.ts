import { expect, it } from 'vitest';
import { pluginWords } from '../../../src/explain/kong-plugins.ts';

it('describes a configuration that raw.kong made into something else, for the live Kong to judge', () => {
  expect(pluginWords('jwt').describe({ claims_to_verify: 'exp', key_claim_name: 'kid' }, [])).toEqual([
    "The signature is verified with the credential whose key is the token's kid; an unknown one, or a broken signature, is 401.",
  ]);
  expect(pluginWords('authctl-scope-guard').describe({ scopes: 'orders:read', roles: null }, [])).toContain('No scope is demanded.');
});

it('names the settings of a plugin that no pattern uses', () => {
  expect(pluginWords('proxy-cache')).toMatchObject({ title: 'plugin' });
  expect(pluginWords('proxy-cache').describe({ minute: 5, policy: 'local' }, [])).toEqual(['It runs with its settings minute, policy.']);
});

it('says what is counted, and how large a body may be', () => {
  expect(pluginWords('rate-limiting').describe({ second: null, minute: 600, hour: 5000, limit_by: 'ip' }, [])).toEqual(['At most 600 requests in a minute and 5000 requests in an hour from one address; beyond that the answer is 429. Each node of Kong counts for itself.']);
  expect(pluginWords('request-size-limiting').describe({ allowed_payload_size: 8, size_unit: 'megabytes' }, [])).toEqual(['A body of more than 8 megabytes is answered with 413.']);
});
