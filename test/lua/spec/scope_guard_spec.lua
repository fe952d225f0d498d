local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local absent = tokens.absent

--- A request that has come through the token guard and jwt.
local function arrived(claims, guard_config)
  local base = { issuer = tokens.issuer, audience = tokens.audience }
  for name, value in pairs(guard_config or {}) do base[name] = value end
  local token = tokens.make(claims)
  local request = host.request({ headers = { Authorization = "Bearer " .. token } })
  assert.is_nil(host.access("authctl-token-guard", host.config("authctl-token-guard", base), request))
  assert.is_true(tokens.jwt(request, { [token] = true }))
  return request
end

local function answer(config, request)
  return host.access("authctl-scope-guard", host.config("authctl-scope-guard", config), request)
end

local function forbidden(challenge)
  return { status = 403, body = { message = "Forbidden" }, headers = { ["Cache-Control"] = "no-store", ["WWW-Authenticate"] = challenge } }
end

describe("the scope guard", function()
  it("asks for every scope, in text or in a list", function()
    local both = { scopes = { "orders:read", "orders:write" } }
    assert.is_nil(answer(both, arrived()))
    assert.is_nil(answer(both, arrived({ scope = { "orders:write", "orders:read" } })))
    assert.is_nil(answer(both, arrived({ scope = absent, scp = "orders:write orders:read" })))
    assert.is_nil(answer(both, arrived({ scope = absent, scp = { "orders:write", "orders:read" } })))
    local refused = forbidden('Bearer error="insufficient_scope", scope="orders:read orders:write"')
    for name, scope in pairs({ one = "orders:read", none = "", case = "ORDERS:READ ORDERS:WRITE", inside = "xorders:read orders:writex",
        tab = "orders:read\torders:write", number = 1, object = { a = "orders:read" }, nested = { { "orders:read" }, { "orders:write" } },
        null = cjson.null, missing = absent, joined = { "orders:read orders:write" } }) do
      assert.same(refused, answer(both, arrived({ scope = scope })), name)
    end
  end)

  it("does not add scp to scope", function()
    assert.same(403, answer({ scopes = { "orders:write" } }, arrived({ scope = "orders:read", scp = "orders:write" })).status)
  end)

  it("asks for one of the realm roles, and for nobody else's roles", function()
    local roles = { roles = { "admin", "customer" } }
    assert.is_nil(answer(roles, arrived()))
    local refused = forbidden('Bearer error="insufficient_scope"')
    for name, claims in pairs({ other = { realm_access = { roles = { "support" } } }, client = { realm_access = absent,
        resource_access = { orders = { roles = { "admin" } } } }, user = { realm_access = absent, roles = { "admin" } },
        text = { realm_access = { roles = "admin" } },
        list = { realm_access = { "admin" } }, map = { realm_access = { roles = { admin = true } } }, none = { realm_access = absent },
        null = { realm_access = cjson.null } }) do
      assert.same(refused, answer(roles, arrived(claims)), name)
    end
  end)

  it("takes only the credentials of the consumer it is told", function()
    assert.is_nil(answer({ consumer_username = "issuer" }, arrived()))
    assert.same(401, answer({ consumer_username = "shop.issuer" }, arrived()).status)
    local nobody = arrived()
    nobody.consumer = nil
    assert.same(401, answer({ consumer_username = "issuer" }, nobody).status)
  end)

  it("asks for nothing when nothing is wanted, and refuses everybody when told so", function()
    assert.is_nil(answer({}, arrived({ scope = absent, realm_access = absent })))
    assert.same(forbidden(nil), answer({ deny_all = true }, arrived()))
  end)

  it("takes the token off unless the header is relayed", function()
    for relay, kept in pairs({ none = false, cookie = false, header = true }) do
      local request = arrived(nil, { relay = relay })
      assert.is_nil(answer({}, request))
      assert.same(kept, request.headers.Authorization ~= nil)
    end
  end)

  it("sends no client upstream when a token names two", function()
    local request = arrived({ client_id = "reports" })
    assert.is_nil(answer({ identity_headers = true }, request))
    assert.same({ "user-1", nil }, { request.headers["X-Auth-Subject"], request.headers["X-Auth-Client"] })
  end)

  it("sends the identity upstream when asked, with nothing that could end a header or a list", function()
    local request = arrived({ sub = "J\195\188rgen, \"x\"%", scope = "a b", realm_access = { roles = { "a,b", "c d", "e\r\nX: 1", "plain" } }, azp = absent })
    assert.is_nil(answer({ identity_headers = true }, request))
    request.headers.Host = nil
    assert.same({
      ["X-Auth-Subject"] = 'J%C3%BCrgen%2C%20"x"%25', ["X-Auth-Scope"] = "a b", ["X-Auth-Roles"] = "a%2Cb,c%20d,e%0D%0AX:%201,plain",
    }, request.headers)
  end)
end)

describe("the scope guard believes no token that jwt did not verify", function()
  local refused = {
    status = 401, body = { message = "Unauthorized" },
    headers = {
      ["Cache-Control"] = "no-store",
      ["WWW-Authenticate"] = 'Bearer error="invalid_token", error_description="The access token is not acceptable here"',
    },
  }

  it("as when no plugin ran before it", function()
    assert.same(refused, answer({}, host.request()))
  end)

  it("as when jwt let the request in as anonymous, or is not there", function()
    local request = arrived()
    request.credential = nil
    assert.same(refused, answer({}, request))
  end)

  it("as when another credential authenticated", function()
    local request = arrived()
    request.credential = { key = "another" }
    assert.same(refused, answer({}, request))
  end)

  it("as when jwt verified another text", function()
    local request = arrived()
    request.shared.authenticated_jwt_token = request.shared.authctl_token.raw .. "A"
    assert.same(refused, answer({}, request))
    request.shared.authenticated_jwt_token = nil
    assert.same(refused, answer({}, request))
  end)

  it("as when the guard left nothing of use", function()
    for _, left in ipairs({ "text", true, {}, { claims = "x" } }) do
      local request = arrived()
      request.shared.authctl_token = left
      assert.same(refused, answer({}, request))
    end
  end)
end)

describe("the scope guard asks for a sign-in", function()
  local demand = { acr = { "silver", "gold" }, max_age = 300 }
  local function weak(description)
    return {
      status = 401,
      body = { message = "Unauthorized" },
      headers = {
        ["Cache-Control"] = "no-store",
        ["WWW-Authenticate"] = 'Bearer error="insufficient_user_authentication", error_description="' .. description ..
          '", acr_values="silver gold", max_age="300"',
      },
    }
  end

  it("that is strong and recent", function()
    assert.is_nil(answer(demand, arrived({ acr = "silver", auth_time = host.now - 310 })))
    assert.is_nil(answer(demand, arrived({ acr = "gold", auth_time = host.now })))
    assert.same(weak("A stronger sign-in is needed"), answer(demand, arrived({ acr = "bronze", auth_time = host.now })))
    assert.same(weak("A more recent sign-in is needed"), answer(demand, arrived({ acr = "gold", auth_time = host.now - 311 })))
    assert.same(weak("A more recent sign-in is needed"), answer(demand, arrived({ acr = "gold", auth_time = absent })))
  end)

  it("last of all", function()
    local wanting = { acr = { "gold" }, scopes = { "orders:delete" } }
    assert.same(403, answer(wanting, arrived({ acr = "bronze" })).status)
    assert.same(403, answer({ acr = { "gold" }, roles = { "nobody" } }, arrived({ acr = "bronze" })).status)
  end)
end)
