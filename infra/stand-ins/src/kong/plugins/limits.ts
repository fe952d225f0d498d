import { inBlock } from '../proxy/router.ts';
import { refuse } from '../proxy/exchange.ts';
import { text, texts } from './config.ts';
import type { PluginHandler } from './types.ts';

/** Kong's ip-restriction plugin, IPv4 and exact addresses. (kong/plugins/ip-restriction/handler.lua) */
export const ipRestriction: PluginHandler = {
  name: 'ip-restriction',
  priority: 990,
  access: (exchange, { config }) => {
    const { clientIp } = exchange.request;
    const listed = (list: readonly string[]): boolean => list.some((block) => inBlock(clientIp, block));
    const allow = texts(config['allow']);
    if (!listed(texts(config['deny'])) && (allow.length === 0 || listed(allow))) return undefined;
    const status = typeof config['status'] === 'number' ? config['status'] : 403;
    return refuse(exchange, status, text(config['message']) ?? `IP address not allowed: ${clientIp}`);
  },
};

const units: Readonly<Record<string, number>> = { bytes: 1, kilobytes: 1024, megabytes: 1_048_576 };

/** Kong's request-size-limiting plugin. (kong/plugins/request-size-limiting/handler.lua) */
export const requestSizeLimiting: PluginHandler = {
  name: 'request-size-limiting',
  priority: 951,
  access: async (exchange, { config }) => {
    const { headers, body } = exchange.request;
    const unit = units[String(config['size_unit'] ?? 'megabytes')] ?? 1_048_576;
    const most = (typeof config['allowed_payload_size'] === 'number' ? config['allowed_payload_size'] : 128) * unit;
    const declared = headers.get('content-length');
    if (declared === undefined && config['require_content_length'] === true && headers.get('transfer-encoding') !== 'chunked') {
      return refuse(exchange, 411, 'A valid Content-Length header is required');
    }
    const size = declared === undefined ? (await body()).length : Number(declared);
    if (size <= most) return undefined;
    const waits = headers.get('expect')?.trim().toLowerCase() === '100-continue';
    return refuse(exchange, waits ? 417 : 413, 'Request size limit exceeded');
  },
};
