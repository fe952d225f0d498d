import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway, stopAll } from './replay-gateway.ts';

const extra: (() => Promise<void>)[] = [];
afterEach(async () => {
  await stopAll();
  for (const stop of extra.splice(0)) await stop();
});

const listen = async (listener: RequestListener): Promise<{ port: number; connections: () => number }> => {
  const server = createServer(listener);
  let connections = 0;
  server.on('connection', () => { connections += 1; });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  extra.push(() => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
};

/** What a plugin's access phase answers, as JSON. */
const run = async (access: string, config: Readonly<Record<string, unknown>>, times = 1): Promise<unknown[]> => {
  const { call, log } = await startGateway({
    plugins: [['probe', config]],
    lua: { 'probe/handler.lua': `return { PRIORITY = 1, access = function(_, conf)\n${access}\nend }` },
  });
  const results: unknown[] = [];
  for (let at = 0; at < times; at += 1) {
    const { status, body } = await call('/');
    results.push(status === 200 ? (JSON.parse(body) as unknown) : [status, log.at(-1)]);
  }
  return results;
};

const request = `
  local http = require("resty.http").new()
  http:set_timeouts(1000, 1000, conf.read or 1000)
  local ok, err = http:connect({ scheme = "http", host = "127.0.0.1", port = conf.port, pool = conf.pool })
  if not ok then return kong.response.exit(200, { err }) end
  local reused = http:get_reused_times()
  local res
  res, err = http:request({ method = "POST", path = "/x", query = { a = 1 }, body = "abc", headers = { ["X-A"] = "1" } })
  if not res then http:close() return kong.response.exit(200, { err, reused }) end
`;

describe('resty.http', () => {
  it('reads a body piece by piece and keeps the connection for the next request', async () => {
    const { port, connections } = await listen((message, response) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      message.on('end', () => { response.end(`${message.method} ${message.url} ${message.headers['x-a']} ${Buffer.concat(chunks).toString()}`); });
    });
    const results = await run(`${request}
      local parts = {}
      while true do local part = res.body_reader(5) if not part then break end parts[#parts + 1] = part end
      http:set_keepalive(1000, 4)
      return kong.response.exit(200, { res.status, reused, parts })`, { port }, 3);
    const parts = ['POST ', '/x?a=', '1 1 a', 'bc'];
    expect(results).toEqual([[200, 0, parts], [200, 1, parts], [200, 2, parts]]);
    expect(connections()).toBe(1);
  });

  it('says when the connection was closed, and never takes half a body for a whole one', async () => {
    const dropping = await listen((message) => { message.socket.destroy(); });
    const breaking = await listen((_, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half', () => { response.destroy(); });
    });
    const silent = await listen((_, response) => { response.write('half'); });
    const read = `${request} local body, problem = res:read_body() http:close() return kong.response.exit(200, { body or "none", problem })`;
    expect(await run(read, { port: dropping.port })).toEqual([['closed', 0]]);
    expect(await run(read, { port: breaking.port })).toEqual([['none', 'closed']]);
    expect(await run(read, { port: silent.port, read: 2000 })).toEqual([['none', 'timeout']]);
  });

  it('does not keep a connection whose response was not read to its end, nor one that was closed', async () => {
    const { port, connections } = await listen((_, response) => { response.end('body'); });
    expect(await run(`${request} http:set_keepalive() return kong.response.exit(200, { reused })`, { port }, 2)).toEqual([[0], [0]]);
    expect(await run(`${request} res:read_body() http:close() return kong.response.exit(200, { reused })`, { port }, 2)).toEqual([[0], [0]]);
    expect(connections()).toBe(4);
  });
});

/** The few commands the test needs, over the wire format of Redis (RESP2). */
const startRedis = async (): Promise<{ port: number; connections: () => number }> => {
  const items = new Map<string, string>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const answer = ([name = '', ...args]: readonly string[]): string => {
    if (name === 'set') { items.set(args[0] ?? '', args[1] ?? ''); return '+OK\r\n'; }
    if (name === 'get') { const value = items.get(args[0] ?? ''); return value === undefined ? '$-1\r\n' : `$${value.length}\r\n${value}\r\n`; }
    if (name === 'incr') return ':7\r\n';
    if (name === 'keys') return '*2\r\n$1\r\na\r\n$-1\r\n';
    return '-ERR unknown command\r\n';
  };
  const server = createTcpServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const words = chunk.toString('latin1').split('\r\n').filter((_, at) => at > 0 && at % 2 === 0);
      const text = answer(words);
      // In two pieces, as a network may deliver it.
      socket.write(text.slice(0, 3), 'latin1', () => {
        socket.write(text.slice(3), 'latin1');
        if (words[0] === 'quit') socket.end();
      });
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  extra.push(() => new Promise((resolve) => {
    server.close(() => { resolve(); });
    for (const socket of sockets) socket.destroy();
  }));
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
};

describe('resty.redis', () => {
  const connected = `
    local client = require("resty.redis"):new()
    client:set_timeouts(500, 500, 500)
    local ok, err = client:connect("127.0.0.1", conf.port, { pool = "p" })
    if not ok then return kong.response.exit(200, { err }) end
    local reused = client:get_reused_times()
  `;

  it('sends commands and reads every kind of reply, over one kept connection', async () => {
    const { port, connections } = await startRedis();
    const results = await run(`${connected}
      local set = client:set("k", "a\\0\\255b", "EX", 5)
      local got, missing = client:get("k"), client:get("none")
      local list = client:keys("*")
      local no, why = client:nonsense()
      local count = client:incr("n")
      client:set_keepalive(1000, 4)
      return kong.response.exit(200, { reused, set, got, missing == ngx.null, list[1], list[2] == ngx.null, no, why, count })`, { port }, 2);
    const all = ['OK', 'a\0\u00ffb', true, 'a', true, false, 'ERR unknown command', 7];
    expect(results).toEqual([[0, ...all], [1, ...all]]);
    expect(connections()).toBe(1);
  });

  it('does not keep a connection that the other side has closed', async () => {
    const { port, connections } = await startRedis();
    const results = await run(`${connected}
      client:quit()
      local value, problem = client:get("k")
      local kept, why = client:set_keepalive(1000, 4)
      return kong.response.exit(200, { reused, tostring(value), problem, tostring(kept), why })`, { port }, 2);
    const closed = [0, 'nil', 'closed', 'nil', 'closed'];
    expect(results).toEqual([closed, closed]);
    expect(connections()).toBe(2);
  });

  it('says when nobody is there, when nobody answers, and when the other side is no Redis', async () => {
    const silent = createTcpServer((socket) => { socket.resume(); });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    const { port } = silent.address() as AddressInfo;
    const web = await listen((_, response) => { response.end(); });
    const get = `${connected} local value, problem = client:get("k") client:close() return kong.response.exit(200, { tostring(value), problem })`;
    expect(await run(get, { port: 1 })).toEqual([['connection refused']]);
    expect(await run(get, { port })).toEqual([['nil', 'timeout']]);
    expect(await run(get, { port: web.port })).toEqual([['nil', 'the server does not speak the Redis protocol']]);
    await new Promise((resolve) => { silent.close(resolve); });
  });
});
