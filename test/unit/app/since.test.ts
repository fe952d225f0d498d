import { createAuthctl } from 'authctl';
import { expect, it } from 'vitest';
import { blueprint, startTargets } from './targets.ts';

it('drift says since which run, where it finds something and a run is noted that wrote, and nothing where all is as it was', async () => {
  const env = await startTargets();
  const authctl = createAuthctl({ env, localStack: false });
  const since = async () => {
    const { notes = [], negative } = await authctl.drift(blueprint);
    return [negative, notes.filter((note) => note.startsWith('since '))];
  };
  expect(await since()).toEqual([true, []]);
  await authctl.apply(blueprint, { approve: true });
  expect(await since()).toEqual([false, []]);
  const [done] = (await authctl.history()).data?.runs ?? [];
  const services = `${env['KONG_ADMIN_URL'] ?? ''}/services`;
  const { data: [first] } = (await (await fetch(services)).json()) as { data: readonly [{ readonly id: string }] };
  await fetch(`${services}/${first.id}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ host: 'elsewhere.example' }) });
  const words = `since the apply of ${(done?.ended ?? '').replace('T', ' ').replace(/\.\d+Z$/, 'Z')}, the last run noted here that wrote (authctl history ${done?.run ?? ''})`;
  expect(await since()).toEqual([true, [words]]);
});
