--- Asks the issuer about one token (RFC 7662) and reads the answer. Keycloak adds the signed access token as member `jwt` when it is asked with
-- `Accept: application/jwt` and the asking client has `client.introspection.response.allow.jwt.claim.enabled`.

local base64url = require "kong.plugins.authctl-token-guard.base64url"
local issuer = require "kong.plugins.authctl-phantom-token.issuer"
local json = require "kong.plugins.authctl-token-guard.json"
local parameters = require "kong.plugins.authctl-token-guard.parameters"

local find, match = string.find, string.match

local introspection = {}

--- What a JWT says of itself, or nil for a text that is none.
local function claims_of(jwt)
  local payload = match(jwt, "^[%w_-]+%.([%w_-]+)%.[%w_-]+$")
  local claims = payload and json.decode(base64url.decode(payload))
  return json.is_object(claims) and claims or nil
end

--- The first member by which two texts about one token tell two tokens apart, or nil.
local function disagreement(one, other)
  for _, name in ipairs({ "jti", "iss", "sub" }) do
    if one[name] ~= nil and other[name] ~= nil and one[name] ~= other[name] then return name end
  end
  return nil
end

--- Why the answer, its JWT and the token asked about are not about one and the same token, or nil.
local function mix_up(answer, jwt, token)
  local behind, asked = claims_of(jwt), claims_of(token)
  if not behind then return "introspection sent a jwt that is none" end
  local name = disagreement(answer, behind) or (asked and disagreement(answer, asked))
  return name and "introspection answered for another token: " .. name
end

--- What the answer itself says against the token, or nil. The JWT is judged again, by the guard, once its signature counts.
local function objection(conf, answer, now)
  if type(answer.exp) ~= "number" or answer.exp <= now then return "exp" end
  if answer.iss ~= conf.issuer then return "iss" end
  if not issuer.holds(answer.aud, conf.audience) then return "aud" end
  -- Bound to a key or a certificate that a bearer does not prove (RFC 9449, section 6.2; RFC 8705, section 3.2), whether or not the JWT says so, too.
  if answer.cnf ~= nil then return "cnf" end
  -- One that the gateway got by token exchange is no token of anybody's.
  if answer.client_id == conf.client_id or answer.azp == conf.client_id then return "azp" end
  if type(answer.jwt) ~= "string" or not find(answer.jwt, "^[%w_-]+%.[%w_-]+%.[%w_-]+$") then return "jwt" end
  return nil
end

--- { jwt, exp } for an active token that is meant for here; { why } for any other; { failed } when the issuer gave no usable answer.
function introspection.ask(conf, token, now)
  local form = "token=" .. parameters.encode(token) .. "&token_type_hint=access_token"
  local response, err = issuer.post(conf, conf.introspection_url, form, "application/jwt")
  if not response then return { failed = "introspection: " .. err } end
  if response.status ~= 200 then return { failed = string.format("introspection answered %d", response.status) } end
  local answer = issuer.object_of(response)
  if not answer then return { failed = "introspection answered no JSON object" } end
  if type(answer.active) ~= "boolean" then return { failed = "introspection answered nothing usable" } end
  if not answer.active then return { why = "inactive" } end
  local against = objection(conf, answer, now)
  if against == "jwt" then return { failed = "introspection sent no jwt: does its client allow it?" } end
  if against then return { why = "introspection: " .. against } end
  local mixed_up = mix_up(answer, answer.jwt, token)
  if mixed_up then return { failed = mixed_up } end
  return { jwt = answer.jwt, exp = answer.exp }
end

return introspection
