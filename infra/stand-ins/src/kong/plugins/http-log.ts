import { serialize } from '../proxy/serialize.ts';
import { section, text } from './config.ts';
import type { PluginHandler } from './types.ts';

/**
 * Kong's http-log plugin, one entry a request, without its queue: what cannot be delivered is told in the log and dropped. Fields computed
 * by Lua (`custom_fields_by_lua`) are refused there too. (kong/plugins/http-log/handler.lua)
 */
export const httpLog: PluginHandler = {
  name: 'http-log',
  priority: 12,
  log: async (exchange, { config }) => {
    const computed = Object.keys(section(config, 'custom_fields_by_lua'));
    if (computed.length > 0) throw new Error('custom_fields_by_lua is not there in the embedded gateway');
    const url = new URL(text(config['http_endpoint']) ?? '');
    const authorization = url.username === '' ? [] : [['Authorization', `Basic ${btoa(`${url.username}:${url.password}`)}`]];
    url.username = '';
    url.password = '';
    const response = await fetch(url, {
      method: text(config['method']) ?? 'POST',
      headers: Object.fromEntries([
        ...Object.entries(section(config, 'headers')).map(([name, value]) => [name, String(value)]),
        ['Content-Type', text(config['content_type']) ?? 'application/json'],
        ...authorization,
      ]),
      body: JSON.stringify(serialize(exchange)),
      signal: AbortSignal.timeout(typeof config['timeout'] === 'number' ? config['timeout'] : 10_000),
    });
    await response.arrayBuffer();
    if (response.status >= 300) throw new Error(`the log server answered ${response.status}`);
  },
};
