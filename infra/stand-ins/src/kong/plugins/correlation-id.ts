import { randomUUID } from 'node:crypto';
import type { Exchange } from '../proxy/exchange.ts';
import { text } from './config.ts';
import type { Configured, PluginHandler } from './types.ts';

const generator = (): ((exchange: Exchange, config: Configured['config']) => string) => {
  const worker = randomUUID();
  let counter = 0;
  let connection = 0;
  return ({ request, clock }, config) => {
    if (config['generator'] === 'uuid') return randomUUID();
    if (config['generator'] === 'tracker') {
      connection += 1;
      return `${request.serverIp}-${request.port}-${process.pid}-${connection}-1-${clock().toFixed(3)}`;
    }
    counter += 1;
    return `${worker}#${counter}`;
  };
};

/** Kong's correlation-id plugin. (kong/plugins/correlation-id/handler.lua) */
export const correlationId = (): PluginHandler => {
  const generate = generator();
  const headerName = (config: Configured['config']): string => text(config['header_name']) ?? 'Kong-Request-ID';
  return {
    name: 'correlation-id',
    priority: 100_001,
    access: (exchange, plugin) => {
      const { headers } = exchange.request;
      const name = headerName(plugin.config);
      const sent = headers.get(name);
      const id = sent === undefined || sent === '' ? generate(exchange, plugin.config) : sent;
      if (id !== sent) headers.set(name, id);
      exchange.serialized.set('correlation_id', id);
      exchange.notes.set(plugin.id, id);
      return undefined;
    },
    headerFilter: (exchange, plugin) => {
      if (plugin.config['echo_downstream'] !== true) return undefined;
      const name = headerName(plugin.config);
      const noted = exchange.notes.get(plugin.id);
      const id = typeof noted === 'string' ? noted : exchange.request.headers.get(name);
      exchange.response.headers.set(name, id === undefined || id === '' ? generate(exchange, plugin.config) : id);
      return undefined;
    },
  };
};
