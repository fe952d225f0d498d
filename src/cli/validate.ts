import { expand } from '../patterns/index.ts';
import { NOT_JUDGED, judgePolicy } from './judge-policy.ts';
import type { Action } from './index.ts';
import { sayUntried } from './untried.ts';

export const validateCommand: Action<object> = async (context, path) => {
  const blueprint = await context.load(path);
  sayUntried(context, blueprint);
  const { desired, deferred } = expand(blueprint);
  const judged = await judgePolicy(context, blueprint);
  return context.finish({
    command: 'validate',
    blueprint: blueprint.name,
    problems: [],
    text: `${path} is valid: ${desired.length + deferred.length} objects in ${new Set(desired.map(({ kind }) => kind.split('.')[0])).size} targets${judged ? '' : `; ${NOT_JUDGED}`}`,
  });
};
