import { checks } from '../checks/catalogue.ts';
import { isChosen, verify } from '../checks/index.ts';
import { Problem } from '../core/problem.ts';
import { connectProviders } from '../providers/index.ts';
import type { Action } from './index.ts';
import { sayUntried } from './untried.ts';

export const verifyCommand: Action<{ disruptive?: boolean; only?: string; rate: string }> = async (context, path, options) => {
  const rate = Number(options.rate);
  if (!Number.isFinite(rate) || rate <= 0)
    throw new Problem('CLI_BAD_RATE', `--rate ${options.rate} is no number of requests per second`, { expected: 'a number above 0', hint: 'leave it out for 500' });
  const only = options.only?.split(',').map((part) => part.trim()) ?? [];
  const unknown = only.find((name) => !checks.some(({ id }) => isChosen(id, [name])));
  if (unknown !== undefined)
    throw new Problem('CLI_UNKNOWN_CHECK', `there is no check and no group "${unknown}"`, {
      expected: `a check such as SIG-03, or a group: ${[...new Set(checks.map(({ id }) => id.replace(/-\d+$/, '')))].join(', ')}`,
      hint: 'docs/checks.md lists them all',
    });
  const blueprint = await context.load(path);
  sayUntried(context, blueprint);
  const local = await context.local();
  const report = await verify({
    blueprint,
    providers: await connectProviders(blueprint),
    env: context.env,
    local,
    disruptive: local || options.disruptive === true,
    only,
    rate,
    progress: (line) => context.terminal.say(context.terminal.err.faint(line)),
  });
  return context.finish(report);
};
