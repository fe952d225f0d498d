import { setTimeout as wait } from 'node:timers/promises';
import { durationOf } from '../../core/duration.ts';
import { createEngine } from '../../core/engine.ts';
import { Problem, reason } from '../../core/problem.ts';
import type { Report } from '../../core/report.ts';
import { createHttp } from '../../providers/http.ts';
import { withAccess } from '../access-changes.ts';
import { openEngine } from '../open-engine.ts';
import type { BlueprintSource, Run } from '../run.ts';
import { openEndpoint } from './endpoint.ts';
import type { Turn } from './findings.ts';
import { createLoop } from './loop.ts';
import type { WatchState } from './loop.ts';
import { collectorIn, openCollector } from './otlp.ts';

export interface WatchRequest {
  /** From one look to the next, a tenth more or less: seconds as a number, or `30s`, `5m`, `1h`. Five minutes unless stated, twenty days at the most. */
  readonly interval?: number | string;
  /** Where `/healthz` and `/metrics` are; `127.0.0.1:9464` unless stated. */
  readonly listen?: string;
  /** Where changes are told as JSON that Slack takes, too. It is a secret: whoever has it can write there. */
  readonly webhook?: string;
  /** Stands in for the time between two looks. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const LISTEN = '127.0.0.1:9464';
/** Seconds: a timer of Node's that is set to 25 days or more fires at once, again and again. */
const LONGEST = 20 * 86_400;

/** Drift in one long process: looks again and again over the same connections, and tells of each thing when it appears and when it is gone. */
export const watch = async (run: Run, source: BlueprintSource, { interval: stated = 300, listen = LISTEN, webhook, pause = untilAborted }: WatchRequest): Promise<Report<WatchState>> => {
  const interval = durationOf(stated) ?? Number.NaN;
  if (!(interval > 0 && interval <= LONGEST)) throw new Problem('WATCH_INTERVAL', `${stated} is no time between two looks`, { expected: 'a duration such as 30s, 5m or 1h, 20d at the most' });
  if (webhook !== undefined && !/^https?:\/\/[^/]/.test(webhook)) throw new Problem('WATCH_WEBHOOK', 'AUTHCTL_WEBHOOK is no address', { expected: 'an http:// or https:// URL' });
  const named = collectorIn(run.env);
  const { blueprint, expansion, providers } = await openEngine(run, source);
  // What ends with a report keeps its connections here: the next look needs them.
  const engine = createEngine(providers.map((provider) => ({ ...provider, close: () => Promise.resolve() })), expansion);
  const signal = run.signal.signal ?? new AbortController().signal;
  const hook = webhook === undefined ? undefined : openHook(webhook, blueprint.name, run.mask);
  const collector = named && openCollector(named, blueprint.name);
  const loop = createLoop({
    look: async () => {
      for (const { forget } of providers) forget?.();
      return withAccess(blueprint, await engine.drift({}), run.env);
    },
    tell: async (turn) => hook?.tell(turn),
    changed: ({ appeared, gone }) => { run.emit({ type: 'watch.changed', appeared: appeared.map(({ words }) => run.mask(words)), gone: gone.map(({ words }) => run.mask(words)) }); },
    failed: ({ problems }) => { run.emit({ type: 'watch.failed', why: run.mask(problems.map(({ message }) => message).join('; ')) }); },
    undelivered: (why) => { run.emit({ type: 'watch.failed', why: `the webhook could not be told, and is told with the next look: ${run.mask(reason(why))}` }); },
    looked: async () => {
      try {
        await collector?.send(loop.state());
      } catch (thrown) {
        run.emit({ type: 'watch.failed', why: `OpenTelemetry could not be told, and is told after the next look: ${run.mask(reason(thrown))}` });
      }
    },
    pause: () => pause(interval * 1000 * (0.9 + Math.random() / 5), signal),
    signal,
    now: () => performance.now(),
  });
  const begun = performance.now();
  const healthy = (): boolean => performance.now() - (loop.state().lastGood ?? begun) < Math.max(3 * interval, 60) * 1000;
  try {
    const endpoint = await openEndpoint({ address: listen, blueprint: blueprint.name, state: loop.state, healthy });
    run.emit({ type: 'watch.started', url: endpoint.url, seconds: interval });
    try {
      await loop.run();
    } finally {
      await endpoint.close();
    }
  } finally {
    hook?.close();
    collector?.close();
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
  const { looks, appeared, gone, findings } = loop.state();
  run.emit({ type: 'watch.finished', looks, appeared, gone, milliseconds: Math.round(performance.now() - begun) });
  return { command: 'drift', blueprint: blueprint.name, problems: [], data: loop.state(), text: `looked ${looks} times: ${appeared} appeared, ${gone} gone, ${findings.length} there at the end` };
};

const untilAborted = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  wait(milliseconds, undefined, { signal }).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });

/** As many are named one by one. */
const NAMED = 20;

const openHook = (webhook: string, blueprint: string, mask: (text: string) => string) => {
  const { origin, pathname, search } = new URL(webhook);
  const http = createHttp({ target: 'webhook', url: origin, tries: 2 });
  const lines = (mark: string, words: readonly string[]): readonly string[] => [...words.slice(0, NAMED).map((one) => `${mark} ${one}`), ...(words.length > NAMED ? [`${mark} … and ${words.length - NAMED} more`] : [])];
  return {
    tell: async ({ appeared, gone }: Turn): Promise<void> => {
      const told = { appeared: appeared.map(({ words }) => mask(words)), gone: gone.map(({ words }) => mask(words)) };
      const text = [`authctl drift of ${blueprint}: ${appeared.length} appeared, ${gone.length} gone`, ...lines('+', told.appeared), ...lines('-', told.gone)].join('\n');
      // `text` is what Slack shows; in it these three characters mean something.
      const { status } = await http.send('POST', `${pathname}${search}`, { body: { text: text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one] ?? one), blueprint, ...told } });
      if (status < 200 || status > 299) throw new Error(`HTTP ${status}`);
    },
    close: http.close,
  };
};
