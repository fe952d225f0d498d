import { expect, it } from 'vitest';
import { withAbout } from '../../../src/app/about.ts';
import { versionOf } from '../../../src/core/version.ts';
import { shop, withAws } from '../blueprint/shop.ts';

const now = new Date('2026-11-29T12:00:03.000Z');

it('says who ran what asked servers, when, and which servers they were', async () => {
  const blueprint = await shop(...withAws, ['    proxy: ', '    manage: none\n    proxy: ']);
  const { about, topology } = withAbout({ command: 'verify', problems: [], versions: { keycloak: '26.4.1' } }, { blueprint, overlay: 'staging', now });
  expect(about).toMatchObject({ at: '2026-11-29T12:00:03.000Z', authctl: versionOf(), file: blueprint.file, overlay: 'staging', by: expect.stringMatching(/./) as string, host: expect.stringMatching(/./) as string });
  expect(about?.targets.map(({ name, version, onlyLookedAt }) => [name, version, onlyLookedAt])).toEqual([
    ['keycloak', '26.4.1', undefined],
    ['kong', undefined, true],
    ['opa', undefined, undefined],
    ['aws', undefined, undefined],
  ]);
  expect(about?.targets[1]?.address).toBe('http://localhost:8001');
  expect(topology?.clusters.map(({ id }) => id)).toEqual(['callers', 'targets', 'service orders']);
});

it('says nothing of it where no server was asked, or no blueprint was there', async () => {
  const blueprint = await shop();
  expect(withAbout({ command: 'matrix', problems: [] }, { blueprint, now })).toEqual({ command: 'matrix', problems: [] });
  expect(withAbout({ command: 'verify', problems: [] }, { blueprint: undefined, now })).toEqual({ command: 'verify', problems: [] });
});
