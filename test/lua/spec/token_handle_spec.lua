local fake = require "support.fake_http"
local redis = require "support.fake_redis"
local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local plugin = "authctl-token-handle"
local started = host.now
local dict = ngx.shared.authctl_handles
local unavailable = {
  status = 503, body = { message = "Service unavailable" }, headers = { ["Cache-Control"] = "no-store", ["Retry-After"] = "1" },
}

local function config(given)
  local base = { endpoint_url = "https://id.example/realms/shop/token" }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(plugin, base)
end

local function answers(status, body, headers)
  fake.server = function() return { status = status, body = type(body) == "table" and cjson.encode(body) or body, headers = headers } end
end

local function post(form, given, headers)
  local request = host.request({ method = "POST", body = form, headers = { ["Content-Type"] = "application/x-www-form-urlencoded" } })
  for name, value in pairs(headers or {}) do request.headers[name] = value end
  return host.access(plugin, config(given), request)
end

local function issued(given)
  answers(200, { access_token = tokens.make(), refresh_token = "refresh.to.ken", expires_in = 300, refresh_expires_in = 1800, id_token = "i.d.t" })
  return cjson.decode(post("grant_type=authorization_code&code=x", given).body)
end

before_each(function()
  fake.reset()
  redis.reset()
  host.clear_cache()
  host.take_log()
  host.now, host.dict_full = started, false
end)
after_each(function() host.now = started end)

for _, store in ipairs({ { handle_store = "memory" }, { handle_store = "redis", redis_host = "redis.example", redis_password = "pw", redis_database = 2 } }) do
  describe("handles kept in " .. store.handle_store, function()
    it("stand for the tokens in an answer, and change nothing else in it", function()
      local document = issued(store)
      assert.equal(43, #document.access_token)
      assert.equal(43, #document.refresh_token)
      assert.are_not.equal(document.access_token, document.refresh_token)
      document.access_token, document.refresh_token = nil, nil
      assert.same({ expires_in = 300, refresh_expires_in = 1800, id_token = "i.d.t" }, document)
    end)

    it("go back to tokens on the way to the issuer", function()
      local document = issued(store)
      answers(200, "")
      for _, name in ipairs({ "refresh_token", "token", "subject_token", "actor_token", "%74oken" }) do
        assert.same(200, post("a=1&" .. name .. "=" .. document.refresh_token .. "&b=2", store).status)
        assert.same("a=1&" .. name .. "=refresh.to.ken&b=2", fake.calls[#fake.calls].body)
      end
      assert.same(200, post("code=" .. document.refresh_token, store).status)
      assert.same("code=" .. document.refresh_token, fake.calls[#fake.calls].body)
    end)

    it("end with their tokens", function()
      local document = issued(store)
      answers(200, "")
      host.now = started + 300
      post("token=" .. document.access_token .. "&refresh_token=" .. document.refresh_token, store)
      assert.same("token=" .. document.access_token .. "&refresh_token=refresh.to.ken", fake.calls[#fake.calls].body)
    end)

    it("open the way to a service, where nothing else does", function()
      local document = issued(store)
      local phantom = { introspection_url = "https://id.example/introspect", client_id = "g", client_secret = "s", issuer = tokens.issuer,
        audience = tokens.audience }
      for name, value in pairs(store) do phantom[name] = value end
      local jwt = tokens.make()
      answers(200, { active = true, iss = tokens.issuer, aud = tokens.audience, exp = host.now + 300, jwt = jwt })
      local calls = #fake.calls
      local function send(token)
        local request = host.request({ headers = { Authorization = "Bearer " .. token } })
        return host.access("authctl-phantom-token", host.config("authctl-phantom-token", phantom), request), request
      end
      for _, token in ipairs({ tokens.make(), "refresh.to.ken", string.rep("A", 43), string.sub(document.access_token, 2), "x" }) do
        assert.same(401, send(token).status)
      end
      assert.same(calls, #fake.calls)
      local refused, request = send(document.access_token)
      assert.is_nil(refused)
      assert.same("Bearer " .. jwt, request.headers.Authorization)
    end)
  end)
end

describe("the token handle plugin", function()
  it("sends the form once, over a new connection, with the client's own authentication", function()
    fake.reused = 2
    answers(200, "{}")
    assert.same({ status = 200, body = "{}", headers = { ["Cache-Control"] = "no-store", ["Content-Type"] = "application/json" } },
      post("a=b", nil, { Authorization = "Basic dTpw", ["X-Anything"] = "1" }))
    local call = fake.calls[1]
    assert.same({ "/realms/shop/token", "a=b", 0 }, { call.path, call.body, call.reused })
    assert.same({ ["Content-Type"] = "application/x-www-form-urlencoded", Accept = "application/json", Authorization = "Basic dTpw",
      ["X-Forwarded-For"] = "192.0.2.7" }, call.headers)
    fake.server = function() return { drop = true } end
    assert.same(unavailable, post("a=b"))
    assert.same(2, #fake.calls)
  end)

  it("replaces a token whatever characters it is made of, and keeps it as long as the configuration says when the issuer does not", function()
    local token = "a-b.c+d/e%f$(g)[h]^i*"
    answers(200, '{"access_token":"' .. token .. '","note":"aaa-b"}')
    local document = cjson.decode(post("a=b", { handle_ttl = 7 }).body)
    assert.same({ 43, "aaa-b" }, { #document.access_token, document.note })
    answers(200, "")
    host.now = started + 6.9
    post("token=" .. document.access_token)
    assert.same("token=a-b.c%2Bd%2Fe%25f%24%28g%29%5Bh%5D%5Ei%2A", fake.calls[#fake.calls].body)
    host.now = started + 7
    post("token=" .. document.access_token)
    assert.same("token=" .. document.access_token, fake.calls[#fake.calls].body)
  end)

  it("passes the issuer's refusals on", function()
    answers(400, { error = "invalid_grant" })
    assert.same({ status = 400, body = '{"error":"invalid_grant"}', headers = { ["Cache-Control"] = "no-store", ["Content-Type"] = "application/json" } },
      post("a=b"))
    answers(401, { error = "invalid_client" }, { ["WWW-Authenticate"] = "Basic" })
    assert.same("Basic", post("a=b").headers["WWW-Authenticate"])
  end)

  it("takes nothing but a form by POST, of a bounded length", function()
    answers(200, "{}")
    local function status(given) return host.access(plugin, config(), host.request(given)).status end
    assert.same(405, status({}))
    assert.same(415, status({ method = "POST" }))
    assert.same(415, status({ method = "POST", headers = { ["Content-Type"] = "application/json" } }))
    assert.same(413, status({ method = "POST", headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }, body = string.rep("a", 65537) }))
    assert.same({}, fake.calls)
  end)

  local long = tokens.make()
  local cases = {
    ["the issuer fails"] = { 500, "{}" },
    ["the issuer redirects"] = { 302, "{}" },
    ["the answer is no JSON"] = { 200, "<html>" },
    ["the answer is a list"] = { 200, "[]" },
    ["the token is no text"] = { 200, '{"access_token":{"a":1}}' },
    ["the token is empty"] = { 200, '{"access_token":""}' },
    ["the token comes twice"] = { 200, '{"access_token":"a","access_token":"b"}' },
    ["the token is repeated elsewhere"] = { 200, '{"access_token":"' .. long .. '","note":"x' .. long .. '"}' },
    ["the token is spelt in another way"] = { 200, '{"access_token":"a\\u002eb","note":"a.b"}' },
  }
  for name, case in pairs(cases) do
    it("gives nothing out when " .. name, function()
      answers(case[1], case[2])
      assert.same(unavailable, post("a=b"))
    end)
  end

  it("gives nothing out when a handle cannot be kept", function()
    answers(200, { access_token = "a.b.c" })
    host.dict_full = true
    assert.same(unavailable, post("a=b"))
    assert.same(unavailable, post("a=b", { handle_dict = "absent" }))
    redis.down = "connection refused"
    assert.same(unavailable, post("a=b", { handle_store = "redis", redis_host = "r" }))
    redis.down, redis.fails = nil, "set"
    assert.same(unavailable, post("a=b", { handle_store = "redis", redis_host = "r" }))
    assert.same({ 1, 0 }, { redis.closed, redis.kept })
  end)

  it("asks no issuer without TLS unless told so", function()
    answers(200, "{}")
    local plain = { endpoint_url = "http://id.example/token" }
    assert.same(unavailable, post("a=b", plain))
    assert.same({}, fake.calls)
    plain.allow_plain_http = true
    assert.same(200, post("a=b", plain).status)
  end)

  it("logs in to Redis once per connection, and stops when that fails", function()
    local conf = { handle_store = "redis", redis_host = "r", redis_username = "u", redis_password = "p", redis_database = 3 }
    issued(conf)
    assert.same({ "connect r 6379 authctl:r:6379:3:u", "auth u p", "select 3" }, { redis.commands[1], redis.commands[2], redis.commands[3] })
    redis.reset()
    redis.reused = 1
    issued(conf)
    assert.is_truthy(string.find(redis.commands[2], "^set "))
    redis.reset()
    redis.fails = "auth"
    assert.same(unavailable, post("token=" .. string.rep("A", 43), conf))
    assert.same({ 2, 1, 0 }, { #redis.commands, redis.closed, redis.kept })
  end)

  it("leaves no handle in the store", function()
    local document = issued()
    for key in pairs(dict.items) do
      assert.is_nil(string.find(key, document.access_token, 1, true))
    end
  end)
end)
