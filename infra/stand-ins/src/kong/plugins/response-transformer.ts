import type { Json } from '../lua/cjson.ts';
import type { Exchange } from '../proxy/exchange.ts';
import { pairs, section, texts } from './config.ts';
import { appended, encodeJson, readMembers } from './json-body.ts';
import type { Configured, PluginHandler } from './types.ts';

type Config = Configured['config'];
const verbs = ['remove', 'rename', 'replace', 'add', 'append'] as const;

const changesJson = (config: Config): boolean => verbs.some((verb) => texts(section(config, verb)['json']).length > 0);
const isJson = (exchange: Exchange): boolean =>
  (exchange.response.headers.get('content-type') ?? '').split(',').some((type) =>
    /^\s*(?:application|\*)\/(?:json|\*)\s*(?:;|$)/i.test(type));

const cast = (value: string, type: string | undefined): Json | undefined => {
  if (type === 'boolean') return value === 'true';
  if (type !== 'number') return value;
  return value.trim() === '' || Number.isNaN(Number(value)) ? undefined : Number(value);
};

const valuesOf = (config: Config, verb: string): (readonly [name: string, value: Json])[] => {
  const part = section(config, verb);
  const types = texts(part['json_types']);
  return pairs(part['json']).flatMap(({ name, value }, at): (readonly [string, Json])[] => {
    const made = value === undefined ? null : cast(value, types[at]);
    return made === undefined ? [] : [[name, made]];
  });
};

const present = (value: Json | undefined): boolean => value !== undefined && value !== false;

const transformJson = (config: Config, body: string): string | undefined => {
  const members = readMembers(body);
  if (members === undefined) return undefined;
  for (const { name } of pairs(section(config, 'remove')['json'])) members.delete(name);
  for (const { name, value } of pairs(section(config, 'rename')['json'])) {
    const before = members.get(name);
    if (before === undefined || value === undefined) continue;
    members.set(value, before);
    members.delete(name);
  }
  for (const [name, value] of valuesOf(config, 'replace')) if (present(members.get(name))) members.set(name, value);
  for (const [name, value] of valuesOf(config, 'add')) if (!present(members.get(name))) members.set(name, value);
  for (const [name, value] of valuesOf(config, 'append')) members.set(name, appended(members.get(name), value));
  return encodeJson(members);
};

/** Kong's response-transformer plugin; a JSON body is held back until it is whole. (kong/plugins/response-transformer) */
export const responseTransformer: PluginHandler = {
  name: 'response-transformer',
  priority: 800,
  headerFilter: (exchange, { config }) => {
    const { headers } = exchange.response;
    const there = new Set(headers.entries().map(([name]) => name.toLowerCase()));
    for (const { name } of pairs(section(config, 'remove')['headers'])) headers.remove(name);
    for (const { name, value } of pairs(section(config, 'rename')['headers'])) {
      const values = headers.all(name);
      if (values.length === 0 || value === undefined) continue;
      headers.set(value, values);
      headers.remove(name);
    }
    for (const { name, value } of pairs(section(config, 'replace')['headers'])) {
      if (there.has(name.toLowerCase()) && value !== undefined) headers.set(name, value);
    }
    for (const { name, value } of pairs(section(config, 'add')['headers'])) {
      if (!there.has(name.toLowerCase()) && value !== undefined) headers.set(name, value);
    }
    for (const { name, value } of pairs(section(config, 'append')['headers'])) headers.add(name, value ?? '');
    return undefined;
  },
  bodyFilter: (exchange, plugin, { data, last }) => {
    const { config } = plugin;
    if (!changesJson(config) || !isJson(exchange)) return { data, last };
    const key = `${plugin.id}.body`;
    const before = exchange.notes.get(key);
    const held = (typeof before === 'string' ? before : '') + data;
    exchange.notes.set(key, held);
    return last ? { data: transformJson(config, held) ?? held, last } : { data: '', last };
  },
};
