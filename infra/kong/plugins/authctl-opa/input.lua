--- The question that OPA gets. Its shape is documented in the plugin's README, because policies are written against it.

local json = require "kong.plugins.authctl-token-guard.json"

local gmatch, gsub, match = string.gmatch, string.gsub, string.match
local quote = json.quote

local input = {}

local function percent_decode(text)
  return (gsub(text, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function list_text(list)
  local texts = {}
  for index, item in ipairs(list) do texts[index] = quote(item) end
  return "[" .. table.concat(texts, ",") .. "]"
end

--- An object with its members in order of their names, so that one question has one text. `text_of` writes a member's value.
local function object_text(object, text_of)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names)
  local texts = {}
  for index, name in ipairs(names) do texts[index] = quote(name) .. ":" .. text_of(object[name]) end
  return "{" .. table.concat(texts, ",") .. "}"
end

--- The segments of a path, percent-decoded; a slash at the end makes a last, empty one.
local function segments_of(path)
  local segments = {}
  for segment in gmatch(path, "/([^/]*)") do segments[#segments + 1] = percent_decode(segment) end
  if #segments == 1 and segments[1] == "" then return {} end
  return segments
end

--- A path as clients send it: Kong has decoded what is no ASCII (RFC 3986 section 2.5), and a service behind it has not.
local function as_sent(path)
  return (gsub(path, "[\128-\255]", function(byte) return string.format("%%%02X", string.byte(byte)) end))
end

local function query_of(raw)
  local query = {}
  for part in gmatch(raw or "", "[^&]+") do
    local name, value = match(part, "^([^=]*)=?(.*)$")
    name = percent_decode((gsub(name, "%+", " ")))
    query[name] = query[name] or {}
    table.insert(query[name], percent_decode((gsub(value, "%+", " "))))
  end
  return query
end

--- The variables of "/orders/{id}" in a path, none of "/orders/**"; or nil when the path is not of that form.
local function params_of(template, segments)
  local below = match(template, "^(.*)/%*%*$")
  local params, expected = {}, segments_of(below or template)
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

--- The body of the question as JSON text; or nil and a reason when the path is not the one this route stands for.
-- `token`: what a guard verified, or nil. Its claims go in as the very text that was signed.
function input.build(conf, token)
  local path = kong.request.get_path()
  local segments = segments_of(path)
  local params = {}
  if type(conf.path_template) == "string" then
    params = params_of(conf.path_template, segments)
    if not params then return nil, "the path is not of the form " .. conf.path_template end
  end
  local request = object_text({
    method = quote(kong.request.get_method()),
    path = quote(as_sent(path)),
    segments = list_text(segments),
    query = object_text(query_of(kong.request.get_raw_query()), list_text),
    host = quote(kong.request.get_forwarded_host()),
    scheme = quote(kong.request.get_forwarded_scheme()),
    client_ip = quote(kong.client.get_forwarded_ip()),
  }, tostring)
  local route = object_text({
    service = type(conf.service) == "string" and quote(conf.service) or "null",
    id = type(conf.route) == "string" and quote(conf.route) or "null",
    params = object_text(params, quote),
  }, tostring)
  return '{"input":{"request":' .. request .. ',"route":' .. route .. ',"source":"kong","token":' .. (token and token.payload or "null") .. "}}"
end

return input
