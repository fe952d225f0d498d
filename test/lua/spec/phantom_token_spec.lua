local fake = require "support.fake_http"
local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local plugin = "authctl-phantom-token"
local opaque = "r3f.erence-token_~1"
local started = host.now
local address = 0

local function config(given)
  local base = {
    introspection_url = "https://id.example/realms/shop/introspect", client_id = "gate way", client_secret = "s+cr:et", issuer = tokens.issuer,
    audience = tokens.audience,
  }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(plugin, base)
end

local function active(given)
  local answer = { active = true, iss = tokens.issuer, aud = tokens.audience, exp = host.now + 300, jwt = tokens.make() }
  for name, value in pairs(given or {}) do
    if value == tokens.absent then answer[name] = nil else answer[name] = value end
  end
  return { body = cjson.encode(answer) }
end

local function answers(behaviour) fake.server = function() return behaviour end end

local function send(given, token, request)
  local made = host.request(request)
  made.headers.Authorization = made.headers.Authorization or "Bearer " .. (token or opaque)
  return host.access(plugin, config(given), made), made
end

local invalid = {
  status = 401, body = { message = "Unauthorized" },
  headers = {
    ["Cache-Control"] = "no-store",
    ["WWW-Authenticate"] = 'Bearer error="invalid_token", error_description="The access token is not acceptable here"',
  },
}
local unavailable = {
  status = 503, body = { message = "Service unavailable" }, headers = { ["Cache-Control"] = "no-store", ["Retry-After"] = "1" },
}

before_each(function()
  fake.reset()
  host.clear_cache()
  host.take_log()
  host.now = started
  address = address + 1
end)
after_each(function() host.now = started end)

describe("the phantom token plugin", function()
  it("changes an opaque token into the JWT, which the guard, jwt and the scope guard then judge", function()
    local jwt = tokens.make()
    answers(active({ jwt = jwt }))
    local refused, request = send()
    assert.is_nil(refused)
    assert.same({ Host = "127.0.0.1:8000", Authorization = "Bearer " .. jwt }, request.headers)
    local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience })
    assert.is_nil(host.access("authctl-token-guard", guard, request))
    assert.is_true(tokens.jwt(request, { [jwt] = true }))
    assert.is_nil(host.access("authctl-scope-guard", host.config("authctl-scope-guard", { scopes = { "orders:read" } }), request))
  end)

  it("asks as RFC 7662 says, with the token in the body alone", function()
    answers(active())
    assert.is_nil(send())
    local call = fake.calls[1]
    assert.same({
      method = "POST", path = "/realms/shop/introspect", body = "token=r3f.erence-token_~1&token_type_hint=access_token",
      headers = {
        ["Content-Type"] = "application/x-www-form-urlencoded", Accept = "application/jwt",
        Authorization = "Basic " .. ngx.encode_base64("gate%20way:s%2Bcr%3Aet"),
      },
      timeouts = { 1000, 1000, 1000 },
    }, { method = call.method, path = call.path, body = call.body, headers = call.headers, timeouts = call.timeouts })
    assert.is_true(call.options.ssl_verify)
  end)

  it("can send its secret in the body", function()
    answers(active())
    assert.is_nil(send({ auth_method = "client_secret_post" }))
    assert.same("token=r3f.erence-token_~1&token_type_hint=access_token&client_id=gate%20way&client_secret=s%2Bcr%3Aet", fake.calls[1].body)
    assert.is_nil(fake.calls[1].headers.Authorization)
  end)

  it("takes the token from the cookie, takes the cookie off, and holds to the rule against other sites", function()
    local jwt = tokens.make()
    answers(active({ jwt = jwt }))
    local request = host.request({ headers = { Cookie = "a=1; c=" .. opaque, ["X_Auth_Subject"] = "evil" } })
    assert.is_nil(host.access(plugin, config({ cookie = "c" }), request))
    assert.same({ Host = "127.0.0.1:8000", Authorization = "Bearer " .. jwt, Cookie = "a=1" }, request.headers)
    request = host.request({ method = "POST", headers = { Cookie = "c=" .. opaque, Origin = "https://evil.example" } })
    assert.same(403, host.access(plugin, config({ cookie = "c" }), request).status)
  end)

  it("refuses a token by value without asking, and introspects it when told so", function()
    answers(active())
    for _, token in ipairs({ tokens.make(), "a.b.c", "a..c", "a.b.", "a.b.c.d.e" }) do assert.same(invalid, (send(nil, token))) end
    assert.same(0, #fake.calls)
    assert.is_nil((send({ by_value = "introspect" }, tokens.make())))
    assert.same(1, #fake.calls)
    for _, token in ipairs({ "a.b.c", "a..c", tokens.make() .. ".", tokens.make() .. "=" }) do
      assert.same(invalid, (send({ by_value = "introspect" }, token)))
    end
    assert.same(1, #fake.calls)
  end)

  it("refuses what cannot be a token, and what is too long, without asking", function()
    answers(active())
    for _, token in ipairs({ "a b", "a,b", "a\"b", "=", "\195\169", string.rep("a", 4097) }) do assert.same(invalid, (send(nil, token))) end
    assert.same(401, (send(nil, nil, { headers = { Authorization = "Basic x" } })).status)
    assert.same(400, (send(nil, nil, { query = "access_token=x" })).status)
    assert.same(0, #fake.calls)
  end)
end)

describe("the phantom token plugin and an audience in a list", function()
  it("finds it in any place", function()
    answers(active({ aud = { "billing", tokens.audience } }))
    assert.is_nil((send()))
  end)
end)

describe("the phantom token plugin refuses with 401", function()
  local cases = {
    ["an inactive token"] = { body = '{"active":false}' },
    ["a token of another issuer"] = active({ iss = "https://evil.example" }),
    ["a token without an issuer"] = active({ iss = tokens.absent }),
    ["a token for another audience"] = active({ aud = { "billing", "account" } }),
    ["a token that is bound to a key"] = active({ cnf = { jkt = "thumbprint" } }),
    ["a token that is bound to a certificate"] = active({ cnf = { ["x5t#S256"] = "thumbprint" } }),
    ["a token without an audience"] = active({ aud = tokens.absent }),
    ["an audience that only contains the name"] = active({ aud = "orders-admin" }),
    ["a token that has ended"] = active({ exp = host.now }),
    ["a token without an end"] = active({ exp = tokens.absent }),
    ["an end that is text"] = active({ exp = "1795229999" }),
  }
  for name, behaviour in pairs(cases) do
    it(name, function()
      answers(behaviour)
      assert.same(invalid, (send()))
    end)
  end
end)

describe("the phantom token plugin answers 503, and lets nobody pass,", function()
  local cases = {
    ["when nothing listens"] = { refuse = "connection refused" },
    ["when the answer does not come in time"] = { hang = true },
    ["when its own credentials are refused"] = { status = 401, body = '{"error":"invalid_client"}' },
    ["when it may not ask"] = { status = 403, body = active().body },
    ["when the endpoint fails"] = { status = 500, body = active().body },
    ["when the endpoint has moved"] = { status = 302, body = "" },
    ["when the answer is no JSON"] = { body = "<html>" },
    ["when active is text"] = { body = (string.gsub(active().body, '"active":true', '"active":"true"')) },
    ["when active is missing"] = { body = "{}" },
    ["when active is said twice"] = { body = '{"active":false,' .. string.sub(active().body, 2) },
    ["when no jwt comes"] = active({ jwt = tokens.absent }),
    ["when the answer is about another token than its jwt"] = active({ jti = "j-2" }),
    ["when the answer is about another person than its jwt"] = active({ sub = "user-2" }),
    ["when the jwt is about another person than the answer"] = active({ sub = "user-1", jwt = tokens.make({ sub = "user-2" }) }),
    ["when the jwt is of another issuer than the answer"] = active({ jwt = tokens.make({ iss = "https://evil.example" }) }),
    ["when the jwt holds no claims"] = active({ jwt = "e30.W10.AA" }),
    ["when the answer is no JSON by its type"] = { body = active().body, headers = { ["Content-Type"] = "text/html" } },
    ["when the answer has no type"] = { body = active().body, headers = {} },
    ["when the jwt is no jwt"] = active({ jwt = "x\r\nX: 1" }),
    ["when the answer is too long"] = { body = active().body .. string.rep(" ", 70000) },
  }
  for name, behaviour in pairs(cases) do
    it(name, function()
      answers(behaviour)
      assert.same(unavailable, (send()))
    end)
  end

  it("when the answer is about another token than the one it was asked about", function()
    local asked = tokens.make({ jti = "j-2" })
    answers(active({ jti = "j-1", jwt = tokens.make() }))
    assert.same(unavailable, (send({ by_value = "introspect" }, asked)))
    answers(active({ jti = "j-2", jwt = asked }))
    host.clear_cache()
    assert.is_nil((send({ by_value = "introspect" }, asked)))
  end)

  it("when the endpoint is not https, without sending a secret to it", function()
    answers(active())
    local plain = { introspection_url = "http://id.example/introspect" }
    assert.same(unavailable, (send(plain)))
    assert.same(0, #fake.calls)
    host.clear_cache()
    plain.allow_plain_http = true
    assert.is_nil((send(plain)))
  end)
end)

describe("the phantom token plugin's memory", function()
  it("keeps an answer for its time, and no longer than the token lives", function()
    answers(active({ exp = started + 3 }))
    assert.is_nil((send({ cache_ttl = 300 })))
    host.now = started + 2.9
    assert.is_nil((send({ cache_ttl = 300 })))
    assert.same(1, #fake.calls)
    host.now = started + 3
    assert.same(invalid, (send({ cache_ttl = 300 })))
  end)

  it("sees a revocation once its time is over", function()
    answers(active())
    assert.is_nil((send({ cache_ttl = 2 })))
    answers({ body = '{"active":false}' })
    host.now = started + 1.9
    assert.is_nil((send({ cache_ttl = 2 })))
    host.now = started + 2
    assert.same(invalid, (send({ cache_ttl = 2 })))
  end)

  it("asks every time when it may keep nothing", function()
    answers(active())
    for _ = 1, 3 do
      assert.is_nil((send({ cache_ttl = 0 })))
      host.now = host.now + 0.01
    end
    assert.same(3, #fake.calls)
  end)

  it("does not bring back what it knew when the issuer cannot be asked", function()
    answers(active())
    assert.is_nil((send({ cache_ttl = 2 })))
    host.now = started + 3
    answers({ refuse = "connection refused" })
    assert.same(unavailable, (send({ cache_ttl = 2 })))
  end)

  it("recovers soon after the issuer is back", function()
    answers({ hang = true })
    assert.same(unavailable, (send()))
    answers(active())
    host.now = started + 0.3
    assert.is_nil((send()))
  end)

  it("keeps answers of different gateways, audiences and tokens apart, and no token in its keys", function()
    answers(active())
    assert.is_nil((send()))
    assert.is_nil((send(nil, "another")))
    assert.is_nil((send({ client_id = "other" })))
    assert.same(invalid, (send({ audience = "billing" })))
    local keys = host.clear_cache()
    assert.same(4, #keys)
    for _, key in ipairs(keys) do assert.is_nil(string.find(key, opaque, 1, true)) end
  end)

  it("remembers an inactive token for its time, and counts it once", function()
    answers({ body = '{"active":false}' })
    local request = { client_ip = "198.51.101." .. address }
    for _ = 1, 5 do assert.same(invalid, (send({ max_failures_per_minute = 2, negative_ttl = 9 }, nil, request))) end
    assert.same(1, #fake.calls)
    assert.same(invalid, (send({ max_failures_per_minute = 2 }, "second", request)))
    assert.same(429, (send({ max_failures_per_minute = 2 }, "third", request)).status)
    host.now = started + 9
    assert.same(429, (send({ max_failures_per_minute = 2, negative_ttl = 9 }, nil, request)).status)
  end)

  it("sets no bound when told so", function()
    answers({ body = '{"active":false}' })
    for index = 1, 300 do assert.same(401, (send({ max_failures_per_minute = 0 }, "t" .. index, { client_ip = "198.51.102.1" })).status) end
  end)

  it("counts in a table that does not grow with the number of addresses", function()
    local failures = require "kong.plugins.authctl-phantom-token.failures"
    local now = started + 1000
    failures.may_ask("x", 1, now)
    for index = 1, 9999 do failures.count("a" .. index, now) end
    assert.same({ false, true }, { failures.may_ask("a1", 1, now), failures.may_ask("other", 1, now) })
    failures.count("a1", now)
    failures.count("last", now)
    assert.same(true, failures.may_ask("a1", 1, now))
  end)

  it("begins anew after a minute, and when the clock goes back", function()
    local failures = require "kong.plugins.authctl-phantom-token.failures"
    local now = started + 2000
    failures.may_ask("x", 1, now)
    failures.count("x", now)
    assert.same({ false, false }, { failures.may_ask("x", 1, now), failures.may_ask("x", 1, now + 59) })
    assert.same(true, failures.may_ask("x", 1, now + 60))
    failures.count("x", now + 60)
    assert.same(true, failures.may_ask("x", 1, now + 1))
  end)

  it("says in the log what is an error of the gateway's, and what is a refusal", function()
    answers({ hang = true })
    send()
    host.now = started + 1
    answers({ body = '{"active":false}' })
    send()
    assert.same({ "err: refused: introspection: timeout", "info: refused: inactive" }, host.take_log())
  end)

  it("asks about a bounded number of unknown tokens per address and minute, and still serves those it knows", function()
    answers(active())
    local request = { client_ip = "198.51.100." .. address }
    assert.is_nil((send({ max_failures_per_minute = 5, cache_ttl = 300 }, "good", request)))
    answers({ body = '{"active":false}' })
    local statuses = {}
    for index = 1, 8 do statuses[index] = send({ max_failures_per_minute = 5 }, "guess" .. string.rep("x", index), request).status end
    assert.same({ 401, 401, 401, 401, 401, 429, 429, 429 }, statuses)
    assert.same(6, #fake.calls)
    assert.is_nil((send({ max_failures_per_minute = 5, cache_ttl = 300 }, "good", request)))
    assert.same(401, send({ max_failures_per_minute = 5 }, "elsewhere", { client_ip = "203.0.113.9" }).status)
    host.now = started + 61
    assert.same(401, send({ max_failures_per_minute = 5 }, "later", request).status)
  end)
end)

describe("the JWT behind the token", function()
  it("does not go back to the client in a header", function()
    local jwt = tokens.make()
    answers(active({ jwt = jwt }))
    local _, request = send()
    local answer = { status = 200, source = "service", headers = {
      ["X-Echo"] = "Bearer " .. jwt, ["Set-Cookie"] = { "a=1", "t=" .. jwt }, ["X-Claims"] = string.match(jwt, "%.(.*)%."), Vary = "x",
    } }
    assert.same({ Vary = "x" }, host.header_filter(plugin, config(), request, answer).headers)
  end)

  it("is no concern of an answer to a request that was refused", function()
    local answer = { status = 401, source = "exit", headers = { Vary = "x" } }
    assert.same({ Vary = "x" }, host.header_filter(plugin, config(), host.request(), answer).headers)
  end)
end)
