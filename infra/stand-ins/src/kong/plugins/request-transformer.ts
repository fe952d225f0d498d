import type { Json } from '../lua/cjson.ts';
import { queryOf, type Exchange } from '../proxy/exchange.ts';
import { escapePath } from '../proxy/path.ts';
import { decodeArgs, encodeArgs, type QueryValue } from '../proxy/text.ts';
import { pairs, section, text } from './config.ts';
import { appended, encodeJson, readMembers } from './json-body.ts';
import { render } from './template.ts';
import type { Configured, PluginHandler } from './types.ts';

type Config = Configured['config'];
type Place = 'headers' | 'querystring' | 'body';
interface Rules {
  readonly remove: readonly string[];
  readonly rename: readonly (readonly [from: string, to: string])[];
  readonly replace: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly append: readonly (readonly [name: string, value: string])[];
}

const rulesFor = (exchange: Exchange, config: Config, place: Place): Rules => {
  const rendered = (verb: string): (readonly [string, string])[] => pairs(section(config, verb)[place]).flatMap(({ name, value }) =>
    (value === undefined ? [] : [[name, render(exchange, value)] as const]));
  return {
    remove: pairs(section(config, 'remove')[place]).map(({ name }) => name),
    rename: rendered('rename'), replace: rendered('replace'), add: rendered('add'), append: rendered('append'),
  };
};

const isEmpty = ({ remove, rename, replace, add, append }: Rules): boolean =>
  remove.length + rename.length + replace.length + add.length + append.length === 0;

const transformHeaders = (exchange: Exchange, rules: Rules): void => {
  const { request: { headers }, upstream } = exchange;
  const isHost = (name: string): boolean => name.toLowerCase() === 'host';
  for (const name of rules.remove) if (!isHost(name)) headers.remove(name);
  for (const [from, to] of rules.rename) {
    const values = headers.all(from);
    if (values.length === 0 || isHost(from)) continue;
    headers.remove(from);
    headers.remove(to);
    headers.set(to, values);
  }
  for (const [name, value] of rules.replace) {
    if (isHost(name)) upstream.hostHeader = value;
    else if (headers.has(name)) headers.set(name, value);
  }
  for (const [name, value] of rules.add) if (!isHost(name) && !headers.has(name)) headers.set(name, value);
  for (const [name, value] of rules.append) if (!isHost(name)) headers.add(name, value);
};

const both = (before: QueryValue | undefined, value: string): QueryValue => {
  if (before === undefined || before === true) return [value];
  return typeof before === 'string' ? [before, value] : [...before, value];
};

const transformArgs = (args: Map<string, QueryValue>, rules: Rules): void => {
  for (const name of rules.remove) args.delete(name);
  for (const [from, to] of rules.rename) {
    const value = args.get(from);
    if (value === undefined || from === to) continue;
    args.delete(from);
    args.set(to, value);
  }
  for (const [name, value] of rules.replace) if (args.has(name)) args.set(name, value);
  for (const [name, value] of rules.add) if (!args.has(name)) args.set(name, value);
  for (const [name, value] of rules.append) args.set(name, both(args.get(name), value));
};

const transformJson = (body: string, rules: Rules): string | undefined => {
  const members: Map<string, Json> | undefined = body === '' ? new Map() : readMembers(body);
  if (members === undefined) return undefined;
  if (body !== '') {
    for (const name of rules.remove) members.delete(name);
    for (const [from, to] of rules.rename) {
      const value = members.get(from);
      if (value === undefined || from === to) continue;
      members.delete(from);
      members.set(to, value);
    }
    for (const [name, value] of rules.replace) if ((members.get(name) ?? false) !== false) members.set(name, value);
  }
  for (const [name, value] of rules.add) if ((members.get(name) ?? false) === false) members.set(name, value);
  for (const [name, value] of rules.append) members.set(name, appended(members.get(name), value));
  return encodeJson(members);
};

const transformBody = async (exchange: Exchange, rules: Rules): Promise<void> => {
  if (isEmpty(rules)) return;
  const type = (exchange.request.headers.get('content-type') ?? '').toLowerCase();
  const isForm = type.includes('application/x-www-form-urlencoded');
  if (type.includes('multipart/form-data')) throw new Error('request-transformer cannot change a multipart body here');
  if (!isForm && !type.includes('application/json')) return;
  const body = (exchange.upstream.body ?? await exchange.request.body()).toString('latin1');
  let changed: string | undefined;
  if (isForm) {
    const args = decodeArgs(body);
    transformArgs(args, rules);
    changed = encodeArgs(args);
  } else {
    changed = transformJson(body, rules);
  }
  if (changed !== undefined) exchange.upstream.body = Buffer.from(changed, 'latin1');
};

const transformMethod = async (exchange: Exchange, config: Config): Promise<void> => {
  const method = text(config['http_method'])?.toUpperCase();
  if (method === undefined) return;
  exchange.upstream.method = method;
  const type = (exchange.request.headers.get('content-type') ?? '').toLowerCase();
  if (!['GET', 'HEAD', 'TRACE'].includes(method) || !type.includes('application/x-www-form-urlencoded')) return;
  const args = queryOf(exchange);
  for (const [name, value] of decodeArgs((await exchange.request.body()).toString('latin1'))) {
    for (const one of typeof value === 'object' ? value : [value]) {
      args.set(name, args.has(name) ? both(args.get(name), one === true ? '' : one) : one);
    }
  }
  exchange.upstream.query = encodeArgs(args);
};

/** Kong's request-transformer plugin; see `render` for the templates it takes. (kong/plugins/request-transformer/access.lua) */
export const requestTransformer: PluginHandler = {
  name: 'request-transformer',
  priority: 801,
  access: async (exchange, { config }) => {
    const uri = text(section(config, 'replace')['uri']);
    const [headers, query, body] = (['headers', 'querystring', 'body'] as const).map((place) => rulesFor(exchange, config, place));
    if (uri !== undefined) exchange.upstream.path = escapePath(render(exchange, uri));
    await transformMethod(exchange, config);
    if (headers !== undefined) transformHeaders(exchange, headers);
    if (body !== undefined) await transformBody(exchange, body);
    if (query !== undefined && !isEmpty(query)) {
      const args = queryOf(exchange);
      transformArgs(args, query);
      exchange.upstream.query = args.size === 0 ? undefined : encodeArgs(args);
    }
    return undefined;
  },
};
