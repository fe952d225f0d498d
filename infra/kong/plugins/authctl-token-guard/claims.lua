--- Judges the claims of an access token (RFC 7519, RFC 9068 section 4, RFC 8725 section 3). Everything here is decided from arguments alone.

local json = require "kong.plugins.authctl-token-guard.json"
local lists = require "kong.plugins.authctl-token-guard.lists"

local contains = lists.contains
local find = string.find

local claims_check = {}

--- Seconds since the epoch stay below this for three thousand years; a value in milliseconds does not.
local latest_instant = 100000000000

local function is_list(value)
  return type(value) == "table" and #value > 0
end

--- True for a time in seconds (RFC 7519, section 2: NumericDate).
function claims_check.is_instant(value)
  return type(value) == "number" and value >= 0 and value < latest_instant
end
local is_instant = claims_check.is_instant

--- A value that may become a header or a log line: text, bounded, no control characters.
local function is_name(value)
  return type(value) == "string" and value ~= "" and #value <= 255 and not find(value, "%c")
end

local function audience_holds(aud, wanted)
  if type(aud) == "string" then return aud == wanted end
  if not json.is_array(aud) or #aud == 0 then return false end
  for _, item in ipairs(aud) do
    if type(item) ~= "string" then return false end
  end
  return contains(aud, wanted)
end

--- Whether the token is for this API: by `aud`, or by its client where the issuer names no other audience, and then only without an `aud`.
local function is_meant(conf, claims)
  if conf.audience_claim ~= "client_id" then return audience_holds(claims.aud, conf.audience) end
  if claims.aud ~= nil or not is_name(claims.client_id) then return false end
  return claims.client_id == conf.audience or (is_list(conf.clients) and contains(conf.clients, claims.client_id))
end

--- The client a token was issued to: `azp`, else `client_id`; both must agree. nil when none is a usable string.
function claims_check.client_of(claims)
  local azp, client_id = claims.azp, claims.client_id
  if azp ~= nil and client_id ~= nil and azp ~= client_id then return nil end
  local client = azp
  if client == nil then client = client_id end
  return is_name(client) and client or nil
end

--- The reason why the times do not hold, or nil. `exp` is required; a skew of `leeway` seconds counts for the holder (RFC 7519, section 4.1.4).
local function judge_times(conf, claims, now)
  local exp, nbf, iat = claims.exp, claims.nbf, claims.iat
  local leeway = conf.leeway
  if not is_instant(exp) then return "exp is not a time" end
  if exp <= now - leeway then return "exp has passed" end
  if nbf ~= nil and not is_instant(nbf) then return "nbf is not a time" end
  if nbf ~= nil and nbf > now + leeway then return "nbf is in the future" end
  if iat ~= nil and not is_instant(iat) then return "iat is not a time" end
  if iat ~= nil and iat > now + leeway then return "iat is in the future" end
  if type(conf.max_lifetime) == "number" and (iat == nil or exp - iat > conf.max_lifetime) then return "lives too long" end
  if type(conf.max_age) == "number" and (iat == nil or now - iat > conf.max_age + leeway) then return "is too old" end
  return nil
end

--- The payload's own type, `typ` or `token_use`, by which Keycloak tells access, ID, refresh and logout tokens apart.
-- A token typed `at+jwt` in its header needs none.
local function judge_token_type(conf, claims, header_type)
  if not is_list(conf.token_types) then return nil end
  local name = type(conf.token_type_claim) == "string" and conf.token_type_claim or "typ"
  local kind = claims[name]
  if kind == nil and header_type == "at+jwt" then return nil end
  if type(kind) ~= "string" or not contains(conf.token_types, kind) then return name .. " of the payload" end
  return nil
end

local function judge_parties(conf, claims)
  if type(conf.issuer) ~= "string" or claims.iss ~= conf.issuer then return "iss" end
  if type(conf.audience) ~= "string" or not is_meant(conf, claims) then return "aud" end
  if not is_name(claims.sub) then return "sub" end
  if is_list(conf.clients) then
    local client = claims_check.client_of(claims)
    if not client or not contains(conf.clients, client) then return "client" end
  end
  return nil
end

--- The reason why claims are not acceptable (for the log), or nil. `now` in seconds. Fields of `conf`: see the plugin's README.
function claims_check.judge(conf, claims, header_type, now)
  -- Kong's jwt would take its key from a claim named kid before the header's, and a bound token is worth nothing without its proof (RFC 9449, 7.1).
  if claims.kid ~= nil then return "kid in the payload" end
  local bound = conf.bound == "dpop" or conf.bound == "mtls"
  if not bound and claims.cnf ~= nil then return "cnf: bound to a key that a bearer does not prove" end
  if bound and claims.cnf == nil then return "cnf: bound to no key" end
  return judge_parties(conf, claims) or judge_token_type(conf, claims, header_type) or judge_times(conf, claims, now)
end

return claims_check
