local fake = require "support.fake_http"
local host = require "support.host"
local tokens = require "support.tokens"

local plugin = "authctl-session"
local cookie = "__Host-shop=s3cret.signature~1"

local function config(given)
  local base = { session_url = "https://session.example/session/token", cookie = "__Host-shop" }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(plugin, base)
end

local function answers(behaviour) fake.server = function() return behaviour end end
local function knows(jwt) answers({ headers = { ["authorization"] = "Bearer " .. jwt } }) end

local function send(given, headers, request)
  local made = host.request(request)
  for name, value in pairs(headers or { Cookie = cookie }) do made.headers[name] = value end
  return host.access(plugin, config(given), made), made
end

local function refusal(status, message, challenge, extra)
  local headers = { ["Cache-Control"] = "no-store", ["WWW-Authenticate"] = challenge }
  for name, value in pairs(extra or {}) do headers[name] = value end
  return { status = status, body = { message = message }, headers = headers }
end
local missing = refusal(401, "Unauthorized", "Bearer")
local forbidden = refusal(403, "Forbidden")
local unavailable = refusal(503, "Service unavailable", nil, { ["Retry-After"] = "1" })

before_each(function()
  fake.reset()
  host.take_log()
end)

describe("the session plugin", function()
  it("changes a session's cookie into the JWT, which the guard, jwt and the scope guard then judge", function()
    local jwt = tokens.make()
    knows(jwt)
    local refused, request = send(nil, { Cookie = "theme=dark; " .. cookie })
    assert.is_nil(refused)
    assert.same({ Host = "127.0.0.1:8000", Authorization = "Bearer " .. jwt, Cookie = "theme=dark" }, request.headers)
    local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience })
    assert.is_nil(host.access("authctl-token-guard", guard, request))
    assert.is_true(tokens.jwt(request, { [jwt] = true }))
    assert.is_nil(host.access("authctl-scope-guard", host.config("authctl-scope-guard", { scopes = { "orders:read" } }), request))
  end)

  it("asks with the session's cookie, and with nothing else that the client sent", function()
    knows(tokens.make())
    assert.is_nil(send(nil, { Cookie = "theme=dark; " .. cookie, ["X-Forwarded-User"] = "root", ["Accept-Language"] = "en" }))
    local call = fake.calls[1]
    assert.same({
      method = "GET", path = "/session/token", headers = { Cookie = cookie, Accept = "application/json" }, timeouts = { 2000, 2000, 2000 },
    }, { method = call.method, path = call.path, headers = call.headers, timeouts = call.timeouts })
    assert.is_nil(call.body)
  end)

  it("refuses more claims to an identity than can be taken off, and asks nobody", function()
    knows(tokens.make())
    local headers = { Cookie = cookie }
    for index = 1, 101 do headers["X-User-" .. index] = "admin" end
    assert.equal(431, send(nil, headers).status)
    assert.equal(0, #fake.calls)
  end)

  it("asks again on every request, so that a logout counts at once", function()
    knows(tokens.make())
    assert.is_nil(send())
    answers({ status = 401 })
    assert.same(missing, (send()))
    assert.equal(2, #fake.calls)
  end)

  it("takes the token from the header that is declared, with its scheme or without", function()
    local jwt = tokens.make()
    answers({ status = 202, headers = { ["X-Auth-Request-Access-Token"] = jwt } })
    local refused, request = send({ token_header = "x-auth-request-access-token" })
    assert.same({ nil, "Bearer " .. jwt }, { refused, request.headers.Authorization })
    assert.same(unavailable, (send()))
  end)

  it("asks nobody without exactly one cookie of that name that may be a cookie", function()
    fake.server = function() error("nobody is to be asked") end
    for _, headers in ipairs({
      {}, { Cookie = "" }, { Cookie = "theme=dark" }, { Cookie = "__Host-shop=" }, { Cookie = "__host-shop=x" }, { Cookie = "x__Host-shop=x" },
      { Cookie = '__Host-shop="x"' }, { Cookie = "__Host-shop=a b" }, { Cookie = "__Host-shop=a,b" }, { Cookie = "__Host-shop=a\\b" },
      { Cookie = "__Host-shop=\195\164" }, { Cookie = "__Host-shop=" .. string.rep("x", 1025) }, { Authorization = "Bearer " .. tokens.make() },
    }) do
      assert.same(missing, (send(nil, headers)))
    end
    local two = send(nil, { Cookie = "__Host-shop=a; __Host-shop=b" })
    assert.equal(400, two.status)
    assert.equal(400, send(nil, nil, { query = "access_token=x" }).status)
  end)

  it("takes off what the client says of itself, beside a session and without one", function()
    local jwt = tokens.make()
    knows(jwt)
    local refused, request = send(nil, { Cookie = cookie, Authorization = "Bearer " .. tokens.make(), X_User = "root", ["X-Auth-Roles"] = "admin" })
    assert.same({ nil, { Host = "127.0.0.1:8000", Authorization = "Bearer " .. jwt } }, { refused, request.headers })
    local _, other = send(nil, { Authorization = "Bearer " .. tokens.make() })
    assert.is_nil(other.headers.Authorization)
  end)

  it("lets a write through only when a page of the site sent it", function()
    knows(tokens.make())
    local function write(headers)
      headers.Cookie = cookie
      return (send({ allowed_origins = { "https://app.example" } }, headers, { method = "POST" }))
    end
    assert.same(forbidden, write({ Origin = "https://evil.example" }))
    assert.same(forbidden, write({ ["Sec-Fetch-Site"] = "cross-site" }))
    assert.same(forbidden, write({ ["Content-Type"] = "text/plain" }))
    assert.is_nil(write({ Origin = "https://app.example" }))
  end)

  it("sends a browser that navigates without a session to the sign-in, and back to where it was", function()
    answers({ status = 401 })
    local html = { Accept = "text/html,*/*", ["Sec-Fetch-Mode"] = "navigate", Cookie = cookie }
    local given = { sign_in_path = "/session/login" }
    local there = { status = 302, headers = { Location = "/session/login?returnTo=%2Forders%3Fpage%3D2", ["Cache-Control"] = "no-store" } }
    assert.same(there, (send(given, html, { path = "/orders", query = "page=2" })))
    assert.same(missing, (send(given, { Accept = "application/json", Cookie = cookie })))
    assert.same(missing, (send(given, { Accept = "text/html", ["Sec-Fetch-Mode"] = "cors", Cookie = cookie })))
    assert.same(missing, (send(given, { Accept = "text/html", Authorization = "Bearer x" })))
    assert.same(missing, (send(nil, html)))
    answers({ refuse = "connection refused" })
    assert.same(unavailable, (send(given, html)))
  end)

  it("lets nobody in when the session service gives no usable answer", function()
    for _, behaviour in ipairs({
      { refuse = "connection refused" }, { hang = true }, { drop = true }, { status = 500 }, { status = 503 }, { status = 302 }, { status = 404 },
      { status = 200 }, { headers = { Authorization = "Basic eDp5" } }, { headers = { Authorization = "Bearer " } },
      { headers = { Authorization = "Bearer opaque" } }, { headers = { Authorization = { "Bearer a.b.c", "Bearer a.b.c" } } },
      { headers = { Authorization = "Bearer " .. tokens.make() }, body = string.rep("x", 20000) },
    }) do
      answers(behaviour)
      assert.same(unavailable, (send()))
    end
  end)

  it("asks over https, unless plain http is declared", function()
    knows(tokens.make())
    assert.same(unavailable, (send({ session_url = "http://session/session/token" })))
    assert.equal(0, #fake.calls)
    assert.is_nil(send({ session_url = "http://session/session/token", allow_plain_http = true }))
  end)

  it("takes the JWT off an answer that repeats it, and leaves the rest", function()
    local jwt = tokens.make()
    knows(jwt)
    local _, request = send()
    local answer = { status = 200, source = "service", headers = { ["X-Debug"] = { "token " .. jwt }, ["X-Other"] = "kept" } }
    assert.same({ ["X-Other"] = "kept" }, host.header_filter(plugin, config(), request, answer).headers)
  end)

  it("writes no cookie and no token to the log", function()
    for _, behaviour in ipairs({ { status = 401 }, { status = 500 }, { headers = { Authorization = "opaque" } } }) do
      answers(behaviour)
      send()
    end
    local log = table.concat(host.take_log(), "\n")
    assert.is_nil(string.find(log, "s3cret", 1, true))
    assert.truthy(string.find(log, "no session", 1, true))
  end)
end)
