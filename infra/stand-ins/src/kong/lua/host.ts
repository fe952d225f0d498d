import { readdir, readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../contract.ts';
import type { Chunk, Configured, PluginHandler } from '../plugins/types.ts';
import { exitAnswer, nginxError, type Answer } from '../proxy/answer.ts';
import { acceptOf, refuse, type Exchange } from '../proxy/exchange.ts';
import { textOf } from '../proxy/text.ts';
import { baseChunk } from './chunk-base.ts';
import { jsonChunk } from './chunk-json.ts';
import { networkChunk } from './chunk-network.ts';
import { ngxChunk } from './chunk-ngx.ts';
import { pdkServicesChunk } from './chunk-pdk-services.ts';
import { pdkChunk } from './chunk-pdk.ts';
import { restyChunk } from './chunk-resty.ts';
import { runChunk } from './chunk-run.ts';
import { waitChunk } from './chunk-wait.ts';
import { startMachine, type HostFunction, type LuaValue } from './machine.ts';
import { httpOps } from './op-http.ts';
import { redisOps } from './op-redis.ts';
import { exchangeOps } from './ops-exchange.ts';
import { pureOps } from './ops-pure.ts';
import { referenceableFields, resolveReferences } from './references.ts';
import { numberArg, stringsOf, textArg, toLua } from './values.ts';

/** `pluginDir` holds `<name>/handler.lua`; a directory that is not there holds none. */
export interface LuaHostOptions {
  readonly pluginDir: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** The Lua state of one gateway, with every plugin of its directory loaded. */
export interface LuaHost {
  /** The handler of a plugin written in Lua, or undefined when the directory has none of that name. */
  readonly handler: (name: string) => PluginHandler | undefined;
  /** Kong's `pre-function` and `post-function`, whose code is in their configuration. */
  readonly serverless: (name: 'pre-function' | 'post-function') => PluginHandler;
  /** A value a Lua plugin left in `kong.ctx.shared`. */
  readonly shared: (exchange: Exchange, key: string) => LuaValue;
  /** Forgets a request. */
  readonly release: (exchange: Exchange) => void;
  readonly close: () => void;
}

interface Deferred { readonly promise: Promise<readonly LuaValue[]>; readonly resolve: (results: readonly LuaValue[]) => void }

const readPlugins = async (directory: string): Promise<{ names: string[]; modules: Map<string, string> }> => {
  const modules = new Map<string, string>();
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.lua')) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length).replace(/^[/\\]+/, '').replace(/\.lua$/, '').replace(/[/\\]/g, '.').replace(/\.init$/, '');
    modules.set(`kong.plugins.${name}`, (await readFile(path)).toString('latin1'));
  }
  const names = [...modules.keys()].filter((name) => name.endsWith('.handler')).map((name) =>
    name.slice('kong.plugins.'.length, -'.handler'.length));
  return { names, modules };
};

const pairs = (flat: LuaValue): Answer['headers'] => {
  const list = Array.isArray(flat) ? (flat as LuaValue[]) : [];
  const headers: [string, string | string[]][] = [];
  for (let at = 0; at + 1 < list.length; at += 2) {
    const values = stringsOf(list[at + 1]);
    if (values.some((value) => /[\r\n\0]/.test(value))) throw new Error('a header value holds a line break');
    headers.push([textArg(list[at]), values.length === 1 ? (values[0] ?? '') : values]);
  }
  return headers;
};

const answerFrom = (exchange: Exchange, [status, kind, body, headers]: readonly LuaValue[]): Answer | undefined => {
  const code = numberArg(status, 500);
  const fields = pairs(headers).filter(([name]) => !/^transfer[-_]encoding$/i.test(name));
  const text = typeof body === 'string' ? body : undefined;
  switch (kind) {
    case 'stop': return undefined;
    case 'error': return refuse(exchange, code, text, fields);
    case 'json': {
      const typed = fields.some(([name]) => /^content[-_]type$/i.test(name));
      return typed ? exitAnswer(code, text ?? '', fields)
        : { ...exitAnswer(code, text ?? '', [...fields, ['Content-Type', 'application/json; charset=utf-8']]), table: true };
    }
    case 'nginx':
      return code < 400 ? exitAnswer(code)
        : nginxError({ id: exchange.id, accept: acceptOf(exchange), contentType: exchange.request.headers.get('content-type') }, code);
    default: return exitAnswer(code, text, fields);
  }
};

const chunks = [
  ['base', baseChunk], ['json', jsonChunk], ['ngx', ngxChunk], ['wait', waitChunk], ['resty', restyChunk], ['network', networkChunk],
    ['pdk', pdkChunk],
  ['services', pdkServicesChunk], ['run', runChunk],
] as const;

const lostExit = 'kong.response.exit was called inside a pcall, a callback or a coroutine of the plugin\'s own: Kong loses such an exit';

/**
 * Starts a Lua state and loads every plugin in the directory, in order of name, then runs their `init_worker`. Rejects when one cannot be
 * loaded. Plugins wait without blocking: each phase of each request is a coroutine, and HTTP, sleeps and locks give the processor back.
 */
export const startLuaHost = async ({ pluginDir, clock, log }: LuaHostOptions): Promise<LuaHost> => {
  const { names, modules } = await readPlugins(pluginDir);
  const numbers = new WeakMap<Exchange, number>();
  const exchanges = new Map<number, Exchange>();
  const lost = new WeakSet<Exchange>();
  const pending = new Map<number, Deferred>();
  const timers = new Set<NodeJS.Timeout>();
  const node = randomUUID();
  let lastNumber = 0;
  let lastToken = 0;
  let lastTimer = 0;
  let current: Exchange | undefined;
  let closed = false;

  const after = (seconds: number, run: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => { timers.delete(timer); run(); }, Math.max(0, seconds * 1000));
    timers.add(timer);
    return timer;
  };
  const defer = (): { token: number; deferred: Deferred } => {
    let resolve: Deferred['resolve'] = () => undefined;
    const promise = new Promise<readonly LuaValue[]>((done) => { resolve = done; });
    lastToken += 1;
    const deferred = { promise, resolve };
    pending.set(lastToken, deferred);
    return { token: lastToken, deferred };
  };
  const later = (promise: Promise<readonly LuaValue[]>): number => {
    const { token, deferred } = defer();
    const failed = (error: unknown): void => { deferred.resolve([undefined, error instanceof Error ? error.message : String(error)]); };
    promise.then(deferred.resolve, failed);
    return token;
  };
  const settled = async (token: number): Promise<readonly LuaValue[]> => {
    const results = await pending.get(token)?.promise ?? [];
    pending.delete(token);
    return results;
  };

  const enter = (run: () => LuaValue[], exchange: Exchange | undefined): LuaValue[] => {
    const before = current;
    current = exchange;
    try {
      const results = run();
      const fault = machine.takeFault();
      if (fault !== undefined) throw fault instanceof Error ? fault : new Error(String(fault));
      return results;
    } finally {
      current = before;
    }
  };
  const entry = (exchange: Exchange | undefined, ...args: LuaValue[]): LuaValue[] => enter(() => machine.call('base', args), exchange);
  const background = (work: () => void): void => {
    if (closed) return;
    try {
      work();
    } catch (error) {
      log(`[lua] ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  const schedulerOps: Record<string, HostFunction> = {
    enter: ([id]) => { current = exchanges.get(numberArg(id)); return []; },
    log: ([level, text]) => { log(`[${textArg(level)}] ${textOf(textArg(text))}`); return []; },
    module: ([name]) => [modules.get(textArg(name))],
    node: () => [node],
    lost: () => { if (current !== undefined) lost.add(current); return []; },
    sleep: ([seconds]) => {
      const { token, deferred } = defer();
      after(numberArg(seconds), () => { deferred.resolve([]); });
      return [token];
    },
    defer: ([timeout]) => {
      const { token, deferred } = defer();
      if (typeof timeout === 'number') after(timeout, () => { deferred.resolve([]); });
      return [token];
    },
    wake: ([token, value]) => { pending.get(numberArg(token))?.resolve([value ?? true]); return []; },
    follow: ([job, token]) => {
      const exchange = current;
      const followed = (results: readonly LuaValue[]): void => { background(() => { entry(exchange, 'followed', job, ...results); }); };
      settled(numberArg(token)).then(followed, () => undefined);
      return [];
    },
    timer: ([delay, again]) => {
      lastTimer += 1;
      const id = lastTimer;
      const fire = (): void => {
        background(() => { entry(undefined, 'timer', id, false); });
        if (again === true && !closed) after(numberArg(delay), fire);
      };
      after(numberArg(delay), fire);
      return [id];
    },
  };
  const ops = exchangeOps({
    later,
    current: () => {
      if (current === undefined) throw new Error('the plugin asked for a request where there is none');
      return current;
    },
  });
  const http = httpOps(later, () => current);
  const redis = redisOps(later, () => current);
  const machine = await startMachine({ ...pureOps(clock), ...ops, ...http.ops, ...redis.ops, ...schedulerOps });
  for (const [name, source] of chunks) machine.run(name, source);
  const startFault = machine.takeFault();
  if (startFault !== undefined) throw startFault instanceof Error ? startFault : new Error(String(startFault));

  const numberOf = (exchange: Exchange): number => {
    const known = numbers.get(exchange);
    if (known !== undefined) return known;
    lastNumber += 1;
    numbers.set(exchange, lastNumber);
    exchanges.set(lastNumber, exchange);
    return lastNumber;
  };
  const referenceable = new Map<string, ReadonlySet<string>>();
  for (const name of names) {
    const mentions = modules.get(`kong.plugins.${name}.schema`)?.includes('referenceable') ?? false;
    if (mentions) referenceable.set(name, await referenceableFields(pluginDir, name));
  }
  const configured = new Map<string, object>();
  const configure = (name: string, { id, config }: Configured): void => {
    if (configured.get(id) === config) return;
    configured.set(id, config);
    const fields = referenceable.get(name);
    entry(undefined, 'configure', id, name, toLua(fields === undefined ? config : resolveReferences(config, fields, log)));
  };

  const conclude = (exchange: Exchange, state: LuaValue, rest: readonly LuaValue[]): Answer | undefined => {
    if (state === 'error') throw new Error(textOf(textArg(rest[0])));
    if (state === 'lost' || lost.has(exchange)) throw new Error(lostExit);
    return state === 'exit' ? answerFrom(exchange, rest) : undefined;
  };
  const resumeUntilDone = async (exchange: Exchange, job: LuaValue, token: LuaValue): Promise<Answer | undefined> => {
    let [state, ...rest]: LuaValue[] = ['wait', token];
    while (state === 'wait') [state, ...rest] = entry(exchange, 'resume', job, ...await settled(numberArg(rest[0])));
    return conclude(exchange, state, rest);
  };
  type Outcome = Answer | undefined | Promise<Answer | undefined>;
  const run = (name: string, phase: string) => (exchange: Exchange, plugin: Configured): Outcome => {
    configure(name, plugin);
    const [state, job, ...rest] = entry(exchange, 'run', name, phase, plugin.id, numberOf(exchange));
    return state === 'wait' ? resumeUntilDone(exchange, job, rest[0]) : conclude(exchange, state, rest);
  };
  const filter = (name: string) => (exchange: Exchange, plugin: Configured, chunk: Chunk): Chunk => {
    configure(name, plugin);
    const [ok, data, last] = entry(exchange, 'filter', name, plugin.id, numberOf(exchange), chunk.data, chunk.last);
    if (ok !== true) throw new Error(textOf(textArg(data)));
    return { data: textArg(data), last: last === true };
  };
  const load = (name: string): PluginHandler => {
    const [priority, , phases] = entry(undefined, 'load', name);
    const has = new Set(stringsOf(phases));
    if (has.has('response')) throw new Error(`the plugin "${name}" has a response phase, which the embedded gateway does not run`);
    const logPhase = run(name, 'log');
    return {
      name,
      priority: numberArg(priority),
      ...(has.has('rewrite') ? { rewrite: run(name, 'rewrite') } : {}),
      ...(has.has('access') ? { access: run(name, 'access') } : {}),
      ...(has.has('header_filter') ? { headerFilter: run(name, 'header_filter') } : {}),
      ...(has.has('body_filter') ? { bodyFilter: filter(name) } : {}),
      ...(has.has('log') ? { log: async (exchange, plugin) => { await logPhase(exchange, plugin); } } : {}),
    };
  };
  const handlers = new Map<string, PluginHandler>();
  for (const name of names.toSorted()) handlers.set(name, load(name));
  for (const name of handlers.keys()) entry(undefined, 'init_worker', name);
  const serverless = new Map((['pre-function', 'post-function'] as const).map((name) => [name, load(name)] as const));

  return {
    handler: (name) => handlers.get(name),
    serverless: (name) => serverless.get(name) ?? load(name),
    shared: (exchange, key) => {
      const number = numbers.get(exchange);
      return number === undefined ? undefined : entry(exchange, 'shared', number, key)[0];
    },
    release: (exchange) => {
      http.closeFor(exchange);
      redis.closeFor(exchange);
      const number = numbers.get(exchange);
      if (number === undefined || closed) return;
      exchanges.delete(number);
      entry(undefined, 'free', number);
    },
    close: () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      http.close();
      redis.close();
      machine.close();
    },
  };
};
