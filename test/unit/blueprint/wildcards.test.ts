import { expect, it } from 'vitest';
import { wildcardsIn } from '../../../src/blueprint/checks/wildcards.ts';

it.each<readonly [what: string, client: Record<string, unknown>, found: readonly string[]]>([
  ['people sign in and go anywhere', { standardFlowEnabled: true, redirectUris: ['https://a.test/x', 'https://a.test/*'] }, ['redirectUris']],
  ['tokens are put into such addresses', { implicitFlowEnabled: true, redirectUris: ['*'] }, ['redirectUris']],
  ['every page may ask', { webOrigins: ['*'] }, ['webOrigins']],
  ['both', { standardFlowEnabled: true, redirectUris: ['/*'], webOrigins: ['https://*.a.test'] }, ['redirectUris', 'webOrigins']],
  ['the origins of exact addresses', { standardFlowEnabled: true, redirectUris: ['https://a.test/x'], webOrigins: ['+'] }, []],
  ['nobody signs in', { redirectUris: ['*'] }, []],
  ['it is off', { enabled: false, standardFlowEnabled: true, redirectUris: ['*'], webOrigins: ['*'] }, []],
  ['it gets no tokens', { bearerOnly: true, standardFlowEnabled: true, redirectUris: ['*'] }, []],
  ['another protocol', { protocol: 'saml', standardFlowEnabled: true, redirectUris: ['*'] }, []],
  ['what is no list', { standardFlowEnabled: true, redirectUris: '*', webOrigins: [1, null] }, []],
])('a wildcard is found where it hands something out: %s', (_what, client, found) => expect(wildcardsIn(client)).toEqual(found));
