import type { ApplyEvent } from '../core/apply.ts';
import { renderText } from '../report/text.ts';
import type { Context } from './context.ts';
import { openEngine } from './engine.ts';
import type { Action } from './index.ts';

export const applyCommand: Action<{ yes?: boolean; prune?: boolean; adopt?: boolean }> = async (context, path, options) => {
  const { engine } = await openEngine(context, path);
  const interruption = new AbortController();
  const stop = (): void => {
    context.terminal.say('interrupted: finishing what is under way');
    interruption.abort();
  };
  context.process.on('SIGINT', stop);
  try {
    const report = await engine.apply({
      ...options,
      approve: async (plan) => {
        if (options.yes) return true;
        context.terminal.say(renderText({ command: 'plan', plan, problems: [] }, context.terminal.err, () => undefined));
        return context.terminal.confirm('apply these changes?');
      },
      events: progress(context),
      signal: interruption.signal,
    });
    return await context.finish(report);
  } finally {
    context.process.off('SIGINT', stop);
  }
};

/** A line per finished write, on stderr. */
export const progress =
  ({ terminal }: Context) =>
  (event: ApplyEvent): void => {
    if (event.type !== 'finished') return;
    const paint = { done: terminal.err.good, failed: terminal.err.bad, skipped: terminal.err.faint }[event.outcome];
    terminal.say(`${paint(event.outcome.padEnd(7))} ${event.action.padEnd(8)} ${event.address} ${terminal.err.faint(`${event.milliseconds} ms`)}`);
  };
