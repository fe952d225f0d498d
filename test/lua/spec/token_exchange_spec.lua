local fake = require "support.fake_http"
local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local plugin = "authctl-phantom-token"
local started = host.now
local grant = "urn:ietf:params:oauth:grant-type:token-exchange"
local access_token = "urn:ietf:params:oauth:token-type:access_token"
local number = 0

--- An issuer that no worker remembers anything of: what it does not offer is remembered for a minute.
local function config(given)
  local base = {
    obtain = "auto", exchange_url = "https://id.example/" .. number .. "/token", introspection_url = "https://id.example/introspect",
    client_id = "gateway", client_secret = "secret", issuer = tokens.issuer, audience = tokens.audience, by_value = "introspect",
    scopes = { "orders:read", "orders:write" },
  }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(plugin, base)
end

--- A lightweight token: who may exchange it, its scope, and nobody's name.
local function light(given)
  local claims = { aud = "gateway", sub = tokens.absent, realm_access = tokens.absent, sid = "s-1", scope = "openid orders:read billing:read" }
  for name, value in pairs(given or {}) do claims[name] = value end
  return tokens.make(claims)
end

local function full(given)
  local claims = { azp = "gateway", sid = "s-1", scope = "orders:read" }
  for name, value in pairs(given or {}) do claims[name] = value end
  return tokens.make(claims)
end

local function answer(given)
  local body = { access_token = full(), issued_token_type = access_token, token_type = "Bearer", expires_in = 35 }
  for name, value in pairs(given or {}) do
    if value == tokens.absent then body[name] = nil else body[name] = value end
  end
  return { body = cjson.encode(body) }
end

local function refusal(error, description, status)
  return { status = status or 400, body = cjson.encode({ error = error, error_description = description }) }
end

local function introspected(given)
  local body = { active = true, iss = tokens.issuer, aud = tokens.audience, exp = host.now + 300, jwt = tokens.make() }
  for name, value in pairs(given or {}) do
    if value == tokens.absent then body[name] = nil else body[name] = value end
  end
  return { body = cjson.encode(body) }
end

--- `exchange` and `introspection`: what each endpoint does.
local function server(exchange, introspection)
  fake.server = function(call)
    return string.find(call.path or "/token", "/token", 1, true) and exchange or introspection or error("nobody was to be asked by introspection")
  end
end

local function send(token, given)
  local made = host.request({ headers = { Authorization = "Bearer " .. (token or light()) } })
  return host.access(plugin, config(given), made), made
end

local function statuses(token, given)
  local refused = send(token, given)
  return refused and refused.status or 200, #fake.calls
end

before_each(function()
  fake.reset()
  host.clear_cache()
  host.take_log()
  host.now = started
  number = number + 1
end)
after_each(function() host.now = started end)

describe("token exchange", function()
  it("changes the token into a JWT for this API, which the guard takes", function()
    local jwt = full()
    server(answer({ access_token = jwt }))
    local refused, request = send()
    assert.is_nil(refused)
    assert.same("Bearer " .. jwt, request.headers.Authorization)
    assert.is_nil(host.access("authctl-token-guard", host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience }), request))
  end)

  it("asks as RFC 8693 says, with the token in the body alone, for scopes of this API alone that the token has", function()
    server(answer())
    local token = light()
    assert.is_nil((send(token)))
    local call = fake.calls[1]
    local encoded = string.gsub(access_token, ":", "%%3A")
    assert.same({
      method = "POST", path = "/" .. number .. "/token",
      body = "grant_type=" .. string.gsub(grant, ":", "%%3A") .. "&subject_token=" .. token .. "&subject_token_type=" .. encoded ..
        "&requested_token_type=" .. encoded .. "&scope=orders%3Aread",
      headers = {
        ["Content-Type"] = "application/x-www-form-urlencoded", Accept = "application/json",
        Authorization = "Basic " .. ngx.encode_base64("gateway:secret"),
      },
    }, { method = call.method, path = call.path, body = call.body, headers = call.headers })
  end)

  it("refuses without a question what cannot be exchanged for this API", function()
    server(answer())
    local cases = {
      no_scope = light({ scope = tokens.absent }), scope_of_another = light({ scope = "openid billing:read" }),
      scope_as_list = light({ scope = { "orders:read" } }), similar_scope = light({ scope = "orders:read2 ORDERS:READ" }),
      exchanged_already = full(), by_client_id = light({ azp = "x", client_id = "gateway" }), nobodys = light({ azp = tokens.absent }),
      another_issuer = light({ iss = "https://evil.example" }), ended = light({ exp = host.now }), endless = light({ exp = "never" }),
      id_token = light({ typ = "ID" }), bound = light({ cnf = { jkt = "x" } }),
    }
    for name, token in pairs(cases) do assert.same({ name, 401, 0 }, { name, statuses(token) }) end
  end)

  it("keeps the JWT no longer than the token lives, however long the JWT does", function()
    server(answer())
    local token = light({ exp = started + 3 })
    assert.is_nil((send(token, { cache_ttl = 300 })))
    host.now = started + 2.9
    assert.same({ 200, 1 }, { statuses(token, { cache_ttl = 300 }) })
    host.now = started + 3
    assert.same({ 401, 1 }, { statuses(token, { cache_ttl = 300 }) })
  end)

  it("sees a revocation once its time is over", function()
    local token = light()
    server(answer())
    assert.same({ 200, 1 }, { statuses(token, { cache_ttl = 2 }) })
    server(refusal("invalid_request", "Invalid token"))
    host.now = started + 1.9
    assert.same({ 200, 1 }, { statuses(token, { cache_ttl = 2 }) })
    host.now = started + 2
    assert.same({ 401, 2 }, { statuses(token, { cache_ttl = 2 }) })
  end)

  it("keeps the JWTs of different APIs and scopes apart", function()
    server(answer())
    local token = light()
    assert.same({ 200, 1 }, { statuses(token) })
    assert.same({ 401, 2 }, { statuses(token, { audience = "billing", scopes = { "billing:read" } }) })
    assert.same({ 401, 2 }, { statuses(token, { scopes = { "orders:write" } }) })
    assert.same({ 200, 2 }, { statuses(token) })
  end)
end)

describe("token exchange refuses with 401, and asks nothing else,", function()
  local cases = {
    ["a token that the issuer calls invalid"] = refusal("invalid_request", "Invalid token"),
    ["a token that does not name the gateway"] = refusal("access_denied", "Client is not within the token audience", 403),
    ["a grant that has ended"] = refusal("invalid_grant"),
    ["a JWT for another API"] = answer({ access_token = full({ aud = "billing" }) }),
    ["a JWT for nobody"] = answer({ access_token = full({ aud = tokens.absent }) }),
  }
  for name, behaviour in pairs(cases) do
    it(name, function()
      server(behaviour)
      assert.same({ 401, 1 }, { statuses() })
    end)
  end
end)

describe("token exchange answers 503, and lets nobody pass,", function()
  local cases = {
    ["when nothing listens"] = { refuse = "connection refused" },
    ["when the answer does not come in time"] = { hang = true },
    ["when its own credentials are refused"] = refusal("invalid_client", nil, 401),
    ["when its client may not have the scope"] = refusal("invalid_scope"),
    ["when the endpoint fails"] = { status = 500, body = answer().body },
    ["when the endpoint has moved"] = { status = 302, body = "" },
    ["when it is refused for no reason"] = { status = 400, body = "{}" },
    ["when it is refused by a page"] = { status = 403, body = "<html>", headers = { ["Content-Type"] = "text/html" } },
    ["when the answer is no JSON"] = { body = "<html>" },
    ["when the answer is no JSON by its type"] = { body = answer().body, headers = { ["Content-Type"] = "text/html" } },
    ["when no token comes"] = answer({ access_token = tokens.absent }),
    ["when a token of no kind comes"] = answer({ issued_token_type = tokens.absent }),
    ["when an ID token comes"] = answer({ issued_token_type = "urn:ietf:params:oauth:token-type:id_token" }),
    ["when a bound token comes"] = answer({ token_type = "DPoP" }),
    ["when a text comes"] = answer({ access_token = "x\r\nX: 1" }),
    ["when the JWT holds no claims"] = answer({ access_token = "e30.W10.AA" }),
    ["when the JWT is of another issuer"] = answer({ access_token = full({ iss = "https://evil.example" }) }),
    ["when the JWT is of another session"] = answer({ access_token = full({ sid = "s-2" }) }),
    ["when the JWT has a scope that nobody asked for"] = answer({ access_token = full({ scope = "orders:read orders:write" }) }),
    ["when the JWT has scopes in a list"] = answer({ access_token = full({ scope = { "orders:read" } }) }),
    ["when the JWT never ends"] = answer({ access_token = full({ exp = tokens.absent }) }),
  }
  for name, behaviour in pairs(cases) do
    it(name, function()
      server(behaviour)
      assert.same({ 503, behaviour.refuse and 0 or 1 }, { statuses() })
    end)
  end

  it("when the JWT is of another person", function()
    server(answer({ access_token = full({ sub = "user-2" }) }))
    assert.same({ 503, 1 }, { statuses(light({ sub = "user-1" })) })
  end)
end)

describe("where the issuer makes no exchange", function()
  local not_offered = {
    unsupported = refusal("unsupported_grant_type"), unauthorized = refusal("unauthorized_client"),
    words = refusal("invalid_request", "Standard token exchange is not enabled for the requested client"),
  }
  for name, behaviour in pairs(not_offered) do
    it("auto asks by introspection, and for an exchange again a minute later: " .. name, function()
      server(behaviour, introspected())
      assert.same({ 200, 2 }, { statuses(light({ jti = "1" })) })
      assert.same({ 200, 3 }, { statuses(light({ jti = "2" })) })
      host.now = started + 61
      server(answer())
      assert.same({ 200, 4 }, { statuses(light({ jti = "3" })) })
    end)

    it("exchange refuses, with the reason in the log: " .. name, function()
      server(behaviour)
      assert.same({ 503, 1 }, { statuses(nil, { obtain = "exchange" }) })
      assert.truthy(string.find(host.take_log()[1], "^err: refused: token exchange answered %w+"))
    end)
  end

  it("and introspection sends no jwt, nobody passes, and the log says both", function()
    server(not_offered.unsupported, introspected({ jwt = tokens.absent }))
    assert.same({ 503, 2 }, { statuses() })
    assert.same({ "err: refused: introspection sent no jwt: does its client allow it?; token exchange answered unsupported_grant_type" }, host.take_log())
  end)

  it("what was exchanged before is still no token of anybody's", function()
    server(not_offered.unsupported, introspected({ azp = "gateway" }))
    assert.same({ 401, 0 }, { statuses(full()) })
    assert.same({ 401, 1 }, { statuses(full(), { obtain = "introspection" }) })
  end)

  it("a text that says nothing is asked about by introspection alone", function()
    server(answer(), introspected())
    assert.same({ 200, 1 }, { statuses("r3ference-token") })
    assert.same("/introspect", fake.calls[1].path)
  end)
end)
