import type { ApplyEvent } from '../core/apply.ts';
import type { Access, Report } from '../core/report.ts';
import { renderText } from '../report/text.ts';
import type { Context } from './context.ts';
import { accessOf } from './access.ts';
import { openEngine } from './engine.ts';
import type { Action } from './index.ts';

export const applyCommand: Action<{ yes?: boolean; prune?: boolean; adopt?: boolean }> = async (context, path, options) => {
  const { blueprint, engine } = await openEngine(context, path);
  let access: Access | undefined;
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
        access = await accessOf(blueprint, plan, context.env);
        if (options.yes) return true;
        const report: Report = { command: 'plan', plan, problems: [], ...(access && { access }) };
        context.terminal.say(renderText(report, context.terminal.err, () => undefined));
        const opened = access?.first === false ? access.changes.filter(({ change }) => change === 'opens').length : 0;
        if (opened === 0) return context.terminal.confirm('apply these changes?');
        return context.terminal.confirm(`apply these changes, and open ${opened === 1 ? 'one cell' : `${opened} cells`} of the access matrix?`, 'yes');
      },
      events: progress(context),
      signal: interruption.signal,
    });
    return await context.finish(access ? { ...report, access } : report);
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
