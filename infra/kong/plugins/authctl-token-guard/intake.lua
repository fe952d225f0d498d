--- Finds the one token of a request in the places that are declared, or the answer that refuses it.

local cookies = require "kong.plugins.authctl-token-guard.cookies"
local origin = require "kong.plugins.authctl-token-guard.origin"
local parameters = require "kong.plugins.authctl-token-guard.parameters"
local refusal = require "kong.plugins.authctl-token-guard.refusal"

local lower, match = string.lower, string.match

local intake = {}

--- A form that is longer cannot be searched for a second token, and is refused.
local longest_form = 1048576

--- What follows a scheme that carries a token (`bearer`, or `dpop` where tokens are bound so), "" for nothing, and the scheme; or nil when the scheme is
-- another. It has no case (RFC 9110, section 11.1).
local function shown(value, bound)
  local scheme, rest = match(value, "^[ \t]*([^ \t]+)[ \t]*(.*)")
  scheme = scheme and lower(scheme)
  if scheme ~= "bearer" and not (bound == "dpop" and scheme == "dpop") then return nil end
  return match(rest, "^.*[^ \t]") or "", scheme
end

--- The token of the Authorization header; second result: a refusal.
local function from_header(conf, headers)
  local values = headers.authorization
  if not values then return nil end
  if #values > 1 then return nil, refusal.invalid_request("two Authorization headers") end
  local token, scheme = shown(values[1], conf.bound)
  -- What is bound to a key is not to be downgraded (RFC 9449, section 7.2).
  if token and conf.bound == "dpop" and scheme ~= "dpop" then return nil, refusal.invalid_token("a bearer token where tokens are bound") end
  return token
end

local function from_cookie(conf, headers)
  if type(conf.cookie) ~= "string" then return nil end
  local values = cookies.values(headers.cookie, conf.cookie)
  if #values > 1 then return nil, refusal.invalid_request("two cookies of that name") end
  return values[1] ~= "" and values[1] or nil
end

--- A refusal when a form carries a token besides the one that was found.
local function judge_form(conf, request)
  if request.method == "GET" or request.method == "HEAD" or not parameters.is_form(request.headers["content-type"]) then return nil end
  if request.headers["content-encoding"] then
    return refusal.too_large(415, "Unsupported media type", "an encoded form cannot be searched for a second token")
  end
  local form = request.read_body(longest_form)
  if not form then return refusal.too_large(413, "Payload too large", "the form cannot be searched for a second token") end
  if parameters.holds(form, conf.query_token_names) then return refusal.invalid_request("a second token in the form") end
  return nil
end

--- The token and its source ("header" or "cookie"); or nil, nil and a refusal.
-- `request`: { method, scheme, query (raw), headers = name -> values, read_body = function(most bytes) -> text or nil }.
function intake.take(conf, request)
  local sent, refused = from_header(conf, request.headers)
  if refused then return nil, nil, refused end
  local kept
  kept, refused = from_cookie(conf, request.headers)
  if refused then return nil, nil, refused end
  local in_query = conf.refuse_query_tokens and parameters.holds(request.query, conf.query_token_names)

  -- A bearer token counts as sent even where the header is not declared: two that disagree must never meet behind the gateway.
  if sent and kept then return nil, nil, refusal.invalid_request("a token in the header and in the cookie") end
  local token = kept or (conf.header and sent or nil)
  if not token then return nil, nil, refusal.missing(in_query and "the token is in the query" or "no token") end
  if in_query then return nil, nil, refusal.invalid_request("a second token in the query") end
  if #token > conf.max_token_size then return nil, nil, refusal.invalid_token("size") end

  if conf.refuse_query_tokens then
    refused = judge_form(conf, request)
    if refused then return nil, nil, refused end
  end
  if kept then
    local cross_site = origin.judge(conf, request)
    if cross_site then return nil, nil, refusal.forbidden("cross-site: " .. cross_site) end
  end
  return token, kept and "cookie" or "header"
end

return intake
