import { exitCodeOf } from 'authctl';
import { expect, it } from 'vitest';
import { changesOf } from '../../../src/core/plan.ts';
import { kongHand } from './demand/kong-hand.ts';
import { poolAtKong, startPool } from './pool.ts';

it.each(['database', 'dbless'] as const)('a route with a header is open after one apply, and nothing is left to do (%s)', async (store) => {
  const text = poolAtKong.replace('match: GET /parcels, ', 'match: GET /parcels, headers: { x-version: [v1] }, ');
  const { open, file, kong } = await startPool(text.replace('proxy: {', `store: ${store}, proxy: {`), { dbless: store === 'dbless' });
  const authctl = open({});
  const applied = await authctl.apply(file, { approve: true });
  expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
  const [route] = (await kongHand(kong.admin.url, false).rows('routes')).filter(({ name }) => name === 'parcels.parcels.list');
  // Nothing is left of the header by which it was closed while its plugins came.
  expect(route?.['headers']).toEqual({ 'x-version': ['v1'] });
  const asked = (headers: Readonly<Record<string, string>>) => fetch(`${kong.proxy.url}/parcels`, { headers }).then(({ status }) => status);
  expect([await asked({ 'x-version': 'v1' }), await asked({})]).toEqual([401, 404]);
  const again = await authctl.drift(file);
  expect([again.plan ? changesOf(again.plan).filter(({ action }) => action !== 'keep') : [], exitCodeOf(again)]).toEqual([[], 0]);
});
