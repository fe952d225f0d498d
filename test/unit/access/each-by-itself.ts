import { asHeld } from '../../../src/access/as-found/index.ts';
import { heldBut } from '../../../src/access/as-found/held.ts';
import { passesIn } from '../../../src/access/index.ts';
import type { Cell, CellsBy } from '../../../src/access/index.ts';
import { inTheMatrix } from '../../../src/access/in-the-matrix.ts';
import type { Blueprint, Gateway } from '../../../src/blueprint/types.ts';
import { changesOf } from '../../../src/core/plan.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { addressOf } from '../../../src/core/resource.ts';

type CellsOf = (worlds: readonly Pick<ReturnType<typeof asHeld>, 'blueprint' | 'policy' | 'unasked'>[]) => Promise<readonly (readonly Cell[])[]>;

/** What each change does to the matrix, as it is meant: a whole world where it is the only one, and a whole one where it alone is put right. */
export const eachByItself = async (blueprint: Blueprint, plan: Plan, { gateway, wanted, found, cellsOf }: { readonly gateway: Gateway; readonly wanted: readonly Cell[]; readonly found: readonly Cell[]; readonly cellsOf: CellsOf }): Promise<readonly CellsBy[]> => {
  const { but } = heldBut(plan);
  const addresses = changesOf(plan).flatMap((change) => ('desired' in change && change.action !== 'keep' && inTheMatrix(change, change.desired) !== 'not' ? [addressOf(change.desired)] : []));
  const cells = await cellsOf(addresses.flatMap((address) => [asHeld(blueprint, but({ found: address }), gateway), asHeld(blueprint, but({ stated: address }), gateway)]));
  return addresses.map((address, index) => {
    const [isFound, alone, without] = [passesIn(found), passesIn(cells[2 * index] ?? []), passesIn(cells[2 * index + 1] ?? [])];
    return {
      address,
      opens: wanted.filter((cell) => !cell.passes && isFound(cell) && (alone(cell) || !without(cell))),
      refuses: wanted.filter((cell) => cell.passes && !isFound(cell) && (!alone(cell) || without(cell))),
    };
  });
};
