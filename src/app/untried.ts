import type { Blueprint } from '../blueprint/types.ts';
import { UNTRIED } from '../patterns/kong-enterprise.ts';
import type { Run } from './run.ts';

/** Says, before anything else, what of this blueprint nobody has run. */
export const tellUntried = ({ emit }: Run, { name, targets }: Blueprint): void => {
  if (targets.kong?.edition === 'enterprise') emit({ type: 'blueprint.untried', blueprint: name, notice: UNTRIED });
};
