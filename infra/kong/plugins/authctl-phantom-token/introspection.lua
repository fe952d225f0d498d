--- Asks the issuer about one token (RFC 7662) and reads the answer. Keycloak adds the signed access token as member `jwt` when it is asked with
-- `Accept: application/jwt` and the asking client has `client.introspection.response.allow.jwt.claim.enabled`.

local http = require "kong.plugins.authctl-token-guard.http"
local json = require "kong.plugins.authctl-token-guard.json"
local parameters = require "kong.plugins.authctl-token-guard.parameters"

local find, match = string.find, string.match
local encode = parameters.encode

local introspection = {}

--- The question's headers and body. The token travels in the body only, where no log line or cache keeps it.
local function question(conf, token)
  local headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Accept"] = "application/jwt" }
  local body = "token=" .. encode(token) .. "&token_type_hint=access_token"
  if conf.auth_method == "client_secret_post" then
    body = body .. "&client_id=" .. encode(conf.client_id) .. "&client_secret=" .. encode(conf.client_secret)
  else
    headers.Authorization = "Basic " .. ngx.encode_base64(encode(conf.client_id) .. ":" .. encode(conf.client_secret))
  end
  return headers, body
end

local function holds(aud, wanted)
  if aud == wanted then return true end
  if not json.is_array(aud) then return false end
  for _, item in ipairs(aud) do
    if item == wanted then return true end
  end
  return false
end

--- What the answer itself says against the token, or nil. The JWT is judged again, by the guard, once its signature counts.
local function objection(conf, answer, now)
  if type(answer.exp) ~= "number" or answer.exp <= now then return "exp" end
  if answer.iss ~= conf.issuer then return "iss" end
  if not holds(answer.aud, conf.audience) then return "aud" end
  if type(answer.jwt) ~= "string" or not find(answer.jwt, "^[%w_-]+%.[%w_-]+%.[%w_-]+$") then return "jwt" end
  return nil
end

--- { jwt, exp } for an active token that is meant for here; { why } for any other; { failed } when the issuer gave no usable answer.
function introspection.ask(conf, token, now)
  if conf.allow_plain_http ~= true and not match(conf.introspection_url, "^https://") then
    return { failed = "the introspection endpoint is not https" }
  end
  local headers, body = question(conf, token)
  local response, err = http.post({
    url = conf.introspection_url, path = "", headers = headers, body = body,
    timeout_ms = conf.timeout_ms, most = conf.max_response_size, ssl_verify = conf.ssl_verify,
  })
  if not response then return { failed = "introspection: " .. err } end
  if response.status ~= 200 then return { failed = string.format("introspection answered %d", response.status) } end
  local answer = json.decode(response.body)
  if not json.is_object(answer) or type(answer.active) ~= "boolean" then return { failed = "introspection answered nothing usable" } end
  if not answer.active then return { why = "inactive" } end
  local against = objection(conf, answer, now)
  if against == "jwt" then return { failed = "introspection sent no jwt: does its client allow it?" } end
  if against then return { why = "introspection: " .. against } end
  return { jwt = answer.jwt, exp = answer.exp }
end

return introspection
