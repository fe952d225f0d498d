--- The question that OPA gets. Its shape is documented in the plugin's README, because policies are written against it.

local headers = require "kong.plugins.authctl-token-guard.headers"
local question = require "kong.plugins.authctl-opa.question"

local gsub, match = string.gsub, string.match

local input = {}

local function encode(byte) return string.format("%%%02X", string.byte(byte)) end

--- A path or a query as clients send it: Kong has decoded what is no ASCII (RFC 3986 section 2.5), and a service behind it has not.
local function as_sent(text) return (gsub(text, "[\128-\255]", encode)) end

--- The same of a path in which Kong has decoded a blank and its like, too: what no path may hold (RFC 3986 section 3.3) is encoded again.
local function as_a_path(text) return (gsub(text, "[^%w%-._~!$&'()*+,;=:@/%%]", encode)) end

--- The variables of "/orders/{id}" in a path, none of "/orders/**"; or nil when the path is not of that form.
local function params_of(template, segments)
  local below = match(template, "^(.*)/%*%*$")
  local params, expected = {}, question.segments(below or template)
  if below then
    -- "/**" takes everything, and what is below "/orders" has a segment more, be it empty.
    if below == "" then return params end
    if #segments <= #expected then return nil end
  elseif #expected ~= #segments then
    return nil
  end
  for index, wanted in ipairs(expected) do
    local actual = segments[index]
    local name = match(wanted, "^{([^{}]+)}$")
    if name and actual ~= "" then
      params[name] = actual
    elseif name or actual ~= wanted then
      return nil
    end
  end
  return params
end

--- The host as the request names it, with its port.
local function authority_of(found)
  local host = found.host
  return host and host[1] or kong.request.get_forwarded_host()
end

--- The body of the question as JSON text; or nil and a reason when the path is not the one this route stands for, or cannot be put into the shape.
-- `token`: what a guard verified, or nil. Its claims go in as the very text that was signed.
function input.build(conf, token)
  local path = kong.request.get_path()
  local params = {}
  if type(conf.path_template) == "string" then
    params = params_of(conf.path_template, question.segments(path))
    if not params then return nil, "the path is not of the form " .. conf.path_template end
  end
  -- Read where they are asked for: authctl's own shape has none.
  local found = conf.input == "authctl" and {} or headers.read()
  if not found then return nil, "more headers than can be listed" end
  local text, reason = question.text(conf, {
    method = kong.request.get_method(), path = (conf.input == "authctl" and as_sent or as_a_path)(path), query = as_sent(kong.request.get_raw_query() or ""),
    host = kong.request.get_forwarded_host(), authority = authority_of(found), scheme = kong.request.get_forwarded_scheme(),
    client_ip = kong.client.get_forwarded_ip(), headers = found, service = conf.service, route = conf.route, params = params, token = token,
  })
  if not text then return nil, reason .. ": the policy could not be asked" end
  return '{"input":' .. text .. "}"
end

return input
