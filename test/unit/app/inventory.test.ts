import { createAuthctl } from 'authctl';
import { expect, it } from 'vitest';
import { blueprint, startTargets } from './targets.ts';

it('lists what is live, and whose it is', async () => {
  const env = await startTargets();
  const authctl = createAuthctl({ env, localStack: false });
  const before = await authctl.inventory(blueprint);
  expect(before.problems).toEqual([]);
  expect(before.data?.objects.filter(({ whose }) => whose !== 'nobody')).toEqual([]);

  await authctl.apply(blueprint, { approve: true });
  await fetch(`${env.KONG_ADMIN_URL ?? ''}/services/theirs`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: 'http://127.0.0.1:9', tags: ['authctl:billing'] }) });
  await fetch(`${env.KONG_ADMIN_URL ?? ''}/services/old`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: 'http://127.0.0.1:9' }) });
  const { data, text = '', requests } = await authctl.inventory(blueprint);
  expect(data?.objects).toContainEqual({ address: 'kong.service/theirs', whose: 'another', owner: 'billing', stated: false });
  expect(data?.objects).toContainEqual({ address: 'kong.service/old', whose: 'nobody', stated: false });
  expect(data?.objects).toContainEqual({ address: 'keycloak.realm/tickets', whose: 'ours', owner: 'tickets', stated: true });
  expect(data?.counts['kong.service']).toMatchObject({ another: 1, nobody: 1 });
  expect(text).toContain('of the blueprint billing:\n  kong.service/theirs');
  expect(text).toMatch(/\d+ objects: \d+ ours, 1 another's, \d+ nobody's$/);
  expect(Object.values(requests ?? {}).map(({ writes }) => writes)).toEqual([0, 0]);
});
