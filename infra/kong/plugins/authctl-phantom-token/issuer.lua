--- How the gateway's client asks the issuer, and what both questions share.

local http = require "kong.plugins.authctl-token-guard.http"
local json = require "kong.plugins.authctl-token-guard.json"
local lists = require "kong.plugins.authctl-token-guard.lists"
local parameters = require "kong.plugins.authctl-token-guard.parameters"

local find, lower, match = string.find, string.lower, string.match
local encode = parameters.encode

local issuer = {}

--- What a token by value may say of itself before the issuer is asked. An issuer may read several spellings of one token, and Keycloak answers 500
-- to a header without alg: what is not one well-formed JWS is refused here.
issuer.algorithms = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" }
issuer.types = { "JWT", "at+jwt" }

--- Sends a form as the gateway's client. The token travels in the body only, where no log line or cache keeps it. { status, headers, body }, or nil and
-- the error.
function issuer.post(conf, url, form, accept)
  if type(url) ~= "string" then return nil, "no address" end
  if conf.allow_plain_http ~= true and not match(url, "^https://") then return nil, "the endpoint is not https" end
  local headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Accept"] = accept }
  if conf.auth_method == "client_secret_post" then
    form = form .. "&client_id=" .. encode(conf.client_id) .. "&client_secret=" .. encode(conf.client_secret)
  else
    headers.Authorization = "Basic " .. ngx.encode_base64(encode(conf.client_id) .. ":" .. encode(conf.client_secret))
  end
  return http.post({
    url = url, path = "", headers = headers, body = form, timeout_ms = conf.timeout_ms, most = conf.max_response_size, ssl_verify = conf.ssl_verify,
  })
end

--- The JSON object of an answer; nil for any other. A page that happens to hold JSON is no answer of the endpoint's (RFC 7662, section 2.2; RFC 6749,
-- section 5).
function issuer.object_of(response)
  local content_type = response.headers["Content-Type"]
  if type(content_type) ~= "string" or not find(lower(content_type), "^application/json%s*;?") then return nil end
  local answer = json.decode(response.body)
  return json.is_object(answer) and answer or nil
end

function issuer.holds(aud, wanted)
  if aud == wanted then return true end
  return json.is_array(aud) and lists.contains(aud, wanted)
end

return issuer
