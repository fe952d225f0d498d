import { describe, expect, it } from 'vitest';
import { desired, ours, owned, plugin, reach, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

/** A service that the blueprint states raw, for consumers with keys of their own. */
const service: Thing = { kind: 'kong.service', id: 'labels', spec: { name: 'labels', protocol: 'http', host: 'labels.example', port: 80, enabled: true } };
const route: Thing = { kind: 'kong.route', id: 'labels', spec: { name: 'labels', service: { name: 'labels' }, paths: ['/labels'], protocols: ['http'] } };
const onLabels = { service: { name: 'labels' } };
const jwt = plugin('jwt', 'labels.jwt', onLabels);
const acl = plugin('acl', 'labels.acl', onLabels, { allow: ['partners'] });
const stated = [service, route, jwt, acl];

/** As the blueprint states what no matrix knows: with its fields. */
const raw = (said: readonly Thing[]) => wanted(...said).map((one) => ({ ...one, fields: {} }));
const told = async (live: readonly Thing[], foreign: readonly Thing[] = [], said: readonly Thing[] = stated) =>
  (await reach([...desired, ...raw(said)], [...owned(...ours, ...live), ...foreign])).dangers.filter(({ id }) => id === 'labels').map(({ effect }) => effect);

describe('a service behind jwt that the blueprint states', () => {
  it('is what it says where it also states who may come, by a group', async () => { expect(await told(stated)).toEqual([]); });
  it.each([
    ['no group is asked for: any key in Kong opens it, those of the issuer, too', stated.filter((one) => one !== acl), stated.filter((one) => one !== acl)],
    ['the groups are those that may not come', [service, route, jwt, plugin('acl', 'labels.acl', onLabels, { deny: ['strangers'] })], undefined],
    ['nobody in particular is let in', [service, route, jwt, plugin('acl', 'labels.acl', onLabels, { allow: [] })], undefined],
    ['the plugin is off', [service, route, jwt, plugin('acl', 'labels.acl', onLabels, { allow: ['partners'] }, { enabled: false })], undefined],
  ] as const)('is open where %s', async (_why, live, said) => { expect(await told(live, [], said)).toEqual(['opens']); });
  it('is open where somebody else put the group there: nobody here says who is in it', async () => {
    expect(await told([service, route, jwt], [plugin('acl', 'theirs', onLabels, { allow: ['anybody'] })])).toEqual(['opens']);
  });
});
