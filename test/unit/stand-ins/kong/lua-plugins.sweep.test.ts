import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { headerOf, received, startGateway, stopAll, type TestGateway } from './replay-gateway.ts';

const extra: (() => Promise<void>)[] = [];
afterEach(async () => {
  await stopAll();
  for (const stop of extra.splice(0)) await stop();
});

/** A gateway with one Lua plugin on everything, whose access phase is this. */
const withAccess = (access: string, config: Readonly<Record<string, unknown>> = {}): Promise<TestGateway> => startGateway({
  plugins: [['probe', config]],
  lua: { 'probe/handler.lua': `local P = { PRIORITY = 1000, VERSION = "1" }\nfunction P:access(conf)\n${access}\nend\nreturn P\n` },
});

const outcome = async (access: string, config: Readonly<Record<string, unknown>> = {}, path = '/'): Promise<[number, unknown]> => {
  const { call } = await withAccess(access, config);
  const { status, body } = await call(path);
  await stopAll();
  return [status, /^[[{"0-9]/.test(body) ? (JSON.parse(body) as unknown) : body];
};
const unexpected = [500, { message: 'An unexpected error occurred', request_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string }];

describe('a plugin written in Lua', () => {
  it('changes what goes upstream, and sees its own change', async () => {
    const { call } = await withAccess(`
      kong.service.request.set_header("X-Set", conf.list[1])
      kong.service.request.add_header("X-Set", "2")
      kong.service.request.clear_header("X-Gone")
      kong.service.request.set_raw_query("q=1")
      kong.service.request.set_path("/other path")
      kong.service.request.set_header("X-Seen", kong.request.get_header("x-set"))
    `, { list: ['é'] });
    const got = received(await call('/a?x=y', { headers: { 'x-gone': '1' } }));
    expect([got.url, got.headers['x-set'], got.headers['x-gone'], got.headers['x-seen']])
      .toEqual(['/other%20path?q=1', '2', undefined, Buffer.from('é').toString('latin1')]);
  });

  it('ends a request with an answer, from the top of its handler', async () => {
    expect(await outcome('return kong.response.exit(403, { message = "no/" }, { ["X-Why"] = "x" })')).toEqual([403, { message: 'no/' }]);
    expect(await outcome('return kong.response.exit(204)')).toEqual([204, '']);
    expect(await outcome('return kong.response.error(401)')).toEqual([401,
      { message: 'Unauthorized', request_id: expect.any(String) as string }]);
    expect(await outcome('return ngx.exit(410)')).toEqual([410, expect.stringContaining('<h1>410 Gone</h1>') as string]);
    expect(await outcome('return ngx.exit(503)')).toEqual([503,
      expect.stringContaining('The upstream server is currently unavailable') as string]);
  });

  it('fails closed where Kong would lose an exit: in a pcall, in a callback of gsub, in its own coroutine', async () => {
    for (const access of [
      'pcall(kong.response.exit, 403)', 'xpcall(kong.response.exit, print, 403)',
      'pcall(string.gsub, "abc", "b", function() kong.response.exit(403) end)',
      'coroutine.wrap(function() kong.response.exit(403) end)()',
      'pcall(table.sort, { 2, 1, 3 }, function() kong.response.exit(403) end)',
    ]) expect(await outcome(access)).toEqual(unexpected);
  });

  it('turns an error into a 500 and tells the log, not the client', async () => {
    const { call, log } = await withAccess('error("the secret is 42")');
    const answer = await call('/');
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(log.join('\n')).toContain('the secret is 42');
  });

  it('cannot reach files, processes or the environment', async () => {
    expect(await outcome('return kong.response.exit(200, { io == nil, os.execute == nil, os.remove == nil, dofile == nil, loadfile == nil, os.getenv("HOME") == nil, package.loadlib == nil, debug.getregistry == nil, __host == nil and __rt == nil, (load("return 1", "x", "b")) == nil })'))
      .toEqual([200, Array.from({ length: 10 }, () => true)]);
    expect((await outcome('local x = require("kong.plugins.probe.../../../etc/passwd")'))[0]).toBe(500);
  });

  it('counts and formats as LuaJIT does', async () => {
    expect(await outcome(`return kong.response.exit(200, {
      tostring(10 / 2), tostring(1e15), tostring(2 ^ 53), string.format("%d|%s|%5.2f", 3.7, 4 / 2, 1), tostring(0.1),
        tostring(tonumber("1e3")),
      bit.bxor(0xffffffff, 1), bit.tohex(-1), bit.rshift(-1, 28), table.concat({ unpack({ 1, 2 }) }, ","), ("a\\0b"):find("%z") })`))
      .toEqual([200, ['5', '1e+15', '9.007199254741e+15', '3|2| 1.00', '0.1', '1000', -2, 'ffffffff', 15, '1,2', 2, 2]]);
  });

  it('encodes JSON as Kong does', async () => {
    expect(await outcome(`
      local cjson, safe = require "cjson", require "cjson.safe"
      local t = cjson.decode('{"a":[1,{"b":null}],"n":0x10}')
      local sparse, why = safe.encode({ [1] = 1, [100] = 2 })
      return kong.response.exit(200, {
        cjson.encode({}), cjson.encode(setmetatable({}, cjson.empty_array_mt)), cjson.encode("a/b\\127"), cjson.encode(1 / 3),
          cjson.encode(1e20),
        cjson.encode({ 1, nil, 3 }), t.a[2].b == ngx.null, t.n, tostring(sparse), why, (select(2, safe.decode("{"))), cjson.encode(1795228215000) })`))
      .toEqual([200, [
        '{}', '[]', '"a/b\\u007f"', '0.3333333333333333', '1e+20', '[1,null,3]', true, 16, 'nil',
          'Cannot serialise table: excessively sparse array',
        'Expected object key string but found T_END at character 2', '1795228215000',
      ]]);
  });

  it('has the hashes, keys and encodings of Kong\'s libraries', async () => {
    expect(await outcome(`
      local hex = require("resty.string").to_hex
      local sha = require("resty.sha256").new()
      sha:update("a") sha:update("bc")
      local b64 = require "ngx.base64"
      return kong.response.exit(200, {
        hex(sha:final()), hex(require("resty.openssl.hmac").new("key", "sha256"):final("data")), ngx.md5("a"), hex(ngx.sha1_bin("a")),
        b64.encode_base64url("\\255\\254"), hex(b64.decode_base64url("__4")), ngx.encode_base64("a"), ngx.decode_base64("YQ=="),
        tostring(ngx.decode_base64("!")), ngx.escape_uri("a b/é"), ngx.unescape_uri("a%20b+c"), ngx.encode_args({ a = "x y", b = true, c = { 1, 2 } }) })`))
      .toEqual([200, [
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
          '5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0',
        '0cc175b9c0f1b6a831c399e269772661', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', '__4', 'fffe', 'YQ==', 'a', 'nil',
          'a%20b%2F%C3%A9', 'a b c',
        'a=x%20y&b&c=1&c=2',
      ]]);
  });

  it('speaks HTTP without holding up other requests', async () => {
    let waiting: (() => void)[] = [];
    const server = createServer((request, response) => {
      waiting.push(() => { response.end(JSON.stringify({ got: request.url, method: request.method })); });
      if (waiting.length === 20) {
        // Each of the 20 is on its way before the first is answered.
        for (const answer of waiting) answer();
        waiting = [];
      }
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    extra.push(() => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));
    const { call } = await withAccess(`
      local me = kong.request.get_query_arg("n")
      local c = require("resty.http").new()
      c:set_timeouts(5000, 5000, 5000)
      local res, err = c:request_uri(conf.url .. "/" .. me, { method = "PUT", body = "x" })
      if not res then return kong.response.exit(502, { message = err }) end
      return kong.response.exit(200, { me = me, body = res.body, same = me == kong.request.get_query_arg("n") })
    `, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, n) => JSON.parse((await call(`/?n=${n}`)).body) as unknown));
    expect(answers).toEqual(Array.from({ length: 20 }, (_, n) =>
      ({ me: String(n), same: true, body: JSON.stringify({ got: `/${n}`, method: 'PUT' }) })));
  });

  it('is told why HTTP failed', async () => {
    expect(await outcome(`
      local c = require("resty.http").new()
      local _, refused = c:request_uri("http://127.0.0.1:1/")
      local _, bad = c:request_uri("ftp://x")
      return kong.response.exit(200, { refused, bad })`)).toEqual([200, ['connection refused', 'bad uri: ftp://x']]);
  });

  it('fetches a cached value once for all who wait', async () => {
    const { call } = await withAccess(`
      local v = kong.cache:get("k", { ttl = 60 }, function() ngx.sleep(0.02) return { n = ngx.shared.kong:incr("n", 1, 0) } end)
      return kong.response.exit(200, v)`);
    const bodies = await Promise.all([1, 2, 3, 4].map(async () => (await call('/')).body));
    expect(bodies).toEqual(['{"n":1}', '{"n":1}', '{"n":1}', '{"n":1}']);
  });

  it('runs threads side by side and may wait inside its own coroutine and inside pcall', async () => {
    expect(await outcome(`
      local slow = ngx.thread.spawn(function() ngx.sleep(0.03) return "slow" end)
      local fast = ngx.thread.spawn(function() return "fast" end)
      local bad = ngx.thread.spawn(function() error("no", 0) end)
      local _, first = ngx.thread.wait(slow, fast)
      local _, second = ngx.thread.wait(slow)
      local ok, why = ngx.thread.wait(bad)
      local co = coroutine.wrap(function() ngx.sleep(0.001) coroutine.yield("in") return "out" end)
      local _, guarded = pcall(function() ngx.sleep(0.001) return "guarded" end)
      return kong.response.exit(200, { first, second, ok, why, co(), co(), guarded })`))
      .toEqual([200, ['fast', 'slow', false, 'no', 'in', 'out', 'guarded']]);
  });

  it('reads a body up to 8 KiB, as Kong holds it in memory', async () => {
    const { call } = await withAccess('local b, e = kong.request.get_raw_body() return kong.response.exit(200, { b and #b, e })');
    const sizes = await Promise.all([0, 8192, 8193].map(async (size) =>
      JSON.parse((await call('/', { method: 'POST', body: 'x'.repeat(size) })).body) as unknown));
    expect(sizes).toEqual([[0], [8192], [null,
      'request body did not fit into client body buffer, consider raising \'client_body_buffer_size\'']]);
  });

  it('filters headers and bodies, of the gateway\'s own answers too', async () => {
    const { call } = await startGateway({
      plugins: [['filter', {}], ['request-termination', { status_code: 203, trigger: 'stop' }]],
      lua: { 'filter/handler.lua': `
        local F = { PRIORITY = 1, VERSION = "1" }
        function F:header_filter() kong.response.set_header("X-Source",
          kong.response.get_source()) kong.response.clear_header("Content-Length") end
        function F:body_filter()
          local body = kong.response.get_raw_body()
          if body then kong.response.set_raw_body("<" .. #body .. ">") end
        end
        return F` },
    });
    const proxied = await call('/');
    const own = await call('/?stop=1');
    expect([proxied.status, headerOf(proxied, 'x-source'), /^<\d+>$/.test(proxied.body)]).toEqual([200, 'service', true]);
    expect([own.status, headerOf(own, 'x-source'), own.body, headerOf(own, 'content-length')]).toEqual([203, 'exit', '<0>', '3']);
  });

  it('may not split a response by a header value', async () => {
    expect((await outcome('kong.response.set_header("X-A", "1\\r\\nX-B: 2")'))[0]).toBe(500);
    expect((await outcome('return kong.response.exit(200, "x", { ["X-A"] = "1\\r\\nX-B: 2" })'))[0]).toBe(500);
  });

  it('keeps what it notes to its request, and shares what it shares', async () => {
    const { call } = await startGateway({
      plugins: [['one', {}], ['two', {}]],
      lua: {
        'one/handler.lua': 'return { PRIORITY = 2, access = function() kong.ctx.plugin.mine = (kong.ctx.plugin.mine or 0) + 1 kong.ctx.shared.ours = "one" end }',
        'two/handler.lua': 'return { PRIORITY = 1, access = function() return kong.response.exit(200, { kong.ctx.plugin.mine == nil, kong.ctx.shared.ours, ngx.ctx.x == nil }) end }',
      },
    });
    expect([(await call('/')).body, (await call('/')).body]).toEqual(['[true,"one",true]', '[true,"one",true]']);
  });

  it('is given what a reference to the environment stands for, in the settings that may hold one', async () => {
    process.env['KONG_TEST_SECRET'] = 'from the environment';
    const { call } = await startGateway({
      plugins: [['ref', { secret: '{vault://env/kong-test-secret}', absent: '{vault://env/kong-test-absent}', plain: '{vault://env/kong-test-secret}' }]],
      lua: {
        'ref/handler.lua': 'return { PRIORITY = 1, access = function(_, c) return kong.response.exit(200, { c.secret, c.absent, c.plain }) end }',
        'ref/schema.lua': `return { name = "ref", fields = { { config = { type = "record", fields = {
          { secret = { type = "string", referenceable = true } }, { absent = { type = "string", referenceable = true } }, { plain = { type = "string" } },
        } } } } }`,
      },
    });
    expect(JSON.parse((await call('/')).body)).toEqual(['from the environment', '', '{vault://env/kong-test-secret}']);
    delete process.env['KONG_TEST_SECRET'];
  });

  it('is refused at the start when it cannot be loaded', async () => {
    await expect(startGateway({ lua: { 'broken/handler.lua': 'return {' } })).rejects.toThrow(/kong\.plugins\.broken\.handler/);
  });
});
