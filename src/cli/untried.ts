import type { Blueprint } from '../blueprint/types.ts';
import { UNTRIED } from '../patterns/kong-enterprise.ts';
import type { Context } from './context.ts';

/** Says, before anything else, what of this blueprint nobody has run. On stderr: a result in JSON stays a result. */
export const sayUntried = ({ terminal }: Context, { targets }: Blueprint): void => {
  if (targets.kong?.edition === 'enterprise') terminal.say(UNTRIED);
};
