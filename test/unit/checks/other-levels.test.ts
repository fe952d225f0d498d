import { expect, it } from 'vitest';
import { noneOf } from '../../../src/checks/groups/stp.ts';

const acrs = (...accepted: readonly string[]): readonly unknown[] => noneOf(accepted).map(([, { acr }]) => acr);

it('are told by everything that is none of them', () => {
  expect(acrs('gold')).toEqual([undefined, null, '', ['gold'], 99, { gold: true }, 'GOLD', 'gold ', 'gold gold', 'urn:elsewhere:gold', '0']);
});

it.each([[['2']], [['gold', 'GOLD']], [['GOLD', 'gold']], [['1', '0']], [['0']]])('never by one of %j, which a gateway rightly lets through', (accepted) => {
  expect(acrs(...accepted).filter((acr) => accepted.some((one) => one === acr))).toEqual([]);
  expect(acrs(...accepted).length).toBeGreaterThan(8);
});
