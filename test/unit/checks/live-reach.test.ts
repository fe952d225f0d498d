import { describe, expect, it } from 'vitest';
import { liveReach } from '../../../src/checks/kit/reach.ts';
import { FIXTURE_MARK } from '../../../src/core/fixture.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Danger } from '../../../src/core/resource.ts';
import { load, sso } from '../blueprint/loading.ts';

const OWN = 'authctl-verify-zzzzzz-0123456789ab';
const THEIRS = 'authctl-verify-zzzzzz-ba9876543210';
const key = (name: string, tags?: readonly string[]): Danger => ({ kind: 'keycloak.key', id: `shop/${name}`, effect: 'opens', what: 'w', hint: 'h', origin: { file: 'f', line: 1, column: 1 }, ...(tags && { tags }) });

describe('what is told of a realm while verify runs', () => {
  it('is all but what this very run has made, whatever else is called so', async () => {
    const dangers = [key('evil'), key(OWN, [FIXTURE_MARK, OWN]), key(THEIRS, [FIXTURE_MARK, THEIRS]), key('marked', [FIXTURE_MARK]), key('named', [OWN])];
    const kinds = [{ name: 'keycloak.realm' }] as unknown as Provider['kinds'];
    const provider = { name: 'keycloak', kinds, reach: () => Promise.resolve({ dangers, unseen: [] }) } as unknown as Provider;
    const { realmReach } = liveReach({ blueprint: await load(await sso()), providers: [provider], live: () => Promise.resolve([]), fixtures: { made: (name) => name === OWN } });
    expect((await realmReach()).map(({ id }) => id)).toEqual(['shop/evil', `shop/${THEIRS}`, 'shop/marked', 'shop/named']);
  });
});
