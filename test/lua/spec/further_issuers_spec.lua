local fake = require "support.fake_http"
local pkey = require "support.fake_pkey"
local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local guard = "authctl-token-guard"
local started = host.now
local partner, broker = "https://id.partner.example/realms/agencies", "https://id.broker.example/"

local function modulus(letter) return host.base64url("\255" .. string.rep(letter, 254) .. "\1") end
local function rsa(letter, alg) return { kid = tokens.kid, kty = "RSA", use = "sig", alg = alg or "RS256", n = modulus(letter), e = "AQAB" } end
local function set(...) return cjson.encode({ keys = { ... } }) end

--- By host: what is published there. All three have a key of the one id.
local published

local function further(given)
  local one = { issuer = partner, jwks_url = "https://id.partner.example/certs", jwks_allow_plain_http = false, audience = tokens.audience,
    audience_claim = "aud", clients = {}, algorithms = { "RS256" }, typeless = false, token_types = { "Bearer" }, token_type_claim = "typ" }
  for name, value in pairs(given or {}) do one[name] = value end
  return one
end

local function config(given)
  local of_broker = further({ issuer = broker, jwks_url = "https://id.broker.example/certs", audience = "its-client", audience_claim = "client_id",
    clients = { "its-client" }, algorithms = { "RS512" }, typeless = true, token_types = { "access" }, token_type_claim = "token_use" })
  local base = { issuer = tokens.issuer, audience = tokens.audience, keys = "followed", jwks_url = "https://id.example/realms/shop/certs",
    clients = { "storefront" }, further_issuers = { further(), of_broker } }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(guard, base)
end

local function send(claims, header, given)
  local request = host.request()
  request.headers.Authorization = "Bearer " .. tokens.make(claims, header)
  return host.access(guard, config(given), request), request
end

local function status(...)
  local refused = send(...)
  return refused and refused.status or 200
end

local function of_partner(given)
  local claims = { iss = partner, azp = "agency" }
  for name, value in pairs(given or {}) do claims[name] = value end
  return claims
end

--- Whose key was asked last: the letter of its modulus.
local function asked()
  local last = pkey.asked[#pkey.asked]
  for _, letter in ipairs { "o", "p", "b" } do
    if last and cjson.decode(last.jwk).n == modulus(letter) then return letter end
  end
  return nil
end

before_each(function()
  fake.reset()
  pkey.reset()
  host.clear_cache()
  host.take_log()
  ngx.shared.kong:flush_all()
  host.new_worker()
  host.now = started
  published = { ["id.example"] = set(rsa("o")), ["id.partner.example"] = set(rsa("p")), ["id.broker.example"] = set(rsa("b", "RS512")) }
  fake.server = function(question)
    if question.connecting then return nil end
    local body = published[question.options and question.options.ssl_server_name or ""]
    return body and { body = body } or { status = 500 }
  end
end)

describe("further issuers", function()
  it("have their tokens judged with their own key of an id that all have", function()
    assert.equal(200, status())
    assert.equal("o", asked())
    assert.equal(200, status(of_partner()))
    assert.equal("p", asked())
    local of_broker = { iss = broker, aud = tokens.absent, azp = tokens.absent, client_id = "its-client", typ = tokens.absent, token_use = "access" }
    assert.equal(200, status(of_broker, { alg = "RS512", typ = tokens.absent }))
    assert.equal("b", asked())
  end)

  it("are told apart letter by letter, and whoever names another is refused without a question to anybody", function()
    for _, iss in ipairs { partner .. "/", string.upper(partner), "https://evil.example", "", 1, { partner }, { tokens.issuer, partner } } do
      assert.equal(401, status(of_partner({ iss = iss })))
    end
    assert.equal(401, status(of_partner({ iss = tokens.absent })))
    assert.same({ 0, 0 }, { #fake.calls, #pkey.asked })
  end)

  it("lend nothing to each other: neither clients nor audiences, algorithms or kinds of token", function()
    -- The one issuer's clients are not asked for of theirs, nor theirs of it.
    assert.equal(401, status({ azp = "agency" }))
    assert.equal(200, status(of_partner({ azp = "anybody" })))
    -- Only the broker's tokens name their client in the place of an audience, of another kind and by another algorithm.
    assert.equal(401, status(of_partner({ aud = tokens.absent, client_id = "its-client", azp = tokens.absent })))
    assert.equal(401, status(of_partner({ typ = tokens.absent, token_use = "access" })))
    assert.equal(401, status(of_partner(), { alg = "RS512" }))
    assert.equal(401, status(of_partner(), { typ = tokens.absent }))
    assert.equal(401, status({ iss = broker }))
    assert.equal(401, status(of_partner({ aud = "invoices" })))
    -- Of all these one token came as far as a key, and that was theirs.
    assert.same({ 1, "p" }, { #pkey.asked, asked() })
  end)

  it("are believed by a key that holds, and by none that the token was signed with elsewhere", function()
    pkey.holds = function(question) return cjson.decode(question.jwk).n == modulus("o") end
    assert.equal(401, status(of_partner()))
    assert.equal(200, status())
    pkey.holds = function(question) return cjson.decode(question.jwk).n == modulus("p") end
    assert.equal(200, status(of_partner()))
    assert.equal(401, status())
  end)

  it("may be away while the others go on", function()
    published["id.partner.example"] = nil
    assert.equal(503, status(of_partner()))
    assert.equal(200, status())
    published["id.partner.example"], published["id.example"] = set(rsa("p")), nil
    host.now = host.now + 20
    assert.equal(200, status(of_partner()))
  end)

  it("have scopes here, and no role, no sign-in and no name", function()
    local function scope(claims, given)
      local refused, request = send(claims)
      assert.is_nil(refused)
      return host.access("authctl-scope-guard", host.config("authctl-scope-guard", given), request), request
    end
    assert.is_nil((scope(of_partner(), { scopes = { "orders:read" } })))
    assert.equal(403, scope(of_partner({ scope = "openid" }), { scopes = { "orders:read" } }).status)
    assert.is_nil((scope(nil, { roles = { "customer" } })))
    assert.equal(403, scope(of_partner(), { roles = { "customer" } }).status)
    assert.equal(401, scope(of_partner({ acr = "1" }), { acr = { "1" } }).status)
    assert.equal(401, scope(of_partner({ auth_time = host.now }), { max_age = 60 }).status)
    local _, request = scope(of_partner(), { identity_headers = true })
    assert.is_nil(request.headers["X-Auth-Subject"])
    _, request = scope(nil, { identity_headers = true })
    assert.equal("user-1", request.headers["X-Auth-Subject"])
  end)

  it("are unknown to a policy, which is not asked", function()
    local _, request = send(of_partner())
    local before = #fake.calls
    local opa = host.config("authctl-opa", { url = "https://opa.example", decision = "shop/authz" })
    assert.equal(403, host.access("authctl-opa", opa, request).status)
    assert.equal(before, #fake.calls)
  end)

  it("count for nothing where Kong holds the keys", function()
    assert.equal(401, status(of_partner(), nil, { keys = "pinned" }))
  end)
end)
