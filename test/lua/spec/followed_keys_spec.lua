local fake = require "support.fake_http"
local pkey = require "support.fake_pkey"
local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local guard = "authctl-token-guard"
local address = "https://id.example/realms/shop/certs"
local started = host.now

--- A number of bytes as base64url, its first and its last bit set, as of a modulus.
local function modulus(bytes) return host.base64url("\255" .. string.rep("m", bytes - 2) .. "\1") end
local function rsa(kid, given)
  local key = { kid = kid, kty = "RSA", use = "sig", alg = "RS256", n = modulus(256), e = "AQAB" }
  for name, value in pairs(given or {}) do
    if value == tokens.absent then key[name] = nil else key[name] = value end
  end
  return key
end
local function coordinate(bytes) return host.base64url(string.rep("c", bytes)) end
local function set(...) return cjson.encode({ keys = { ... } }) end

--- The issuer's answer from now on; every question is in fake.calls.
local published
local function answers(behaviour) published = behaviour end
local function publishes(...) answers({ body = set(...) }) end

local function config(given)
  local base = { issuer = tokens.issuer, audience = tokens.audience, keys = "followed", jwks_url = address }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(guard, base)
end

local function send(given, header, claims, bytes)
  local request = host.request()
  request.headers.Authorization = "Bearer " .. tokens.make(claims, header, bytes)
  return host.access(guard, config(given), request), request
end

local function status(...)
  local refused = send(...)
  return refused and refused.status or 200
end

local function log() return table.concat(host.take_log(), "\n") end

before_each(function()
  fake.reset()
  pkey.reset()
  host.clear_cache()
  host.take_log()
  ngx.shared.kong:flush_all()
  host.new_worker()
  host.now, host.meanwhile = started, nil
  fake.server = function(asked)
    if asked.connecting then return published.refuse and published or nil end
    return published
  end
  publishes(rsa(tokens.kid))
end)
after_each(function() host.now, host.meanwhile = started, nil end)

describe("keys that follow", function()
  it("let a token pass that a published key has signed, and the scope guard takes it for verified", function()
    local refused, request = send()
    assert.is_nil(refused)
    assert.is_nil(host.access("authctl-scope-guard", host.config("authctl-scope-guard", { scopes = { "orders:read" } }), request))
    local asked = pkey.asked[1]
    local header, payload, signature = string.match(tokens.make(), "^([^.]+)%.([^.]+)%.([^.]+)$")
    assert.same({ header .. "." .. payload, string.rep("s", 256), "sha256" }, { asked.signed, asked.signature, asked.digest })
    assert.equal(host.base64url(string.rep("s", 256)), signature)
    assert.same({ kty = "RSA", n = modulus(256), e = "AQAB" }, cjson.decode(asked.jwk))
  end)

  it("are fetched once, over verified TLS, on a connection of their own, and nothing of the request goes along", function()
    for _ = 1, 20 do assert.equal(200, status()) end
    assert.equal(1, #fake.calls)
    local call = fake.calls[1]
    assert.same({ method = "GET", path = "/realms/shop/certs", headers = { Accept = "application/json, application/jwk-set+json" },
      timeouts = { 2000, 2000, 2000 } }, { method = call.method, path = call.path, headers = call.headers, timeouts = call.timeouts })
    assert.same({ true, "id.example", 443, "https" },
      { call.options.ssl_verify, call.options.ssl_server_name, call.options.port, call.options.scheme })
    assert.equal(1, pkey.made)
    assert.truthy(string.find(log(), "notice: keys of the issuer: " .. tokens.kid, 1, true))
  end)

  it("refuse what none of them has signed, and no plugin behind takes it for verified", function()
    pkey.holds = function() return false end
    local refused, request = send()
    assert.equal(401, refused.status)
    assert.is_nil(request.shared.authctl_token)
  end)

  it("are not believed of a table that somebody else put in the place of the guard's", function()
    local _, request = send()
    request.shared.authctl_token = { claims = request.shared.authctl_token.claims, kid = tokens.kid, raw = "x", relay = "none" }
    assert.equal(401, host.access("authctl-scope-guard", host.config("authctl-scope-guard"), request).status)
  end)

  it("are shared by the workers of a node", function()
    assert.equal(200, status())
    host.new_worker()
    assert.equal(200, status())
    assert.equal(1, #fake.calls)
  end)

  it("are fetched anew when they are old, and one that was withdrawn is refused from then on", function()
    assert.equal(200, status())
    publishes(rsa("another"))
    host.now = started + 299
    assert.equal(200, status())
    host.now = started + 300
    assert.equal(401, status())
    assert.equal(200, status(nil, { kid = "another" }))
    assert.equal(2, #fake.calls)
  end)

  it("take a new one up at once when nobody has asked within the cool-down", function()
    assert.equal(200, status())
    host.now = started + 60
    publishes(rsa(tokens.kid), rsa("new"))
    assert.equal(200, status(nil, { kid = "new" }))
    assert.equal(2, #fake.calls)
  end)

  it("cost one fetch per cool-down however many unknown ids are sent, and a new key is seen by the end of it", function()
    assert.equal(200, status())
    host.now = started + 10
    for index = 1, 1000 do
      assert.equal(401, status(nil, { kid = "random-" .. index }))
      host.now = host.now + 0.009
    end
    assert.equal(2, #fake.calls)
    publishes(rsa(tokens.kid), rsa("new"))
    assert.equal(401, status(nil, { kid = "new" }))
    host.now = started + 20
    assert.equal(401, status(nil, { kid = "random" }))
    assert.equal(200, status(nil, { kid = "new" }))
    assert.equal(3, #fake.calls)
  end)

  it("cost one fetch per cool-down over all workers of a node", function()
    assert.equal(200, status())
    host.now = started + 10
    for index = 1, 8 do
      host.new_worker()
      assert.equal(401, status(nil, { kid = "random-" .. index }))
    end
    assert.equal(2, #fake.calls)
  end)

  it("make a request with a new key wait for the one that is asking, and pass", function()
    assert.equal(200, status())
    host.now = started + 60
    -- Another worker has begun to ask, and is done 30 ms later.
    ngx.shared.kong:set("authctl-jwks-gate:" .. address, "asking", 10)
    host.meanwhile = function()
      if host.now < started + 60.03 then return end
      host.meanwhile = nil
      local text = set(rsa(tokens.kid), rsa("new"))
      ngx.shared.kong:set("authctl-jwks:" .. address, string.format("%.3f\n%s", host.now, text), 60)
      ngx.shared.kong:set("authctl-jwks-at:" .. address, tonumber(string.format("%.3f", host.now)), 60)
      ngx.shared.kong:set("authctl-jwks-gate:" .. address, "asked", 10)
    end
    assert.equal(200, status(nil, { kid = "new" }))
    assert.equal(1, #fake.calls)
  end)

  it("make nobody wait for longer than asking may take, nor a good token at all", function()
    assert.equal(200, status())
    host.now = started + 299
    ngx.shared.kong:set("authctl-jwks-gate:" .. address, "asking", 1000)
    local before = host.now
    assert.equal(200, status())
    assert.equal(before, host.now)
    assert.equal(401, status(nil, { kid = "unknown" }))
    assert.is_true(host.now - before < 8.2)
  end)

  it("hold for as long as is stated while the issuer is away; unknown ones are refused", function()
    assert.equal(200, status(nil, nil, { exp = started + 9000 }))
    answers({ refuse = "connection refused" })
    for minute = 6, 16 do
      host.now = started + 60 * minute
      assert.equal(200, status(nil, nil, { exp = started + 9000 }))
      assert.equal(401, status(nil, { kid = "unknown" }, { exp = started + 9000 }))
    end
    local words = log()
    assert.truthy(string.find(words, "err: the keys of the issuer at " .. address .. ": connection refused", 1, true))
    host.now = started + 300 + 3600 - 0.001
    assert.equal(200, status(nil, nil, { exp = started + 9000 }))
    host.now = started + 300 + 3600
    local refused = send(nil, nil, { exp = started + 9000 })
    assert.same({ 503, "1", "no-store" }, { refused.status, refused.headers["Retry-After"], refused.headers["Cache-Control"] })
    publishes(rsa(tokens.kid))
    host.now = host.now + 10
    assert.equal(200, status(nil, nil, { exp = started + 9000 }))
  end)

  it("do not hold beyond their time when nothing stale is wanted", function()
    local given = { jwks_stale = 0 }
    assert.equal(200, status(given))
    answers({ hang = true })
    host.now = started + 300
    assert.equal(503, status(given, nil, { exp = started + 9000 }))
  end)

  it("are asked for again a second later by a node that has none, not with every request", function()
    answers({ hang = true })
    for _ = 1, 50 do assert.equal(503, status()) end
    assert.equal(1, #fake.calls)
    publishes(rsa(tokens.kid))
    host.now = started + 1
    assert.equal(200, status())
    assert.equal(2, #fake.calls)
  end)

  it("outlive a dictionary that was emptied, by what the worker has made of them", function()
    assert.equal(200, status())
    ngx.shared.kong:flush_all()
    answers({ hang = true })
    assert.equal(200, status())
    assert.equal(401, status(nil, { kid = "unknown" }))
  end)

  it("of one address are not those of another", function()
    assert.equal(200, status())
    publishes(rsa("other-issuer's"), rsa("k9"))
    assert.equal(401, status({ jwks_url = "https://other.example/certs?x=1" }))
    assert.equal("/certs?x=1", fake.calls[2].path)
    assert.equal(200, status())
  end)

  for name, behaviour in pairs({
    ["a page"] = { body = "<html>keys</html>" }, ["nothing"] = { body = "" }, ["an error"] = { status = 500, body = set(rsa("k1-Xy_9")) },
    ["a redirect"] = { status = 302, headers = { Location = "https://evil.example/certs" }, body = set(rsa("k1-Xy_9")) },
    ["a list"] = { body = "[]" }, ["an empty object"] = { body = "{}" }, ["no key"] = { body = '{"keys":[]}' },
    ["keys as an object"] = { body = '{"keys":{"a":{}}}' }, ["a key that is a text"] = { body = '{"keys":["a"]}' },
    ["a member twice"] = { body = '{"keys":[],' .. string.sub(set(rsa("k1-Xy_9")), 2) }, ["something after it"] = { body = set(rsa("k1-Xy_9")) .. "{}" },
    ["a set that is too long"] = { body = '{"keys":[' .. string.rep(" ", 300000) .. "]}" },
    ["a set that drips"] = { body = set(rsa("k1-Xy_9")), drip = 0.5 }, ["half a set"] = { body = set(rsa("k1-Xy_9")) .. string.rep(" ", 9000), broken = true },
    ["too many keys"] = { body = '{"keys":[' .. string.rep("{},", 100) .. "{}]}" }, ["a deep set"] = { body = string.rep('{"keys":', 100) },
  }) do
    it("are not taken from " .. name .. ", and a good set stays", function()
      answers(behaviour)
      assert.equal(503, status(nil, nil, { exp = started + 9000 }))
      publishes(rsa(tokens.kid))
      host.now = host.now + 5
      assert.equal(200, status(nil, nil, { exp = started + 9000 }))
      answers(behaviour)
      host.now = host.now + 400
      local calls = #fake.calls
      assert.equal(200, status(nil, nil, { exp = started + 9000 }))
      assert.equal(calls + 1, #fake.calls)
      assert.equal("/realms/shop/certs", fake.calls[#fake.calls].path)
      assert.truthy(string.find(log(), "err: the keys of the issuer at", 1, true))
    end)
  end

  it("are not fetched without TLS, unless that is said", function()
    local given = { jwks_url = "http://127.0.0.1:8080/certs" }
    assert.equal(503, status(given))
    assert.equal(0, #fake.calls)
    host.new_worker()
    ngx.shared.kong:flush_all()
    given.jwks_allow_plain_http = true
    assert.equal(200, status(given))
  end)

  it("are never looked for at an address that a token names", function()
    for _, name in ipairs({ "jku", "x5u", "jwk", "x5c" }) do
      assert.equal(401, status(nil, { [name] = "https://evil.example/certs" }))
    end
    assert.equal(401, status(nil, nil, { iss = "https://evil.example/realms/shop" }))
    assert.equal(0, #fake.calls)
  end)
end)

describe("a published key", function()
  local every = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" }
  local fits = {
    RSA = { { kty = "RSA", n = modulus(256), e = "AQAB" }, { RS256 = 256, RS384 = 256, RS512 = 256, PS256 = 256, PS384 = 256, PS512 = 256 } },
    ["RSA of 4096 bits"] = { { kty = "RSA", n = modulus(512), e = "AQAB" },
      { RS256 = 512, RS384 = 512, RS512 = 512, PS256 = 512, PS384 = 512, PS512 = 512 } },
    ["P-256"] = { { kty = "EC", crv = "P-256", x = coordinate(32), y = coordinate(32) }, { ES256 = 64 } },
    ["P-384"] = { { kty = "EC", crv = "P-384", x = coordinate(48), y = coordinate(48) }, { ES384 = 96 } },
    ["P-521"] = { { kty = "EC", crv = "P-521", x = coordinate(66), y = coordinate(66) }, { ES512 = 132 } },
    Ed25519 = { { kty = "OKP", crv = "Ed25519", x = coordinate(32) }, { EdDSA = 64 } },
    Ed448 = { { kty = "OKP", crv = "Ed448", x = coordinate(57) }, { EdDSA = 114 } },
  }
  local methods = {
    RS256 = { "sha256" }, RS384 = { "sha384" }, RS512 = { "sha512" }, PS256 = { "sha256", 6, { pss_saltlen = 32 } },
    PS384 = { "sha384", 6, { pss_saltlen = 48 } }, PS512 = { "sha512", 6, { pss_saltlen = 64 } }, ES256 = { "sha256", nil, { ecdsa_use_raw = true } },
    ES384 = { "sha384", nil, { ecdsa_use_raw = true } }, ES512 = { "sha512", nil, { ecdsa_use_raw = true } }, EdDSA = {},
  }
  for name, case in pairs(fits) do
    local key, algorithms = case[1], case[2]
    it("of " .. name .. " verifies its own algorithms and no other", function()
      key.kid = "k"
      publishes(key)
      for _, alg in ipairs(every) do
        pkey.asked = {}
        local bytes = algorithms[alg]
        assert.equal(bytes and 200 or 401, status({ algorithms = every }, { alg = alg, kid = "k" }, nil, bytes or 256), alg)
        local asked = pkey.asked[1]
        assert.same(bytes and methods[alg], asked and { asked.digest, asked.padding, asked.options })
        -- The same key, where the route takes another algorithm, and with a signature of another length.
        assert.equal(401, status({ algorithms = { alg == "RS256" and "PS256" or "RS256" } }, { alg = alg, kid = "k" }, nil, bytes or 256), alg)
        if bytes then assert.equal(401, status({ algorithms = every }, { alg = alg, kid = "k" }, nil, bytes + 1), alg) end
      end
      assert.equal(401, status({ algorithms = every }, { alg = "HS256", kid = "k" }, nil, 32))
      assert.equal(401, status({ algorithms = every }, { alg = "none", kid = "k" }, nil, 0))
    end)
  end

  it("that names its algorithm is good for no other", function()
    publishes(rsa("k", { alg = "PS256" }))
    assert.equal(401, status({ algorithms = every }, { kid = "k", alg = "RS256" }))
    assert.equal(200, status({ algorithms = every }, { kid = "k", alg = "PS256" }))
  end)

  local good = rsa("good")
  for name, key in pairs({
    ["is for encryption"] = rsa("k", { use = "enc" }), ["has another use"] = rsa("k", { use = 1 }),
    ["is for HMAC"] = { kid = "k", kty = "oct", k = "c2VjcmV0" },
    ["says it is for HMAC"] = rsa("k", { alg = "HS256" }),
    ["is of another kind"] = rsa("k", { kty = "rsa" }), ["has no kind"] = rsa("k", { kty = tokens.absent }),
    ["only signs"] = rsa("k", { key_ops = { "sign" } }), ["has operations that are no list"] = rsa("k", { key_ops = "verify" }),
    ["is private"] = rsa("k", { d = "c2VjcmV0" }), ["is half private"] = rsa("k", { p = "c2VjcmV0" }), ["is short"] = rsa("k", { n = modulus(128) }),
    ["is a bit short"] = rsa("k", { n = host.base64url("\127" .. string.rep("m", 255)) }), ["is endless"] = rsa("k", { n = modulus(1025) }),
    ["hides a short one behind zeros"] = rsa("k", { n = host.base64url(string.rep("\0", 200) .. string.rep("m", 100)) }),
    ["has the exponent 3"] = rsa("k", { e = "Aw" }), ["has an even exponent"] = rsa("k", { e = "AQAA" }), ["has no exponent"] = rsa("k", { e = tokens.absent }),
    ["has a long exponent"] = rsa("k", { e = modulus(9) }), ["has a modulus that is no text"] = rsa("k", { n = 5 }),
    ["is not base64url"] = rsa("k", { n = modulus(256) .. "=" }),
    ["has no known curve"] = { kid = "k", kty = "EC", crv = "secp256k1", x = coordinate(32), y = coordinate(32) },
    ["is of a curve of another kind"] = { kid = "k", kty = "EC", crv = "Ed25519", x = coordinate(32), y = coordinate(32) },
    ["lacks a coordinate"] = { kid = "k", kty = "EC", crv = "P-256", x = coordinate(32) },
    ["has a long coordinate"] = { kid = "k", kty = "EC", crv = "P-256", x = coordinate(33), y = coordinate(32) },
    ["agrees on keys"] = { kid = "k", kty = "OKP", crv = "X25519", x = coordinate(32) },
  }) do
    it("that " .. name .. " is left out, and the others are taken", function()
      publishes(key, good)
      for _, alg in ipairs({ "RS256", "ES256", "EdDSA" }) do
        assert.equal(401, status({ algorithms = every }, { alg = alg, kid = "k" }, nil, alg == "RS256" and 256 or 64))
      end
      assert.equal(0, #pkey.asked)
      assert.equal(200, status({ algorithms = every }, { kid = "good" }))
    end)
  end

  it("with operations takes the one it needs", function()
    publishes(rsa("k", { key_ops = { "encrypt", "verify" }, use = tokens.absent }))
    assert.equal(200, status(nil, { kid = "k" }))
  end)

  it("under an id that another has, too, is not taken, nor is the other", function()
    publishes(rsa("k"), rsa("k", { n = modulus(384) }), good)
    assert.equal(401, status(nil, { kid = "k" }))
    assert.equal(200, status(nil, { kid = "good" }))
    publishes(rsa("k"), rsa("k"), rsa("k"), good)
    host.now = started + 300
    assert.equal(401, status(nil, { kid = "k" }))
  end)

  it("without an id, or with one that no token may have, is never looked for", function()
    publishes(rsa(nil), rsa("a b"), rsa(5), rsa(string.rep("k", 256)), good)
    for _, kid in ipairs({ "a b", 5, string.rep("k", 256), tokens.absent }) do assert.equal(401, status(nil, { kid = kid })) end
    assert.equal(200, status(nil, { kid = "good" }))
  end)

  it("that OpenSSL does not take refuses its tokens, and is not read again for each", function()
    pkey.unreadable = "point is not on curve"
    for _ = 1, 5 do assert.equal(401, status()) end
    assert.equal(1, pkey.made)
  end)
end)
