local fake = require "support.fake_http"
local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local forbidden = { status = 403, body = { message = "Forbidden" }, headers = { ["Cache-Control"] = "no-store" } }
local unavailable = {
  status = 503, body = { message = "Service unavailable" }, headers = { ["Cache-Control"] = "no-store", ["Retry-After"] = "1" },
}

local function config(given)
  local base = { url = "http://opa.example:8181", decision = "shop/authz", service = "orders", route = "read" }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config("authctl-opa", base)
end

local function answers(behaviour)
  fake.server = function() return behaviour end
end

local function answer(given, request)
  return host.access("authctl-opa", config(given), host.request(request or {}))
end

local function verified(claims)
  local token = tokens.make(claims)
  local request = host.request({ headers = { Authorization = "Bearer " .. token } })
  local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience })
  assert.is_nil(host.access("authctl-token-guard", guard, request))
  assert.is_true(tokens.jwt(request, { [token] = true }))
  return request
end

local started = host.now

before_each(function()
  fake.reset()
  host.now = started
  host.take_log()
end)
after_each(function() host.now = started end)

describe("the OPA plugin allows", function()
  for name, body in pairs({ ["true"] = '{"result":true}', ["an object that allows"] = '{"result":{"allow":true,"reasons":["x"]},"decision_id":"d"}' }) do
    it("by " .. name, function()
      answers({ body = body })
      assert.is_nil(answer())
      assert.same({ 1, 1, 0 }, { #fake.calls, fake.kept, fake.closed })
    end)
  end
end)

describe("the OPA plugin refuses with 403", function()
  for _, result in ipairs({ "false", "null", '"true"', "1", "[]", "[true]", "{}", '{"allow":"true"}', '{"allow":1}', '{"allow":null}', '{"allow":false}',
      '{"allow":{"allow":true}}', '{"Allow":true}', '{"result":true}' }) do
    it("the result " .. result, function()
      answers({ body = '{"result":' .. result .. "}" })
      assert.same(forbidden, answer())
    end)
  end

  it("an undefined decision", function()
    answers({ body = "{}" })
    assert.same(forbidden, answer())
    assert.same({ "info: refused: the decision is undefined" }, host.take_log())
  end)

  it("and keeps the reasons for the log, on one line", function()
    answers({ body = '{"result":{"allow":false,"reasons":["not your order","a\\nb",7]}}' })
    assert.same(forbidden, answer())
    assert.same({ 'info: refused: the policy says no: "not your order; a\\nb"' }, host.take_log())
  end)

  it("a path that is not the route's, without asking", function()
    answers({ body = '{"result":true}' })
    for _, path in ipairs({ "/", "/orders", "/orders/", "/orders/1/items", "/Orders/1", "/x/1", "/orders//" }) do
      assert.same(forbidden, answer({ path_template = "/orders/{id}" }, { path = path }))
    end
    assert.same({}, fake.calls)
  end)

  it("a path that is not below the route's, without asking", function()
    answers({ body = '{"result":true}' })
    for _, path in ipairs({ "/", "/orders", "/ordersX", "/ordersX/1", "/Orders/1", "/x/orders/1" }) do
      assert.same(forbidden, answer({ path_template = "/orders/**" }, { path = path }))
    end
    assert.same({}, fake.calls)
  end)
end)

describe("the OPA plugin answers 503, and lets nobody pass,", function()
  local cases = {
    ["when nothing listens"] = { refuse = "connection refused" },
    ["when the answer does not come in time"] = { hang = true },
    ["when the connection is closed"] = { drop = true },
    ["when the answer breaks off"] = { body = '{"result":true}' .. string.rep(" ", 9000), broken = true },
    ["when it fails"] = { status = 500, body = '{"result":true}' },
    ["when it wants other credentials"] = { status = 401, body = '{"result":true}' },
    ["when the path is unknown"] = { status = 404, body = '{"result":true}' },
    ["when it redirects"] = { status = 302, body = '{"result":true}' },
    ["when it answers with nothing"] = { status = 204, body = "" },
    ["when the answer is no JSON"] = { body = "<html>" },
    ["when the answer is no object"] = { body = "true" },
    ["when the answer is a list"] = { body = '[{"result":true}]' },
    ["when the answer says two things"] = { body = '{"result":false,"result":true}' },
    ["when the answer is too long"] = { body = '{"result":true}' .. string.rep(" ", 70000) },
    ["when the answer drips"] = { body = '{"result":true}', drip = 0.2 },
  }
  for name, behaviour in pairs(cases) do
    it(name, function()
      answers(behaviour)
      assert.same(unavailable, answer())
      assert.same(1, #host.take_log())
    end)
  end
end)

describe("the OPA plugin and its connection", function()
  it("asks again, once, on a new connection when a kept one was closed", function()
    fake.reused = 3
    fake.server = function(request) return request.reused and request.reused > 0 and { drop = true } or { body = '{"result":true}' } end
    assert.is_nil(answer())
    assert.same({ 3, 0 }, { fake.calls[1].reused, fake.calls[2].reused })
    assert.same({ 2, 0 }, { fake.closed, fake.kept })
  end)

  it("asks once, on a connection of its own, where that is wanted", function()
    fake.reused = 3
    answers({ drop = true })
    assert.same(unavailable, answer({ retry = false }))
    assert.same({ 1, 0 }, { #fake.calls, fake.calls[1].reused })
    answers({ body = '{"result":true}' })
    assert.is_nil(answer({ retry = false }))
    assert.same({ 2, 2, 0 }, { #fake.calls, fake.closed, fake.kept })
  end)

  it("waits two seconds unless told otherwise", function()
    answers({ body = '{"result":true}' })
    assert.is_nil(answer())
    assert.same(2000, fake.calls[1].timeouts[3])
    assert.is_nil(answer({ timeout_ms = 300 }))
    assert.same(300, fake.calls[2].timeouts[3])
  end)

  it("does not ask again when no connection comes about, nor when an answer has begun", function()
    fake.reused = 3
    local connects = 0
    fake.server = function(request)
      connects = connects + (request.connecting and 1 or 0)
      return { refuse = "connection refused" }
    end
    assert.same(unavailable, answer())
    assert.same(1, connects)
    answers({ body = '{"result":true}' .. string.rep(" ", 9000), broken = true })
    assert.same(unavailable, answer())
    assert.same(1, #fake.calls)
  end)

  it("does not ask again on a time-out, nor on a new connection", function()
    fake.reused = 3
    answers({ hang = true })
    assert.same(unavailable, answer())
    fake.reused = 0
    answers({ drop = true })
    assert.same(unavailable, answer())
    assert.same(2, #fake.calls)
  end)

  it("bounds every step by the configured time, and verifies certificates", function()
    answers({ body = '{"result":true}' })
    assert.is_nil(answer({ url = "https://opa.example/base/", timeout_ms = 250, token = "secret" }))
    local call = fake.calls[1]
    assert.same({
      method = "POST", path = "/base/v1/data/shop/authz", timeouts = { 250, 250, 250 },
      options = { scheme = "https", host = "opa.example", port = 443, ssl_verify = true, ssl_server_name = "opa.example" },
      headers = { ["Content-Type"] = "application/json", Accept = "application/json", Authorization = "Bearer secret" },
    }, { method = call.method, path = call.path, timeouts = call.timeouts, options = call.options, headers = call.headers })
  end)

  it("takes an answer of exactly the bound", function()
    local body = '{"result":true}' .. string.rep(" ", 85)
    answers({ body = body })
    assert.is_nil(answer({ max_response_size = 100 }))
    assert.same(unavailable, answer({ max_response_size = 99 }))
  end)

  it("verifies no certificate when told so", function()
    answers({ body = '{"result":true}' })
    assert.is_nil(answer({ url = "https://opa.example", ssl_verify = false }))
    assert.is_false(fake.calls[1].options.ssl_verify)
  end)

  it("says in the log what is an error of the gateway's, and what is a refusal", function()
    answers({ hang = true })
    answer()
    answers({ body = '{"result":false}' })
    answer()
    assert.same({ "err: refused: no answer: timeout", "info: refused: the policy says no" }, host.take_log())
  end)

  it("knows where a URL points", function()
    local parse = require("kong.plugins.authctl-token-guard.http").parse
    assert.same({ scheme = "http", host = "[::1]", port = 8181, prefix = "" }, parse("http://[::1]:8181"))
    assert.same({ scheme = "http", host = "opa", port = 80, prefix = "/a/b" }, parse("http://opa/a/b//"))
    for _, url in ipairs({ "", "opa:8181", "ftp://opa", "http://", "http://user:pw@opa", "http://opa?x", "http://opa:8181:1", "http://a b" }) do
      assert.is_nil(parse(url), url)
    end
  end)
end)

describe("the question to OPA", function()
  before_each(function() answers({ body = '{"result":true}' }) end)

  it("describes the request and the route, and has no token where none was verified", function()
    assert.is_nil(answer({ path_template = "/orders/{id}/items/{item}" }, {
      method = "PATCH", path = "/orders/a%2Fb/./items/%C3%A9%31", query = "q=1&q=two+words&flag&%6E=%26&=x", host = "shop.example:8000", scheme = "https",
      headers = { Authorization = "Bearer " .. tokens.make() },
    }))
    assert.same({ input = {
      request = {
        method = "PATCH", path = "/orders/a%2Fb/items/%C3%A91", segments = { "orders", "a/b", "items", "\195\1691" },
        query = { q = { "1", "two words" }, flag = { "" }, n = { "&" }, [""] = { "x" } }, host = "shop.example", scheme = "https", client_ip = "192.0.2.7",
      },
      route = { service = "orders", id = "read", params = { id = "a/b", item = "\195\1691" } },
      source = "kong",
      token = cjson.null,
    } }, cjson.decode(fake.calls[1].body))
  end)

  it("has no variables of a route that is everything below a path", function()
    for template, paths in pairs({ ["/orders/**"] = { "/orders/", "/orders/1", "/orders/2026/%C3%A9" }, ["/**"] = { "/", "/x", "/x/y/" } }) do
      for _, path in ipairs(paths) do
        assert.is_nil(answer({ path_template = template }, { path = path }))
        assert.same({ service = "orders", id = "read", params = {} }, cjson.decode(fake.calls[#fake.calls].body).input.route)
      end
    end
  end)

  it("has a path as clients send it, also where Kong has decoded it", function()
    assert.is_nil(answer({ path_template = "/caf\195\169" }, { path = "/caf\195\169" }))
    local asked = cjson.decode(fake.calls[1].body).input.request
    assert.same({ "/caf%C3%A9", { "caf\195\169" } }, { asked.path, asked.segments })
  end)

  it("has empty lists and objects where there is nothing", function()
    assert.is_nil(answer({ path_template = "/" }, { path = "/" }))
    assert.same('{"input":{"request":{"client_ip":"192.0.2.7","host":"127.0.0.1","method":"GET","path":"/","query":{},"scheme":"http","segments":[]},' ..
      '"route":{"id":"read","params":{},"service":"orders"},"source":"kong","token":null}}', fake.calls[1].body)
  end)

  it("carries the claims as they were signed once jwt has verified them", function()
    local request = verified({ realm_access = { roles = {} } })
    assert.is_nil(host.access("authctl-opa", config(), request))
    local payload = request.shared.authctl_token.payload
    assert.same('"token":' .. payload .. "}}", string.sub(fake.calls[1].body, -#payload - 10))
  end)

  it("carries no claims of a token that jwt did not verify", function()
    local request = verified()
    request.credential = nil
    assert.is_nil(host.access("authctl-opa", config(), request))
    assert.same(cjson.null, cjson.decode(fake.calls[1].body).input.token)
  end)

  it("is valid JSON whatever bytes the path and the query hold", function()
    local json = require "kong.plugins.authctl-token-guard.json"
    for code = 0, 255 do
      fake.calls = {}
      local c = string.format("%%%02X", code)
      assert.is_nil(answer(nil, { path = "/x/" .. c, query = c .. "=" .. c .. '&"=\\' }))
      assert.is_table(json.decode(fake.calls[1].body))
    end
  end)
end)

describe("the question to OPA in another shape", function()
  before_each(function() answers({ body = '{"result":true}' }) end)
  local function asked() return cjson.decode(fake.calls[#fake.calls].body).input end

  it("has the token that jwt verified, and no header by which a client claims an identity", function()
    local request = verified()
    local raw = request.shared.authctl_token.raw
    local sent = { ["X-Consumer-Username"] = "evil", X_Auth_Roles = "admin", Cookie = "s=1", ["X-Tenant"] = { "a", "b" }, Authorization = "Bearer another" }
    for name, value in pairs(sent) do request.headers[name] = value end
    assert.is_nil(host.access("authctl-opa", config({ input = "envoy" }), request))
    local http = asked().attributes.request.http
    assert.same({ "Bearer " .. raw, "a,b" }, { http.headers.authorization, http.headers["x-tenant"] })
    assert.is_nil(http.headers["x-consumer-username"] or http.headers["x_auth_roles"] or http.headers.cookie)
    assert.same(tokens.issuer, asked().attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].jwt_payload.iss)
  end)

  it("has no token that nobody verified", function()
    local request = verified()
    request.credential = nil
    assert.is_nil(host.access("authctl-opa", config({ input = "kong", blueprint = "shop" }), request))
    assert.is_nil(asked().request.http.headers.authorization)
    assert.same({ { name = "shop.orders" }, { name = "shop.orders.read" } }, { asked().service, asked().route })
  end)

  it("names the host as the request does, with its port", function()
    assert.is_nil(answer({ input = "envoy" }, { headers = { Host = "shop.example:8443" }, path = "/orders/7", query = "a=\195\169" }))
    assert.same({ "shop.example:8443", "/orders/7?a=%C3%A9", { a = { "\195\169" } } },
      { asked().attributes.request.http.host, asked().attributes.request.http.path, asked().parsed_query })
  end)

  it("is made of the fields that are named", function()
    assert.is_nil(answer({ input = "mapping", fields = { "verb=request.method", "who.name=token.sub", "at=route.service" } }))
    assert.same({ verb = "GET", at = "orders" }, asked())
  end)

  it("refuses what cannot be asked, and asks nobody", function()
    local many = {}
    for index = 1, 1001 do many["x-" .. index] = "a" end
    for _, case in ipairs({
      { { input = "envoy" }, { path = "/x/a%2Fb" } }, { { input = "envoy" }, { query = "a=%FF" } },
      { { input = "envoy" }, { headers = { ["x-tenant"] = "\255" } } },
      { { input = "envoy" }, { headers = many } }, { { input = "kong" }, {} }, { { input = "mapping" }, {} },
    }) do
      assert.same(forbidden, answer(case[1], case[2]))
    end
    assert.same({}, fake.calls)
  end)

  it("takes a yes of the field that is named, and of no other", function()
    answers({ body = '{"result":{"allowed":true}}' })
    assert.is_nil(answer({ answer = "allowed" }))
    assert.same(forbidden, answer())
    answers({ body = '{"result":{"allow":true}}' })
    assert.same(forbidden, answer({ answer = "allowed" }))
  end)
end)

describe("the decision id", function()
  it("goes upstream when asked for, and only as a plain word", function()
    for id, sent in pairs({ ["4a-B"] = "4a-B", ["a b"] = false, ["a\\r\\nX: 1"] = false }) do
      answers({ body = '{"result":true,"decision_id":"' .. id .. '"}' })
      local request = host.request()
      assert.is_nil(host.access("authctl-opa", config({ decision_id_header = true }), request))
      assert.same(sent or nil, request.headers["X-Decision-Id"])
    end
    answers({ body = '{"result":true,"decision_id":"x"}' })
    local request = host.request()
    assert.is_nil(host.access("authctl-opa", config(), request))
    assert.is_nil(request.headers["X-Decision-Id"])
  end)
end)
