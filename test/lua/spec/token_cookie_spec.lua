local host = require "support.host"
local tokens = require "support.tokens"

local plugin = "authctl-token-cookie"
local own = "http://127.0.0.1:8000"

local function config(given)
  local base = { cookie = "__Host-shop" }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(plugin, base)
end

local function request(method, headers)
  local made = { Origin = own }
  for name, value in pairs(headers or {}) do made[name] = value ~= false and value or nil end
  return host.request({ method = method, headers = made })
end

--- A request that has come through the token guard and jwt.
local function arrived(token, headers, guard_config)
  local base = { issuer = tokens.issuer, audience = tokens.audience }
  for name, value in pairs(guard_config or {}) do base[name] = value end
  local sent = headers or {}
  if not sent.Cookie then sent.Authorization = "Bearer " .. token end
  local made = request("POST", sent)
  assert.is_nil(host.access("authctl-token-guard", host.config("authctl-token-guard", base), made))
  assert.is_true(tokens.jwt(made, { [token] = true }))
  return made
end

local function refused(status, message, challenge)
  return { status = status, body = { message = message }, headers = { ["Cache-Control"] = "no-store", ["WWW-Authenticate"] = challenge } }
end
local function set(line)
  return { status = 204, headers = { ["Set-Cookie"] = line, ["Cache-Control"] = "no-store" } }
end
local not_acceptable = refused(401, "Unauthorized", 'Bearer error="invalid_token", error_description="The access token is not acceptable here"')

describe("the token cookie", function()
  it("is made of a verified token, for as long as that lives", function()
    local token = tokens.make()
    local attributes = "; Max-Age=300; Path=/; Secure; HttpOnly; SameSite="
    assert.same(set("__Host-shop=" .. token .. attributes .. "Strict"), host.access(plugin, config(), arrived(token)))
    assert.same(set("__Secure-x=" .. token .. attributes .. "Lax"),
      host.access(plugin, config({ cookie = "__Secure-x", same_site = "Lax" }), arrived(token)))
  end)

  it("rounds the time that is left down, and is not made in the last second", function()
    local answer = host.access(plugin, config(), arrived(tokens.make({ exp = host.now + 1.9 })))
    assert.truthy(string.find(answer.headers["Set-Cookie"], "; Max-Age=1;", 1, true))
    assert.same(not_acceptable, host.access(plugin, config(), arrived(tokens.make({ exp = host.now + 0.9 }))))
  end)

  it("is not made of a token that nobody verified", function()
    assert.same(not_acceptable, host.access(plugin, config(), request("POST", { Authorization = "Bearer " .. tokens.make() })))
    local guarded = arrived(tokens.make())
    guarded.credential = nil
    assert.same(not_acceptable, host.access(plugin, config(), guarded))
  end)

  it("is not made of a cookie", function()
    local token = tokens.make()
    local made = arrived(token, { Cookie = "__Host-shop=" .. token }, { cookie = "__Host-shop" })
    assert.same(refused(400, "Bad request", 'Bearer error="invalid_request", error_description="Send one access token, in one place"'),
      host.access(plugin, config(), made))
  end)

  it("is made as long as browsers take it, and no longer", function()
    local function answer(bytes)
      local rest = bytes - #"__Host-shop" - #tokens.make({ padding = "" })
      -- Three bytes of a claim are four of a token: the padding is searched for.
      for length = math.floor(rest * 3 / 4) - 4, math.floor(rest * 3 / 4) + 4 do
        local token = tokens.make({ padding = string.rep("x", length) })
        if #"__Host-shop" + #token == bytes then return host.access(plugin, config(), arrived(token)) end
      end
      return nil
    end
    local fits, too_long
    for bytes = 4093, 4096 do fits = answer(bytes) or fits end
    for bytes = 4097, 4100 do too_long = answer(bytes) or too_long end
    assert.same(204, fits.status)
    assert.same(refused(431, "Request header fields too large"), too_long)
  end)

  it("is taken away without a token", function()
    assert.same(set("__Host-shop=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"), host.access(plugin, config(), request("DELETE")))
  end)

  it("is set and taken away for its own and for declared origins only", function()
    local allowed = { allowed_origins = { "https://app.example" } }
    local token = tokens.make()
    for name, headers in pairs({ foreign = { Origin = "https://evil.example" }, null = { Origin = "null" },
        site = { ["Sec-Fetch-Site"] = "cross-site" }, referer = { Origin = false, Referer = "https://evil.example/page" },
        nothing = { Origin = false }, port = { Origin = "http://127.0.0.1:8001" } }) do
      assert.same(refused(403, "Forbidden"), host.access(plugin, config(allowed), request("DELETE", headers)), name)
      assert.same(refused(403, "Forbidden"), host.access(plugin, config(allowed), arrived(token, headers)), name)
    end
    for name, headers in pairs({ declared = { Origin = "https://app.example" }, own = {}, custom = { Origin = false, ["X-Requested-With"] = "x" } }) do
      assert.same(204, host.access(plugin, config(allowed), request("DELETE", headers)).status, name)
      assert.same(204, host.access(plugin, config(allowed), arrived(token, headers)).status, name)
    end
  end)

  it("is a matter of POST and DELETE", function()
    for _, method in ipairs({ "GET", "HEAD", "PUT", "PATCH", "OPTIONS" }) do
      local answer = host.access(plugin, config(), request(method))
      assert.same({ 405, "DELETE, POST" }, { answer.status, answer.headers.Allow })
    end
  end)

  it("says no word of the token in the log", function()
    host.take_log()
    local token = tokens.make()
    host.access(plugin, config(), arrived(token, { Origin = "https://evil.example" }))
    local log = host.take_log()
    assert.same({ "info: refused: Origin is not allowed" }, log)
  end)
end)
