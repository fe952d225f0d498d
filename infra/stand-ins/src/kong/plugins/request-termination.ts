import { exitAnswer } from '../proxy/answer.ts';
import { queryOf, type Exchange } from '../proxy/exchange.ts';
import { bytes } from '../proxy/text.ts';
import type { PluginHandler } from './types.ts';

const defaults: Readonly<Record<number, string>> = {
  401: 'Unauthorized', 404: 'Not found', 405: 'Method not allowed', 500: 'An unexpected error occurred', 502: 'Bad Gateway',
  503: 'Service unavailable',
};

const isTriggered = (exchange: Exchange, trigger: string): boolean =>
  exchange.request.headers.has(trigger) || queryOf(exchange).has(bytes(trigger));

/** Answers by itself. `echo` shows the request as Kong got it. (kong/plugins/request-termination/handler.lua) */
export const requestTermination: PluginHandler = {
  name: 'request-termination',
  priority: 2,
  access: async (exchange, { config }) => {
    const status = typeof config['status_code'] === 'number' ? config['status_code'] : 503;
    if (typeof config['trigger'] === 'string' && !isTriggered(exchange, config['trigger'])) return undefined;
    const message = typeof config['message'] === 'string' ? config['message'] : defaults[status];
    if (config['echo'] === true) {
      const { request } = exchange;
      return exitAnswer(status, {
        message,
        request: {
          scheme: request.scheme, host: request.host, port: request.port, method: request.method, path: request.path,
          headers: Object.fromEntries(request.headers.entries().map(([name, value]) => [name.toLowerCase(), value])),
          query: Object.fromEntries(queryOf(exchange)),
          raw_body: (await request.body()).toString('utf8'),
          uri_captures: Object.fromEntries(exchange.captures ?? []),
        },
        matched_route: exchange.route,
        matched_service: exchange.service,
      });
    }
    if (typeof config['body'] === 'string') {
      const type = typeof config['content_type'] === 'string' ? config['content_type'] : undefined;
      return exitAnswer(status, bytes(config['body']), type === undefined ? [] : [['Content-Type', bytes(type)]]);
    }
    return exitAnswer(status, message === undefined ? undefined : { message });
  },
};
