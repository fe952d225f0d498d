local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

local attempts = tonumber(os.getenv("AUTHCTL_HOSTILE_TOKENS") or "100000")
local random = math.random

local function pick(list) return list[random(#list)] end

local original = tokens.make()
local head, body, signature = string.match(original, "^(.-)%.(.-)%.(.-)$")

local odd_values = { cjson.null, true, false, 0, -1, 1e300, 1795229000, 1795229000000, "", "x", "RS256", "none", tokens.issuer, "orders", {}, { "orders" },
  { a = { b = { c = {} } } }, "\0", "a\r\nb", "\195\169" }
local names = { "alg", "typ", "kid", "crit", "jku", "jwk", "b64", "iss", "aud", "sub", "exp", "nbf", "iat", "azp", "client_id", "scope", "cnf", "acr",
  "realm_access", "__proto__", "" }
local odd_texts = { "null", "[]", "{}", "{", "}", "\0", "\255\254", "1e999", "0x1", "01", '{"a":1,"a":2}', "[[[[[[[[[[[[[[[[[[[[", "\\u0000", '"\\ud800"' }

local function random_bytes(length)
  local bytes = {}
  for index = 1, length do bytes[index] = string.char(random(0, 255)) end
  return table.concat(bytes)
end

local function mutate_text(text)
  local at = random(#text)
  local kind = random(4)
  if kind == 1 then return string.sub(text, 1, at - 1) .. random_bytes(1) .. string.sub(text, at + 1) end
  if kind == 2 then return string.sub(text, 1, at - 1) .. string.sub(text, at + random(4)) end
  if kind == 3 then return string.sub(text, 1, at) .. random_bytes(random(3)) .. string.sub(text, at + 1) end
  return string.sub(text, 1, at) .. pick(odd_texts) .. string.sub(text, at + 1)
end

local function changed() return { [pick(names)] = pick(odd_values), [pick(names)] = pick(odd_values) } end

local makers = {
  function() return mutate_text(original) end,
  function() return mutate_text(mutate_text(original)) end,
  function() return tokens.make(changed()) end,
  function() return tokens.make(nil, changed()) end,
  function() return tokens.make(changed(), changed(), pick({ 0, 1, 64, 256 })) end,
  function() return tokens.of_texts(mutate_text(cjson.encode(tokens.header())), cjson.encode(tokens.claims())) end,
  function() return tokens.of_texts(cjson.encode(tokens.header()), mutate_text(cjson.encode(tokens.claims()))) end,
  function() return tokens.of_texts(pick(odd_texts), pick(odd_texts), random(300)) end,
  function() return random_bytes(random(0, 200)) end,
  function() return pick({ head, body, signature, "", "." }) .. pick({ ".", "..", "", " " }) .. pick({ head, body, signature, "" }) .. "." .. signature end,
  function() return original .. pick({ " ", "=", ".", ",", "\t", "A", "\0", ", Bearer x" }) end,
  function() return original end,
}
local schemes = { "Bearer ", "bearer ", "BEARER  ", "Bearer", "Basic ", "Foo Bearer ", "", "Bearer\t", "DPoP ", "Bearer\194\160" }

local function hostile_request()
  local headers = {}
  local places = random(8)
  local token = pick(makers)()
  if places <= 5 then headers.Authorization = pick(random(3) == 1 and schemes or { "Bearer " }) .. token end
  if places == 5 then headers.Authorization = { headers.Authorization, "Bearer " .. original } end
  -- nginx itself answers a header line with one of these bytes, so that no plugin ever meets one.
  local line = string.gsub(token, "[%z\r\n]", "")
  if places >= 6 then headers.Cookie = pick({ "c=", "a=1; c=", "C=", "c=;c=", "c = " }) .. line .. pick({ "", "; b=2", ";c=" }) end
  if places == 7 then headers.Authorization = "Bearer " .. original end
  if random(4) == 1 then headers[pick({ "X_Consumer_ID", "x-auth-roles", "X-Userinfo" })] = "admin" end
  if random(6) == 1 then headers.Origin = pick({ "https://evil.example", "null", "http://127.0.0.1:8000", random_bytes(9) }) end
  return host.request({
    method = pick({ "GET", "POST", "DELETE" }), headers = headers,
    query = random(6) == 1 and pick({ "jwt=" .. token, "access_token", "%zz=%", random_bytes(20), "a=b" }) or "",
  })
end

--- What a reader with another JSON library finds in a token that the guard admitted: nil when all is well.
local function objection(token)
  local function part(text) return cjson.decode(ngx.decode_base64((string.gsub(text, "[-_]", { ["-"] = "+", ["_"] = "/" })))) end
  local header_part, payload_part = string.match(token, "^([^.]+)%.([^.]+)%.[^.]+$")
  local header, payload = part(header_part), part(payload_part)
  if header.alg ~= "RS256" or header.kid == nil or header.crit or header.jku or header.jwk or header.b64 ~= nil then return "header" end
  if payload.iss ~= tokens.issuer or type(payload.sub) ~= "string" or payload.typ ~= "Bearer" or payload.kid or payload.cnf then return "payload" end
  local aud = payload.aud
  if aud ~= "orders" and not (type(aud) == "table" and (aud[1] == "orders" or aud[2] == "orders")) then return "aud" end
  if type(payload.exp) ~= "number" or payload.exp <= host.now - 10 or payload.exp > 1e11 then return "exp" end
  return nil
end

describe("hostile requests", function()
  it("never crash the guards, and only the one token that was signed gets through (" .. attempts .. " attempts)", function()
    math.randomseed(20261121)
    local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, cookie = "c" })
    local scope_guard = host.config("authctl-scope-guard", { scopes = { "orders:read" } })
    local refusals = { [400] = true, [401] = true, [403] = true, [431] = true }
    local signed = { [original] = true }
    local counts = { admitted = 0, passed = 0, refused = 0 }
    for _ = 1, attempts do
      local request = hostile_request()
      local answer = host.access("authctl-token-guard", guard, request)
      if answer then
        assert(refusals[answer.status], answer.status)
        counts.refused = counts.refused + 1
      else
        counts.admitted = counts.admitted + 1
        local sent = request.headers.Authorization
        local token = request.shared.authctl_token.raw
        assert.equal("Bearer " .. token, sent)
        assert.is_nil(objection(token))
        for name in pairs(request.headers) do
          assert(({ Host = true, Authorization = true, Cookie = true, Origin = true })[name], name)
        end
        tokens.jwt(request, signed)
        answer = host.access("authctl-scope-guard", scope_guard, request)
        if token == original then
          assert.is_nil(answer)
          counts.passed = counts.passed + 1
        else
          assert.equal(401, answer.status)
        end
      end
    end
    host.take_log()
    assert(counts.passed > attempts / 200 and counts.admitted > counts.passed and counts.refused > attempts / 2,
      "the attempts were not varied enough to mean something")
  end)

  it("cost no more than a small multiple of a good token", function()
    local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, max_token_size = 65536 })
    local function seconds(token)
      local request = host.request({ headers = { Authorization = "Bearer " .. token } })
      local before = os.clock()
      for _ = 1, 20 do host.access("authctl-token-guard", guard, request) end
      return os.clock() - before
    end
    local payload = cjson.encode(tokens.claims())
    local size = 40000
    local good = tokens.of_texts(cjson.encode(tokens.header()), string.sub(payload, 1, -2) .. ',"x":"' .. string.rep("a", size) .. '"}')
    -- A floor keeps the comparison meaningful on a machine that is busy with something else.
    local allowed = math.max(seconds(good) * 20, 0.4)
    for name, text in pairs({
      escapes = '{"x":"' .. string.rep("\\u00e9", size / 6) .. '"}', quotes = '{"x":' .. string.rep('"', size), brackets = string.rep("[", size),
      objects = string.rep('{"a":', size / 5), numbers = "[" .. string.rep("1,", size / 2) .. "1]", digits = string.rep("1", size),
      blanks = string.rep(" ", size), high = '"' .. string.rep("\195\169", size / 2) .. '"', exponent = '{"exp":1e' .. string.rep("9", size) .. "}",
    }) do
      local spent = seconds(tokens.of_texts(cjson.encode(tokens.header()), text))
      assert(spent <= allowed, string.format("%s took %.3f s of %.3f s", name, spent, allowed))
    end
    for name, token in pairs({ dots = string.rep(".", size), letters = string.rep("A", size), parts = string.rep("A.", size / 2) }) do
      local spent = seconds(token)
      assert(spent <= allowed, string.format("%s took %.3f s of %.3f s", name, spent, allowed))
    end
    host.take_log()
  end)
end)
