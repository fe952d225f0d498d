import { refuse, type Exchange } from '../proxy/exchange.ts';
import { text } from './config.ts';
import type { Configured, PluginHandler } from './types.ts';

const periods = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;
type Period = (typeof periods)[number];

/** Seconds after which Kong lets a counter go. (kong/plugins/rate-limiting/expiration.lua) */
const windows: Readonly<Record<Period, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, month: 2_592_000, year: 31_536_000 };

const startOf = (period: Period, now: number): number => {
  const date = new Date(now * 1000);
  if (period === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / 1000;
  if (period === 'year') return Date.UTC(date.getUTCFullYear(), 0) / 1000;
  return now - (now % windows[period]);
};

const identify = ({ service, consumer, credential, request }: Exchange, config: Configured['config']): string => {
  const found = ((): unknown => {
    switch (config['limit_by']) {
      case 'service': return service?.id;
      case 'consumer': return consumer?.id ?? credential?.['id'];
      case 'credential': return credential?.['id'];
      case 'header': return request.headers.get(text(config['header_name']) ?? '');
      case 'path': return request.path === text(config['path']) ? request.path : undefined;
      default: return undefined;
    }
  })();
  return typeof found === 'string' ? found : request.clientIp;
};

interface Usage { readonly period: Period; readonly limit: number; readonly remaining: number }

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

interface Counters {
  readonly used: (key: string, period: Period, now: number) => number;
  readonly add: (key: string, period: Period, now: number) => void;
}

/** Counts in this process whatever the policy says: there is only one node. A counter is let go with its period. */
const counters = (): Counters => {
  const counts = new Map<string, { start: number; count: number }>();
  const current = (key: string, period: Period, now: number): { start: number; count: number } => {
    const start = startOf(period, now);
    const known = counts.get(`${period}/${key}`);
    if (known?.start === start) return known;
    const fresh = { start, count: 0 };
    counts.set(`${period}/${key}`, fresh);
    return fresh;
  };
  return {
    used: (key, period, now) => current(key, period, now).count,
    add: (key, period, now) => { current(key, period, now).count += 1; },
  };
};

/** What the RateLimit fields tell: the period that is nearest to its end, the longer one of equals. */
const tightest = (usage: readonly (Usage & { left: number })[]): (Usage & { left: number }) | undefined =>
  usage.toSorted((a, b) => a.left - b.left || windows[b.period] - windows[a.period])[0];

/** Kong's rate-limiting plugin, all policies as "local". (kong/plugins/rate-limiting/handler.lua) */
export const rateLimiting = (): PluginHandler => {
  const { used, add } = counters();
  return {
    name: 'rate-limiting',
    priority: 910,
    access: (exchange, { id, config }) => {
      const now = Math.floor(exchange.clock());
      const key = `${id}/${identify(exchange, config)}`;
      const usage = periods.flatMap((period): Usage[] => {
        const limit = config[period];
        return typeof limit === 'number' ? [{ period, limit, remaining: limit - used(key, period, now) }] : [];
      });
      const stop = usage.findLast(({ remaining }) => remaining <= 0)?.period;
      const { headers } = exchange.response;
      if (config['hide_client_headers'] !== true) {
        const shown = usage.map((one) =>
          ({ ...one, left: Math.max(0, stop === undefined || stop === one.period ? one.remaining - 1 : one.remaining) }));
        for (const { period, limit, left } of shown) {
          headers.set(`X-RateLimit-Limit-${capital(period)}`, String(limit));
          headers.set(`X-RateLimit-Remaining-${capital(period)}`, String(left));
        }
        const nearest = tightest(shown);
        if (nearest !== undefined) {
          const reset = String(Math.max(1, windows[nearest.period] - Math.floor(now - startOf(nearest.period, now))));
          headers.set('RateLimit-Limit', String(nearest.limit));
          headers.set('RateLimit-Remaining', String(nearest.left));
          headers.set('RateLimit-Reset', reset);
          if (stop !== undefined) headers.set('Retry-After', reset);
        }
      }
      if (stop !== undefined) {
        const status = typeof config['error_code'] === 'number' ? config['error_code'] : 429;
        return refuse(exchange, status, text(config['error_message']) ?? 'API rate limit exceeded');
      }
      for (const { period } of usage) add(key, period, now);
      return undefined;
    },
  };
};
