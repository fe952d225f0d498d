--- Tokens for the specs. Their signatures are random text: whether one "verifies" is what the stand-in for jwt is told.

local cjson = require "cjson.safe"
local host = require "support.host"

local tokens = {}

tokens.issuer = "https://id.example/realms/shop"
tokens.audience = "orders"
tokens.kid = "k1-Xy_9"

local function merged(base, given)
  local made = {}
  for name, value in pairs(base) do made[name] = value end
  for name, value in pairs(given or {}) do
    if value == tokens.absent then made[name] = nil else made[name] = value end
  end
  return made
end

--- Stands for "leave this member out".
tokens.absent = {}

function tokens.header(given)
  return merged({ alg = "RS256", typ = "JWT", kid = tokens.kid }, given)
end

function tokens.claims(given)
  return merged({
    iss = tokens.issuer, aud = tokens.audience, sub = "user-1", typ = "Bearer", azp = "storefront", scope = "orders:read orders:write",
    realm_access = { roles = { "customer" } }, iat = host.now - 5, exp = host.now + 300, jti = "j-1",
  }, given)
end

--- A compact JWS of two texts and `bytes` of signature.
function tokens.of_texts(header, payload, bytes)
  return host.base64url(header) .. "." .. host.base64url(payload) .. "." .. host.base64url(string.rep("s", bytes or 256))
end

--- A compact JWS of two tables.
function tokens.make(claims, header, bytes)
  return tokens.of_texts(cjson.encode(tokens.header(header)), cjson.encode(tokens.claims(claims)), bytes)
end

--- What Kong's jwt plugin (key_claim_name kid, authorization header only) does with a request, given the tokens whose signatures are right.
-- Returns true when it authenticated. Reads the header by the same loose pattern as the genuine one, and JSON by cjson.
function tokens.jwt(request, signed)
  local sent = request.headers.Authorization
  local token = type(sent) == "string" and string.match(sent, "[Bb]earer%s+(.+)")
  if not token or not signed[token] then return false end
  local header = cjson.decode(ngx.decode_base64((string.gsub(string.match(token, "^[^.]*"), "[-_]", { ["-"] = "+", ["_"] = "/" }))))
  local payload = cjson.decode(ngx.decode_base64((string.gsub(string.match(token, "^[^.]*%.([^.]*)"), "[-_]", { ["-"] = "+", ["_"] = "/" }))))
  request.credential = { id = "credential-1", key = payload.kid or header.kid }
  request.consumer = { username = "issuer" }
  request.shared.authenticated_jwt_token = token
  return true
end

return tokens
