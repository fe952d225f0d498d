import { verify } from '../checks/index.ts';
import { connectProviders } from '../wire.ts';
import type { Action } from './index.ts';

export const verifyCommand: Action<{ disruptive?: boolean; only?: string; rate: string }> = async (context, path, options) => {
  const blueprint = await context.load(path);
  const local = await context.local();
  const report = await verify({
    blueprint,
    providers: await connectProviders(blueprint),
    env: context.env,
    local,
    disruptive: local || options.disruptive === true,
    only: options.only?.split(',').map((part) => part.trim()) ?? [],
    rate: Number(options.rate),
    progress: (line) => context.terminal.say(context.terminal.err.faint(line)),
  });
  return context.finish(report);
};
