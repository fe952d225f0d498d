import { createEngine } from '../core/engine.ts';
import { connectProviders } from '../providers/index.ts';
import { renderText } from '../report/text.ts';
import { progress } from './apply.ts';
import type { Action } from './index.ts';

/** A blueprint that asks for nothing, pruned: what carries our mark goes, realms and protected objects stay. */
export const destroyCommand: Action<{ yes?: boolean }> = async (context, path, options) => {
  const blueprint = await context.load(path);
  const engine = createEngine(await connectProviders(blueprint), { name: blueprint.name, desired: [], deferred: [] });
  const report = await engine.apply({
    prune: true,
    approve: async (plan) => {
      if (options.yes) return true;
      context.terminal.say(renderText({ command: 'destroy', plan, problems: [] }, context.terminal.err, () => undefined));
      return context.terminal.confirm(`delete everything that belongs to "${blueprint.name}"?`);
    },
    events: progress(context),
  });
  return context.finish({ ...report, command: 'destroy' });
};
