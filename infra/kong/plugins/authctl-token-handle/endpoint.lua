--- One request to an OAuth endpoint: handles in the form become tokens, tokens in the answer become handles.

local handles = require "kong.plugins.authctl-token-handle.handles"
local http = require "kong.plugins.authctl-token-guard.http"
local json = require "kong.plugins.authctl-token-guard.json"

local find, gsub, sub = string.find, string.gsub, string.sub

local endpoint = {}

--- Parameters that carry a token to the issuer: refresh (RFC 6749), revocation (RFC 7009), token exchange (RFC 8693).
local token_parameters = { token = true, refresh_token = true, subject_token = true, actor_token = true }

local function percent_decode(text)
  return (gsub(gsub(text, "%+", " "), "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function percent_encode(text)
  return (gsub(text, "[^%w%-._~]", function(c) return string.format("%%%02X", string.byte(c)) end))
end

--- The form with every known handle replaced; what is no handle of ours goes on as it came, and the issuer judges it. nil and the error otherwise.
local function with_tokens(conf, form)
  local parts = {}
  for part in string.gmatch(form, "[^&]+") do
    local name, value = string.match(part, "^([^=]*)=(.*)$")
    if name and token_parameters[percent_decode(name)] then
      local token, err = handles.token(conf, percent_decode(value))
      if err then return nil, err end
      if token then part = name .. "=" .. percent_encode(token) end
    end
    parts[#parts + 1] = part
  end
  return table.concat(parts, "&")
end

local function replace_plain(text, old, new)
  local parts, at = {}, 1
  while true do
    local first, last = find(text, old, at, true)
    if not first then break end
    parts[#parts + 1] = sub(text, at, first - 1)
    parts[#parts + 1] = new
    at = last + 1
  end
  parts[#parts + 1] = sub(text, at)
  return table.concat(parts)
end

--- The answer's text with its tokens replaced by new handles. nil and the error when one cannot be kept, or would still be there.
local function with_handles(conf, text, document)
  for _, member in ipairs({ "access_token", "refresh_token" }) do
    local token = document[member]
    if token ~= nil then
      local lifetime = member == "access_token" and document.expires_in or document.refresh_expires_in
      if type(token) ~= "string" or token == "" then return nil, "the issuer's " .. member .. " is no text" end
      if type(lifetime) ~= "number" or lifetime <= 0 then lifetime = conf.handle_ttl end
      local handle, err = handles.keep(conf, token, lifetime)
      if not handle then return nil, err end
      text = replace_plain(text, json.quote(token), '"' .. handle .. '"')
      local changed = json.decode(text)
      if not json.is_object(changed) or changed[member] ~= handle or find(text, token, 1, true) then
        return nil, "the issuer's answer spells its " .. member .. " in another way, or twice"
      end
    end
  end
  return text
end

--- The answer for the client as { status, body, headers }; or nil and the reason (for the log) when there is none to give.
-- `authorization`: the client's own Authorization header, for its authentication at the issuer.
function endpoint.forward(conf, form, authorization)
  if conf.allow_plain_http ~= true and not find(conf.endpoint_url, "^https://") then return nil, "the endpoint is not https" end
  local body, err = with_tokens(conf, form)
  if not body then return nil, err end
  local headers = {
    ["Content-Type"] = "application/x-www-form-urlencoded", Accept = "application/json", ["X-Forwarded-For"] = kong.client.get_forwarded_ip(),
    Authorization = type(authorization) == "string" and authorization or nil,
  }
  local response
  response, err = http.post({
    url = conf.endpoint_url, path = "", headers = headers, body = body, timeout_ms = conf.timeout_ms, most = 262144,
    ssl_verify = conf.ssl_verify, once = true,
  })
  if not response then return nil, "endpoint: " .. err end
  if response.status ~= 200 and (response.status < 400 or response.status > 499) then
    return nil, string.format("endpoint answered %d", response.status)
  end
  local answer = {
    status = response.status, body = response.body,
    headers = { ["Cache-Control"] = "no-store", ["WWW-Authenticate"] = response.headers["WWW-Authenticate"] },
  }
  if response.body == "" then return answer end

  local document = json.decode(response.body)
  if not json.is_object(document) then return nil, "the endpoint's answer is no JSON object" end
  answer.headers["Content-Type"] = "application/json"
  answer.body, err = with_handles(conf, response.body, document)
  if not answer.body then return nil, err end
  return answer
end

return endpoint
