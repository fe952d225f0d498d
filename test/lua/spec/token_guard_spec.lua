local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local guard = "authctl-token-guard"
local absent = tokens.absent

local function config(given)
  local base = { issuer = tokens.issuer, audience = tokens.audience }
  for name, value in pairs(given or {}) do base[name] = value end
  return host.config(guard, base)
end

--- As a user pool of Cognito writes it, and how the guard is told of that.
local cognito = {
  audience_claim = "client_id", audience = "4h57web", clients = { "4h57web", "6track" },
  typeless = true, token_types = { "access" }, token_type_claim = "token_use",
}
local of_cognito = { aud = absent, azp = absent, typ = absent, client_id = "4h57web", token_use = "access" }
local function with(changes)
  local claims = {}
  for name, value in pairs(of_cognito) do claims[name] = value end
  for name, value in pairs(changes) do claims[name] = value end
  return claims
end

local function bearing(token, given)
  local request = host.request(given)
  request.headers.Authorization = "Bearer " .. token
  return request
end

local invalid = {
  status = 401,
  body = { message = "Unauthorized" },
  headers = {
    ["Cache-Control"] = "no-store",
    ["WWW-Authenticate"] = 'Bearer error="invalid_token", error_description="The access token is not acceptable here"',
  },
}
local missing = {
  status = 401, body = { message = "Unauthorized" }, headers = { ["Cache-Control"] = "no-store", ["WWW-Authenticate"] = "Bearer" },
}
local twice = {
  status = 400,
  body = { message = "Bad request" },
  headers = {
    ["Cache-Control"] = "no-store",
    ["WWW-Authenticate"] = 'Bearer error="invalid_request", error_description="Send one access token, in one place"',
  },
}
local forbidden = { status = 403, body = { message = "Forbidden" }, headers = { ["Cache-Control"] = "no-store" } }

before_each(host.take_log)

describe("the token guard lets pass", function()
  local function passes(name, claims, header, given, bytes)
    it(name, function()
      local request = bearing(tokens.make(claims, header, bytes))
      assert.is_nil(host.access(guard, config(given), request))
      assert.same({ "header", header and header.kid or tokens.kid }, { request.shared.authctl_token.source, request.shared.authctl_token.kid })
    end)
  end

  passes("a plain access token")
  passes("an audience in second place of a list", { aud = { "billing", "orders" } })
  passes("the type at+jwt, with no typ in the payload", { typ = absent }, { typ = "at+jwt" })
  passes("a type in any case and with its prefix", nil, { typ = "Application/AT+JWT" })
  passes("nbf and iat a few seconds ahead", { nbf = host.now + 8, iat = host.now + 8 })
  passes("nbf and iat ahead by the whole leeway", { nbf = host.now + 10, iat = host.now + 10 })
  passes("an exp that passed within the leeway", { exp = host.now - 9 })
  passes("the latest time there is", { exp = 99999999999 })
  passes("a payload without typ, or with any, when none is asked for", { typ = "ID" }, nil, { token_types = {} })
  passes("a kid and a subject of the greatest length", { sub = string.rep("s", 255) }, { kid = string.rep("k", 255) })
  passes("a fractional exp", { exp = host.now + 0.5 })
  passes("a token without iat and nbf", { iat = absent })
  passes("ES256 with 64 bytes", nil, { alg = "ES256" }, { algorithms = { "ES256" } }, 64)
  passes("ES512 with 132 bytes", nil, { alg = "ES512" }, { algorithms = { "ES512" } }, 132)
  passes("EdDSA with 64 bytes", nil, { alg = "EdDSA" }, { algorithms = { "EdDSA" } }, 64)
  passes("PS256 with a key of 2048 bits", nil, { alg = "PS256" }, { algorithms = { "RS256", "PS256" } })
  passes("RS256 with a key of 4096 bits", nil, nil, nil, 512)
  passes("a token that names its client and no audience, and has no typ at all", of_cognito, { typ = absent }, cognito)
  passes("the same of another client that is listed", with({ client_id = "6track" }), { typ = absent }, cognito)
  passes("a client that is listed, by azp", nil, nil, { clients = { "storefront" } })
  passes("a client that is listed, by client_id", { azp = absent, client_id = "storefront" }, nil, { clients = { "storefront" } })
  passes("a lifetime and an age at the bound", nil, nil, { max_lifetime = 305, max_age = 5 })
  passes("an age at the bound and the leeway", { iat = host.now - 15 }, nil, { max_age = 5 })
  passes("unknown header members and claims", { anything = { deep = { 1 } } }, { x5t = "abc", cty = "JWT" })

  it("any case of the Bearer scheme, which it writes as jwt reads it", function()
    for _, scheme in ipairs({ "Bearer ", "bearer ", "BEARER ", "bEaReR   ", "Bearer\t" }) do
      local token = tokens.make()
      local request = host.request({ headers = { authorization = scheme .. token } })
      assert.is_nil(host.access(guard, config(), request))
      assert.same({ Host = "127.0.0.1:8000", Authorization = "Bearer " .. token }, request.headers)
      assert.is_true(tokens.jwt(request, { [token] = true }))
    end
  end)

  it("a token of exactly the size bound", function()
    local token = tokens.make()
    assert.is_nil(host.access(guard, config({ max_token_size = #token }), bearing(token)))
    assert.same(401, host.access(guard, config({ max_token_size = #token - 1 }), bearing(token)).status)
  end)

  it("a token of seven kilobytes", function()
    local roles = {}
    for index = 1, 350 do roles[index] = "role-number-" .. index end
    assert.is_nil(host.access(guard, config(), bearing(tokens.make({ realm_access = { roles = roles } }))))
  end)
end)

describe("the token guard refuses with 401 invalid_token", function()
  local function refuses(name, token, given)
    it(name, function()
      local request = bearing(type(token) == "function" and token() or token)
      assert.same(invalid, host.access(guard, config(given), request))
      assert.is_nil(request.shared.authctl_token)
    end)
  end
  local function refuses_claims(name, claims, given, header)
    refuses(name, function() return tokens.make(claims, header) end, given)
  end
  local function refuses_header(name, header, given, bytes)
    refuses(name, function() return tokens.make(nil, header, bytes) end, given)
  end
  local good_header = cjson.encode(tokens.header())
  local good_payload = cjson.encode(tokens.claims())
  local good = tokens.make()
  local head, body, signature = string.match(good, "^(.-)%.(.-)%.(.-)$")

  refuses_claims("an ID token of Cognito", with({ aud = "4h57web", client_id = absent, token_use = "id" }), cognito, { typ = absent })
  refuses_claims("an ID token of Cognito with the client of an access token", with({ token_use = "id" }), cognito, { typ = absent })
  refuses_claims("a client_id beside an audience", with({ aud = "4h57web" }), cognito)
  refuses_claims("a client_id beside an audience that is null", with({ aud = cjson.null }), cognito)
  refuses_claims("a client that is not listed", with({ client_id = "another" }), cognito)
  refuses_claims("clients in a list", with({ client_id = { "4h57web" } }), cognito)
  refuses_claims("no client", with({ client_id = absent }), cognito)
  refuses_claims("an azp in the place of client_id", with({ client_id = absent, azp = "4h57web" }), cognito)
  refuses_claims("no token_use", with({ token_use = absent }), cognito)
  refuses_claims("a typ in the place of token_use", with({ token_use = absent, typ = "access" }), cognito)
  refuses_claims("a client_id where an audience is asked for", { aud = absent, client_id = "orders" })
  refuses_header("no typ in the header, unless that is said to be good", { typ = absent })
  refuses_header("a typ that is null", { typ = cjson.null }, { typeless = true })
  refuses_header("another typ where none is needed", { typ = "logout+jwt" }, { typeless = true })
  refuses("an empty token", "")
  refuses("what is no JWT", "garbage")
  refuses("two segments", head .. "." .. body)
  refuses("an empty signature", head .. "." .. body .. ".")
  refuses("an empty payload", head .. ".." .. signature)
  refuses("an empty header", "." .. body .. "." .. signature)
  refuses("four segments", good .. ".x")
  refuses("five segments", "a.b.c.d.e")
  refuses("the JSON serialization", '{"payload":"e30","signatures":[]}')
  refuses("two tokens in one value", good .. ", Bearer " .. good)
  refuses("a blank inside", head .. "." .. body .. ". " .. signature)
  for _, character in ipairs({ " ", "+", "/", "=", "\n", "\0", "%", "~", "\255" }) do
    refuses(string.format("the byte %d in the signature", string.byte(character)), head .. "." .. body .. "." .. character .. string.sub(signature, 2))
  end
  refuses("a padded signature", head .. "." .. body .. "." .. host.base64url(string.rep("s", 257)) .. "=")
  refuses("unused bits that are not zero", head .. "." .. body .. "." .. string.sub(host.base64url(string.rep("s", 257)), 1, -2) .. "Z")
  for _, text in ipairs({ "null", "true", "1", '"x"', "[]", "[{}]", "", "{", "{} {}", '{"alg":"RS256",}', "\239\187\191" .. good_header }) do
    refuses("the header " .. text, tokens.of_texts(text, good_payload))
    refuses("the payload " .. text, tokens.of_texts(good_header, text))
  end
  refuses("a duplicate claim", tokens.of_texts(good_header, '{"sub":"victim",' .. string.sub(good_payload, 2)))
  refuses("a duplicate header member", tokens.of_texts('{"alg":"none",' .. string.sub(good_header, 2), good_payload))
  refuses("invalid UTF-8 in a claim", tokens.of_texts(good_header, (string.gsub(good_payload, "user%-1", "user\255\254"))))
  refuses("an exp with a leading zero", tokens.of_texts(good_header, (string.gsub(good_payload, '"exp":', '"exp":0'))))
  refuses("an exp in hexadecimal", tokens.of_texts(good_header, (string.gsub(good_payload, '"exp":%d+', '"exp":0xffffffff'))))
  refuses("deep nesting", tokens.of_texts(good_header, '{"a":' .. string.rep("[", 5000) .. string.rep("]", 5000) .. "," .. string.sub(good_payload, 2)))
  refuses("more than the size bound", string.rep("A", 16385))
  refuses("a good token over a smaller bound", good, { max_token_size = 256 })

  for _, alg in ipairs({ "none", "None", "nOnE", "HS256", "RS512", "rs256", "ES256", "", "RS256 ", "__index", "dir" }) do
    refuses_header("the algorithm " .. alg, { alg = alg })
  end
  for name, alg in pairs({ missing = absent, null = cjson.null, number = 256, list = { "RS256" }, object = { a = "RS256" }, boolean = true }) do
    refuses_header("an algorithm that is " .. name, { alg = alg })
    refuses_header("a kid that is " .. name, { kid = alg })
    refuses_header("a type that is " .. name, { typ = alg })
  end
  refuses("an algorithm that nobody implements, even when it is configured", function() return tokens.make(nil, { alg = "HS256" }) end,
    { algorithms = { "HS256" } })
  for _, kid in ipairs({ "", "../../../../dev/null", "x' UNION SELECT '1';--", "a\nb", "a b", "a/b", "a%b", "k\0", "\195\169", string.rep("k", 256) }) do
    refuses_header("the kid " .. string.format("%q", kid), { kid = kid })
  end
  for name, value in pairs({ crit = { "zz" }, jku = "http://127.0.0.1/jwks", jwk = { kty = "RSA" }, x5u = "http://x", x5c = { "MII" }, b64 = false,
      zip = "DEF", enc = "A256GCM", iss = tokens.issuer, sub = "user-1", aud = "orders" }) do
    refuses_header("the header member " .. name, { [name] = value })
    refuses_header("the header member " .. name .. " with null", { [name] = cjson.null })
  end
  for _, typ in ipairs({ "logout+jwt", "token-introspection+jwt", "dpop+jwt", "id+jwt", "", "JWE", "application/logout+jwt", "x/JWT" }) do
    refuses_header("the type " .. typ, { typ = typ })
  end

  for alg, sizes in pairs({ ES256 = { 1, 63, 65, 70, 71, 72, 96 }, ES384 = { 64, 95, 97 }, ES512 = { 131, 133, 64 }, EdDSA = { 1, 63, 115 },
      RS256 = { 1, 128, 255, 1025 }, PS256 = { 255, 257, 384, 512 } }) do
    for _, size in ipairs(sizes) do
      refuses_header(alg .. " with a signature of " .. size .. " bytes", { alg = alg }, { algorithms = { alg } }, size)
    end
  end

  for _, name in ipairs({ "iss", "sub", "exp", "aud", "typ" }) do
    refuses_claims("a missing " .. name, { [name] = absent })
    for kind, value in pairs({ null = cjson.null, number = 17, boolean = true, list = { 1 }, ["empty list"] = {}, object = { a = tokens.issuer },
        empty = "", text = "x" }) do
      if not (name == "exp" and kind == "number") and not (name == "sub" and kind == "text") then
        refuses_claims(name .. " that is " .. kind, { [name] = value })
      end
    end
  end
  for _, iss in ipairs({ tokens.issuer .. "/", string.upper(tokens.issuer), " " .. tokens.issuer, "https://id.example/realms/other", "__proto__",
      "constructor", tokens.issuer .. "\0" }) do
    refuses_claims("the issuer " .. string.format("%q", iss), { iss = iss })
  end
  refuses_claims("the audience of another API", { aud = "billing" })
  refuses_claims("Keycloak's default audience", { aud = "account" })
  refuses_claims("a list without the audience", { aud = { "billing", "account" } })
  refuses_claims("a list with something that is no text", { aud = { "orders", 1 } })
  refuses_claims("a nested audience", { aud = { { "orders" } } })
  refuses_claims("a subject with a line break", { sub = "a\r\nX-Consumer-ID: 1" })
  refuses_claims("a subject that is too long", { sub = string.rep("s", 256) })

  refuses_claims("an ID token", { typ = "ID" })
  refuses_claims("a refresh token", { typ = "Refresh" })
  refuses_claims("a logout token", { typ = "Logout" })
  refuses_claims("a DPoP-bound token", { typ = "DPoP" })
  refuses_claims("a token that is bound to a key", { cnf = { jkt = "x" } })
  refuses_claims("an ID token in an at+jwt envelope", { typ = "ID" }, nil, { typ = "at+jwt" })
  refuses_claims("a kid in the payload", { kid = "other" })

  refuses_claims("an exp that passed", { exp = host.now - 3600 })
  refuses_claims("an exp that passed by the leeway", { exp = host.now - 10 })
  refuses_claims("an exp of now, without leeway", { exp = host.now }, { leeway = 0 })
  refuses_claims("an exp in milliseconds", { exp = (host.now + 300) * 1000 })
  refuses_claims("an exp before the epoch", { exp = -1 })
  refuses_claims("a time just too late to be one", { exp = 1e11 })
  refuses_claims("an exp as text", { exp = "1795229999" })
  refuses_claims("an exp beyond any date", { exp = 1e18 })
  refuses_claims("an nbf beyond the leeway", { nbf = host.now + 11 })
  refuses_claims("an nbf as text", { nbf = "0" })
  refuses_claims("an iat beyond the leeway", { iat = host.now + 11 })
  refuses_claims("an iat that is null", { iat = cjson.null })
  refuses_claims("a lifetime beyond the bound", nil, { max_lifetime = 304 })
  refuses_claims("an unknown lifetime under a bound", { iat = absent }, { max_lifetime = 3600 })
  refuses_claims("a token a week old", { iat = host.now - 604800 }, { max_age = 3600 })
  refuses_claims("an unknown age under a bound", { iat = absent }, { max_age = 3600 })

  refuses_claims("a client that is not listed", nil, { clients = { "reports" } })
  refuses_claims("an unknown client under a list", { azp = absent }, { clients = { "reports" } })
  refuses_claims("two clients that disagree", { client_id = "reports" }, { clients = { "storefront", "reports" } })
  refuses_claims("a client that is no text", { azp = { "storefront" } }, { clients = { "storefront" } })

  it("when issuer or audience are not configured at all", function()
    assert.same(invalid, host.access(guard, host.config(guard, { audience = "orders" }), bearing(good)))
    assert.same(invalid, host.access(guard, host.config(guard, { issuer = tokens.issuer }), bearing(tokens.make({ aud = absent }))))
  end)

  it("and logs which check it was, without any part of the token", function()
    host.take_log()
    host.access(guard, config(), bearing(tokens.make({ aud = "billing" })))
    host.access(guard, config(), host.request())
    host.access(guard, config(), host.request({ query = "jwt=" .. good }))
    assert.same({ "info: refused: aud", "info: refused: no token", "info: refused: the token is in the query" }, host.take_log())
  end)
end)

describe("the token guard reads a token only where it is declared", function()
  local token = tokens.make()
  local function answer(given, request)
    return host.access(guard, config(given), host.request(request))
  end

  it("and challenges without an error when there is none", function()
    assert.same(missing, answer(nil, {}))
    assert.same(missing, answer(nil, { headers = { Authorization = "Basic dTpw" } }))
    assert.same(missing, answer(nil, { headers = { Authorization = "Foo Bearer " .. token } }))
    assert.same(missing, answer(nil, { headers = { Authorization = "DPoP " .. token } }))
    assert.same(missing, answer(nil, { headers = { Authorization = "" } }))
    assert.same(missing, answer(nil, { headers = { Authorization = "Bearer" .. token } }))
  end)

  it("and says invalid_token to a scheme without a token", function()
    assert.same(invalid, answer(nil, { headers = { Authorization = "Bearer" } }))
    assert.same(invalid, answer(nil, { headers = { Authorization = "Bearer   " } }))
  end)

  it("not in other headers", function()
    for _, name in ipairs({ "X-Authorization", "Proxy-Authorization", "X-Forwarded-Access-Token", "X-Access-Token" }) do
      assert.same(missing, answer(nil, { headers = { [name] = "Bearer " .. token } }))
    end
  end)

  it("not in a cookie unless it is named, and only under that name", function()
    assert.same(missing, answer(nil, { headers = { Cookie = "__Host-shop=" .. token } }))
    assert.same(missing, answer({ cookie = "__Host-shop" }, { headers = { Cookie = "shop=" .. token .. "; __host-shop=" .. token } }))
    assert.is_nil(answer({ cookie = "__Host-shop" }, { headers = { Cookie = "a=1; __Host-shop=" .. token .. ";b=2" } }))
  end)

  it("not in the header when only the cookie is declared", function()
    assert.same(missing, answer({ header = false, cookie = "c" }, { headers = { Authorization = "Bearer " .. token } }))
  end)

  it("not in the query", function()
    for _, query in ipairs({ "jwt=" .. token, "access_token=" .. token, "a=1&ACCESS_TOKEN=x", "%61ccess_token=x", "jwt[]=x", "id_token", "a;jwt=x",
        "+jwt=x" }) do
      assert.same(missing, answer(nil, { query = query }))
      assert.same(twice, answer(nil, { query = query, headers = { Authorization = "Bearer " .. token } }))
      assert.is_nil(answer({ refuse_query_tokens = false }, { query = query, headers = { Authorization = "Bearer " .. token } }))
    end
    assert.is_nil(answer(nil, { query = "token=1&q=jwt&jwtx=1&x[jwt]=1&a=jwt=1&%", headers = { Authorization = "Bearer " .. token } }))
  end)

  it("not in a form", function()
    local headers = { ["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8", Authorization = "Bearer " .. token }
    assert.same(missing, answer(nil, { method = "POST", headers = { ["Content-Type"] = headers["Content-Type"] }, body = "access_token=" .. token }))
    assert.same(twice, answer(nil, { method = "POST", headers = headers, body = "a=1&access_token=x" }))
    assert.is_nil(answer(nil, { method = "POST", headers = headers, body = "a=access_token" }))
    for _, method in ipairs({ "GET", "HEAD" }) do assert.is_nil(answer(nil, { method = method, headers = headers, body = "access_token=x" })) end
    assert.is_nil(answer({ refuse_query_tokens = false }, { method = "POST", headers = headers, body = "access_token=x" }))
    local encoded = { ["Content-Encoding"] = "gzip", ["Content-Type"] = headers["Content-Type"], Authorization = headers.Authorization }
    assert.same(415, answer(nil, { method = "POST", headers = encoded, body = "\31\139" }).status)
    assert.same(413, answer(nil, { method = "POST", headers = headers, body = string.rep("a", 1048577), body_in_file = true }).status)
    assert.is_nil(answer(nil, { method = "POST", headers = { Authorization = headers.Authorization, ["Content-Type"] = "application/json" },
      body = "access_token=x" }))
  end)

  it("once: two in one request are refused whatever they are", function()
    local other = tokens.make({ sub = "user-2" })
    local shop = { cookie = "c" }
    assert.same(twice, answer(nil, { headers = { Authorization = { "Bearer " .. token, "Bearer bad" } } }))
    assert.same(twice, answer(shop, { headers = { Authorization = "Bearer " .. token, Cookie = "c=" .. token } }))
    assert.same(twice, answer(shop, { headers = { Authorization = "Bearer " .. token, Cookie = "c=" .. other } }))
    assert.same(twice, answer(shop, { headers = { Authorization = "Bearer", Cookie = "c=" .. token } }))
    assert.same(twice, answer({ cookie = "c", header = false }, { headers = { Authorization = "Bearer " .. token, Cookie = "c=" .. other } }))
    assert.same(twice, answer(shop, { headers = { Cookie = "c=" .. token .. "; c=" .. token } }))
    assert.same(twice, answer(shop, { headers = { Cookie = { "c=" .. token, "c=" .. other } } }))
    assert.same(twice, answer(shop, { headers = { Cookie = "c=; c=" .. other } }))
  end)

  it("and takes an empty cookie for none", function()
    assert.same(missing, answer({ cookie = "c" }, { headers = { Cookie = "c=" } }))
    assert.same(missing, answer({ cookie = "c" }, { headers = { Cookie = "c" } }))
  end)

  it("and writes the cookie's token where jwt reads it, in place of any other scheme", function()
    local request = host.request({ headers = { authorization = "Basic dTpw", Cookie = "c=" .. token } })
    assert.is_nil(host.access(guard, config({ cookie = "c" }), request))
    assert.same({ Host = "127.0.0.1:8000", Authorization = "Bearer " .. token }, request.headers)
  end)
end)

describe("the token guard and what goes upstream", function()
  local token = tokens.make()
  local function upstream(given, request)
    request = host.request(request)
    assert.is_nil(host.access(guard, config(given), request))
    request.headers.Host = nil
    return request.headers
  end

  it("takes the token's cookie out and leaves the others as they were", function()
    assert.same({ Authorization = "Bearer " .. token, Cookie = 'a=1; b="x y"; d; e==' },
      upstream({ cookie = "c" }, { headers = { Cookie = 'a=1;c=' .. token .. '; b="x y";d ; e==' } }))
    assert.same({ Authorization = "Bearer " .. token, Cookie = "a=1; b=2" },
      upstream({ cookie = "c" }, { headers = { Cookie = { "a=1", "c=" .. token .. ";b=2" } } }))
  end)

  it("leaves it when the cookie is what is relayed", function()
    assert.same({ Authorization = "Bearer " .. token, Cookie = "c=" .. token },
      upstream({ cookie = "c", relay = "cookie" }, { headers = { Cookie = "c=" .. token } }))
  end)

  local spoofed = {
    "X-Consumer-ID", "X-Consumer-Custom-ID", "X-Consumer-Username", "X-Consumer-Groups", "X-Credential-Identifier", "X-Anonymous-Consumer",
    "X-Authenticated-Groups", "X-Authenticated-Userid", "X-Authenticated-Scope", "X-Userinfo", "X-Access-Token", "X-ID-Token", "X-Forwarded-User",
    "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "X-Forwarded-Access-Token", "X-User", "X-User-Id", "X-Username",
    "X-Auth-Subject", "X-Auth-Roles", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "OIDC_CLAIM_sub",
    "X-Decision-Id", "Remote-User", "X-Amzn-Oidc-Data", "X-Extra", "X-Tenant-Id", "X-Tenant-Name",
  }
  local function spellings(name)
    local mixed, at = string.gsub(name, "%-", function() return "_" end, 1), 0
    local alternating = string.gsub(name, "%a", function(letter)
      at = at + 1
      return at % 2 == 0 and string.upper(letter) or string.lower(letter)
    end)
    return { name, string.lower(name), string.upper(name), (string.gsub(name, "-", "_")), mixed, alternating, (string.gsub(name, "-", ".")) }
  end

  for _, public in ipairs({ false, true }) do
    it("takes off identity headers in every spelling, " .. (public and "on a public route" or "on a protected route"), function()
      for _, name in ipairs(spoofed) do
        for _, spelling in ipairs(spellings(name)) do
          local request = host.request({ headers = { [spelling] = "evil", Accept = "x" } })
          if not public then request.headers.Authorization = "Bearer " .. token end
          assert.is_nil(host.access(guard, config({ public = public, strip_headers = { "x-extra", "X-Tenant-*" } }), request))
          assert.same({ nil, "x" }, { request.headers[spelling], request.headers.Accept })
        end
      end
    end)
  end

  it("takes off repeated and mixed spellings at once", function()
    assert.same({ Authorization = "Bearer " .. token }, upstream(nil, { headers = {
      Authorization = "Bearer " .. token, ["X-Consumer-ID"] = { "1", "2" }, ["x_consumer_id"] = "3", ["X-consumer_ID"] = "4",
    } }))
  end)

  it("leaves headers alone that only look alike", function()
    local harmless = { ["X-User-Agent"] = "grpc-web", ["User-Agent"] = "x", ["X-Request-Id"] = "1", ["X-Forwarded-For"] = "1.2.3.4", ["X-Consumers"] = "y" }
    harmless.Authorization = "Bearer " .. token
    assert.same(harmless, upstream(nil, { headers = harmless }))
  end)

  it("refuses more headers than can be listed, so that none hides", function()
    local headers = { Authorization = "Bearer " .. token }
    for index = 1, 1100 do headers["X-Filler-" .. index] = "1" end
    assert.same(431, host.access(guard, config(), host.request({ headers = headers })).status)
    assert.same(431, host.access(guard, config({ public = true }), host.request({ headers = headers })).status)
  end)

  it("takes off a hundred claims to an identity, and refuses a request with more", function()
    local function sent(count)
      local request = host.request({ headers = { Authorization = "Bearer " .. token } })
      for index = 1, count do request.headers["X-User-" .. index] = "admin" end
      local answer = host.access(guard, config({ public = true }), request)
      return answer and answer.status, request.headers["X-User-1"]
    end
    assert.same({ nil, nil }, { sent(100) })
    assert.same(431, (sent(101)))
  end)
end)

describe("the token guard and paths that may be read in two ways", function()
  local refused = { status = 400, body = { message = "Bad request" }, headers = { ["Cache-Control"] = "no-store" } }
  local function answer(path, given)
    return host.access(guard, config(given), bearing(tokens.make(), { path = path }))
  end

  it("refuses each, on a public route, too", function()
    for _, path in ipairs({ "/orders/5#x", "/orders/admin;x=1", "/orders;/5", "/orders\\5", "/orders/5%2f6", "/orders/x%2F..%2Fadmin", "/orders/5%5C6",
        "/orders/a%0ab", "/orders/a%00", "/orders/a%7F", "/orders/a\1" }) do
      assert.same(refused, answer(path), path)
      assert.same(refused, answer(path, { public = true }), path)
      assert.is_nil(answer(path, { refuse_ambiguous_paths = false }), path)
    end
  end)

  it("lets other escapes be", function()
    for _, path in ipairs({ "/", "/orders/5", "/orders/a%20b", "/orders/%C3%A9", "/orders/a%23b", "/orders/a%3Bb", "/orders/50%25",
        "/orders/a,b:c@d$e+f=g" }) do
      assert.is_nil(answer(path), path)
    end
  end)
end)

describe("the token guard on a public route", function()
  local function upstream(given, headers)
    given.public = true
    local request = host.request({ headers = headers, query = "jwt=1" })
    assert.is_nil(host.access(guard, host.config(guard, given), request))
    assert.is_nil(request.shared.authctl_token)
    request.headers.Host = nil
    return request.headers
  end

  it("needs no token, takes any off, and vouches for none", function()
    assert.same({}, upstream({}, {}))
    assert.same({}, upstream({}, { Authorization = "Bearer garbage" }))
    assert.same({}, upstream({}, { Authorization = { "Bearer a", "Bearer b" } }))
    assert.same({ Cookie = "a=1" }, upstream({ cookie = "c" }, { Cookie = "a=1; c=x" }))
  end)

  it("passes on what is to be relayed, unverified", function()
    assert.same({ Authorization = "Bearer x" }, upstream({ relay = "header", cookie = "c" }, { Authorization = "Bearer x", Cookie = "c=1" }))
    assert.same({ Cookie = "c=1" }, upstream({ relay = "cookie", cookie = "c" }, { Authorization = "Bearer x", Cookie = "c=1" }))
  end)
end)

describe("the token guard and requests from other sites", function()
  local token = tokens.make()
  local function answer(given)
    given.headers = given.headers or {}
    given.headers.Cookie = "c=" .. token
    given.method = given.method or "POST"
    given.host = given.host or "shop.example"
    given.scheme = given.scheme or "https"
    return host.access(guard, config({ cookie = "c", allowed_origins = { "https://app.example", "HTTPS://Other.Example:8443" } }), host.request(given))
  end
  local function allowed(name, given) it("allows " .. name, function() assert.is_nil(answer(given)) end) end
  local function refused(name, given) it("refuses " .. name, function() assert.same(forbidden, answer(given)) end) end

  for _, method in ipairs({ "GET", "HEAD", "OPTIONS" }) do
    allowed(method .. " from anywhere", { method = method, headers = { Origin = "https://evil.example", ["Sec-Fetch-Site"] = "cross-site" } })
  end
  it("knows the custom header by its configured name", function()
    local request = host.request({ method = "POST", headers = { Cookie = "c=" .. token, ["X-Shop"] = "1" } })
    assert.is_nil(host.access(guard, config({ cookie = "c", csrf_header = "X-Shop" }), request))
    request = host.request({ method = "POST", headers = { Cookie = "c=" .. token, ["X-Requested-With"] = "1" } })
    assert.same(forbidden, host.access(guard, config({ cookie = "c", csrf_header = "X-Shop" }), request))
  end)
  allowed("its own origin", { headers = { Origin = "https://shop.example", ["Sec-Fetch-Site"] = "same-origin" } })
  allowed("its own origin with the default port", { headers = { Origin = "https://SHOP.example:443" } })
  allowed("its own origin with another port", { host = "shop.example:8443", headers = { Origin = "https://shop.example:8443" } })
  allowed("a listed origin", { headers = { Origin = "https://app.example", ["Sec-Fetch-Site"] = "same-site" } })
  allowed("a listed origin in other letters", { headers = { Origin = "https://other.example:8443" } })
  allowed("a form from its own origin", { headers = { Origin = "https://shop.example", ["Content-Type"] = "application/x-www-form-urlencoded" } })
  allowed("its own origin by Referer", { headers = { Referer = "https://shop.example/cart?x=1" } })
  allowed("same-origin by fetch metadata", { headers = { ["Sec-Fetch-Site"] = "same-origin", ["Content-Type"] = "application/json" } })
  allowed("the custom header without any of them", { headers = { ["X-Requested-With"] = "fetch" } })

  refused("a foreign origin", { headers = { Origin = "https://evil.example" } })
  refused("a foreign origin with the custom header", { headers = { Origin = "https://evil.example", ["X-Requested-With"] = "fetch" } })
  refused("the origin null", { headers = { Origin = "null" } })
  refused("an empty origin", { headers = { Origin = "" } })
  refused("two origins", { headers = { Origin = { "https://shop.example", "https://evil.example" } } })
  refused("its own host over plain http", { headers = { Origin = "http://shop.example" } })
  refused("its own host on another port", { headers = { Origin = "https://shop.example:8443" } })
  refused("a longer name", { headers = { Origin = "https://shop.example.evil.example" } })
  refused("a name with user information", { headers = { Origin = "https://shop.example@evil.example" } })
  refused("a foreign page by Referer", { headers = { Referer = "https://evil.example/https://shop.example" } })
  refused("a Referer with user information", { headers = { Referer = "https://shop.example@evil.example/" } })
  refused("a Referer without a host", { headers = { Referer = "about:blank" } })
  refused("cross-site by fetch metadata, even from a listed origin",
    { headers = { Origin = "https://app.example", ["Sec-Fetch-Site"] = "cross-site" } })
  refused("two lines of fetch metadata", { headers = { Origin = "https://shop.example", ["Sec-Fetch-Site"] = { "same-origin", "cross-site" } } })
  refused("no evidence at all", {})
  refused("same-site by fetch metadata alone", { headers = { ["Sec-Fetch-Site"] = "same-site" } })
  refused("text/plain without Origin", { headers = { ["X-Requested-With"] = "x", ["Content-Type"] = "text/plain" } })
  refused("a form without Origin", { headers = { ["Sec-Fetch-Site"] = "same-origin", ["Content-Type"] = "multipart/form-data; boundary=x" } })
  refused("a WebSocket from a foreign page", { method = "GET", headers = { Upgrade = "websocket", Origin = "https://evil.example" } })
  refused("an unknown method", { method = "PURGE" })

  it("does not ask when the token is in the header", function()
    local request = bearing(token, { method = "POST" })
    request.headers.Origin = "https://evil.example"
    assert.is_nil(host.access(guard, config({ cookie = "c" }), request))
  end)
end)

describe("the token guard and caches", function()
  local function cached(given, status, source)
    return host.header_filter(guard, config(given), host.request(), { status = status, source = source, headers = {} }).headers
  end

  it("keeps refusals of later plugins out of them, and leaves the upstream's answers alone", function()
    assert.same({ ["Cache-Control"] = "no-store" }, cached(nil, 401, "exit"))
    assert.same({ ["Cache-Control"] = "no-store" }, cached(nil, 503, "error"))
    assert.same({}, cached(nil, 404, "service"))
    assert.same({}, cached(nil, 200, "exit"))
    assert.same({}, cached({ public = true }, 404, "error"))
  end)
end)

describe("the header of a proxy", function()
  local certificate = require "kong.plugins.authctl-token-guard.certificate"
  after_each(function() rawset(ngx, "var", nil) end)

  local proxies = { "10.0.0.0/8", "192.0.2.7", "fd00::7", "2001:DB8:0:0::00a:0", "::ffff:198.51.100.1" }
  local function from(address)
    rawset(ngx, "var", { realip_remote_addr = address })
    local conf = host.config(guard, { bound = "mtls", certificate_from = "header", certificate_proxies = proxies })
    local read = { headers = { ["client-cert"] = { ":QUFB:" } } }
    certificate.take(conf, read)
    return read.certificate ~= nil
  end

  it("is believed of its address, however that is spelt, on a socket of IPv6, too", function()
    local good = { "10.1.2.3", "192.0.2.7", "fd00::7", "::ffff:10.1.2.3", "::ffff:192.0.2.7", "198.51.100.1", "2001:db8::a:0", "fd00:0:0:0:0:0:0:7" }
    for _, address in ipairs(good) do assert.is_true(from(address), address) end
  end)

  it("is believed of nobody else", function()
    local others = { "11.0.0.1", "192.0.2.8", "fd00::8", "::ffff:11.0.0.1", "::ffff:192.0.2.70", "::ffff:fd00::7", "2001:db8::a", "::", "unix:", "" }
    for _, address in ipairs(others) do assert.is_false(from(address), address) end
  end)
end)
