--- What OPA is asked, in four shapes, from what is known of a request. Everything here is decided from arguments alone. Its twin is the middleware's
-- question.ts; both are held to test/data/question/vectors.json.

local headers = require "kong.plugins.authctl-token-guard.headers"
local json = require "kong.plugins.authctl-token-guard.json"

local concat, find, gmatch, gsub, match, sub = table.concat, string.find, string.gmatch, string.gsub, string.match, string.sub
local quote = json.quote

local question = {}

--- Levels that a question may have: those of a token's claims (json.lua), and of what stands around them.
local deepest = 64

local function byte_of(digits) return string.char(tonumber(digits, 16)) end

function question.percent_decode(text)
  return (gsub(text, "%%(%x%x)", byte_of))
end

local percent_decode = question.percent_decode

local function list_text(list, text_of)
  local texts = {}
  for index, item in ipairs(list) do texts[index] = (text_of or quote)(item) end
  return "[" .. concat(texts, ",") .. "]"
end

--- An object with its members in order of their names, so that one question has one text. `text_of` writes a member's value; without it they are texts.
local function object_text(object, text_of)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names)
  local texts = {}
  for index, name in ipairs(names) do texts[index] = quote(name) .. ":" .. (text_of and text_of(object[name]) or object[name]) end
  return "{" .. concat(texts, ",") .. "}"
end

--- The segments of a path, percent-decoded; a slash at the end makes a last, empty one.
function question.segments(path)
  local segments = {}
  for segment in gmatch(path, "/([^/]*)") do segments[#segments + 1] = percent_decode(segment) end
  if #segments == 1 and segments[1] == "" then return {} end
  return segments
end

local function plus_decode(text) return percent_decode((gsub(text, "%+", " "))) end

--- The parameters of a query in order, as { name, value }; the value of one without "=" is nil.
local function parameters(raw)
  local found = {}
  for part in gmatch(raw, "[^&]+") do
    local name, value = match(part, "^([^=]*)=(.*)$")
    found[#found + 1] = { plus_decode(name or part), value and plus_decode(value) }
  end
  return found
end

--- { name = list of values }; `none` stands for the value of a parameter without one.
local function grouped(pairs_in_order, none)
  local found = {}
  for _, parameter in ipairs(pairs_in_order) do
    local name, value = parameter[1], parameter[2]
    if value == nil then value = none end
    found[name] = found[name] or {}
    table.insert(found[name], value)
  end
  return found
end

local function host_of(authority) return (gsub(authority, ":%d+$", "")) end

local function own_text(facts)
  local token = facts.token
  local request = object_text {
    method = quote(facts.method),
    path = quote(facts.path),
    segments = list_text(question.segments(facts.path)),
    query = object_text(grouped(parameters(facts.query), ""), list_text),
    host = quote(facts.host),
    scheme = quote(facts.scheme),
    client_ip = quote(facts.client_ip),
  }
  local route = object_text {
    service = type(facts.service) == "string" and quote(facts.service) or "null",
    id = type(facts.route) == "string" and quote(facts.route) or "null",
    params = object_text(facts.params, quote),
  }
  return '{"request":' .. request .. ',"route":' .. route .. ',"source":"kong","token":' .. (token and token.payload or "null") .. "}"
end

-- The other shapes --------------------------------------------------------------------------------------------------------------------------

--- Whether every reader takes the bytes for the same text: `quote` puts another character in the place of what is no UTF-8.
local function is_text(value)
  return not find(value, "[\128-\255]") or json.decode(quote(value)) == value
end

--- Headers as the policy may have them, { lower-case name = list of values }; nil and a reason where one is no text. Of all credentials that a
-- client sent, the one token that was verified goes in.
local function shown_headers(found, token)
  local identities = {}
  for _, name in ipairs(headers.identity_names(found)) do identities[name] = true end
  local shown = {}
  for name, values in pairs(found) do
    if name ~= "authorization" and name ~= "cookie" and sub(name, 1, 1) ~= ":" and not identities[name] then
      for _, value in ipairs(values) do
        if not is_text(value) then return nil, "a header that is no text" end
      end
      shown[name] = values
    end
  end
  if token then shown.authorization = { "Bearer " .. token.raw } end
  return shown
end

--- What must be text, or nil and the reason why the request cannot be put into a shape.
local function read_strictly(facts)
  local segments = {}
  for segment in gmatch(facts.path, "/([^/]*)") do
    local decoded = percent_decode(segment)
    -- One reader decodes before it splits, another after it.
    if find(decoded, "/", 1, true) or not is_text(decoded) then return nil, "a path that readers take differently" end
    segments[#segments + 1] = decoded
  end
  local query = parameters(facts.query)
  for _, parameter in ipairs(query) do
    if not is_text(parameter[1]) or not is_text(parameter[2] or "") then return nil, "a query that is no text" end
  end
  local shown, reason = shown_headers(facts.headers, facts.token)
  if not shown then return nil, reason end
  return { segments = segments, query = query, headers = shown }
end

--- OPA's plugin takes every slash at the beginning away before it splits.
local function trimmed(segments)
  local first = 1
  while segments[first] == "" and first < #segments do first = first + 1 end
  local rest = {}
  for index = first, #segments do rest[#rest + 1] = segments[index] end
  return rest
end

local function joined(values) return quote(concat(values, ",")) end

local function envoy_text(facts, read)
  local target = facts.query == "" and facts.path or facts.path .. "?" .. facts.query
  local shown = { [":authority"] = { facts.authority }, [":method"] = { facts.method }, [":path"] = { target }, [":scheme"] = { facts.scheme } }
  for name, values in pairs(read.headers) do
    if name ~= "host" then shown[name] = values end
  end
  local http = object_text {
    method = quote(facts.method), path = quote(target), host = quote(facts.authority), scheme = quote(facts.scheme),
    headers = object_text(shown, joined),
  }
  local metadata = facts.token and '{"envoy.filters.http.jwt_authn":{"jwt_payload":' .. facts.token.payload .. "}}" or "{}"
  return object_text {
    attributes = object_text {
      source = '{"address":{"socketAddress":{"address":' .. quote(facts.client_ip) .. "}}}",
      request = '{"http":' .. http .. "}",
      contextExtensions = object_text({ service = facts.service, route = facts.route }, quote),
      metadataContext = '{"filterMetadata":' .. metadata .. "}",
    },
    parsed_path = list_text(trimmed(read.segments)),
    parsed_query = object_text(grouped(read.query, ""), list_text),
    parsed_body = "null",
    truncated_body = "false",
    version = '{"encoding":"protojson","ext_authz":"v3"}',
  }
end

local function value_text(value) return value == true and "true" or quote(value) end

--- One value by itself, several as a list.
local function one_or_list(values)
  return #values == 1 and value_text(values[1]) or list_text(values, value_text)
end

local function kong_text(facts, read, blueprint)
  local port = match(facts.authority, ":(%d+)$") or (facts.scheme == "https" and "443" or "80")
  local http = object_text {
    method = quote(facts.method), path = quote(facts.path), host = quote(host_of(facts.authority)), port = quote(port), scheme = quote(facts.scheme),
    tls = "{}", querystring = object_text(grouped(read.query, true), one_or_list), headers = object_text(read.headers, one_or_list),
  }
  local name = blueprint .. "." .. facts.service
  return object_text {
    request = '{"http":' .. http .. "}",
    client_ip = quote(facts.client_ip),
    service = object_text({ name = name }, quote),
    route = object_text({ name = name .. "." .. facts.route }, quote),
  }
end

local function member_text(value)
  if type(value) == "string" then return quote(value) end
  if type(value) == "number" then return string.format("%.17g", value) end
  if type(value) == "boolean" then return tostring(value) end
  if value == ngx.null then return "null" end
  if json.is_array(value) then return list_text(value, member_text) end
  return object_text(value, member_text)
end

--- The value at a place (`token.realm_access.roles`), or nil.
local function value_of(own, place)
  local value = own
  for name in gmatch(place, "[^.]+") do
    if not json.is_object(value) then return nil end
    value = value[name]
  end
  return value
end

--- What is not there has no member, as it is undefined in the policy.
local function mapped_text(facts, fields)
  local own, reason = json.decode(own_text(facts), deepest)
  if not own then return nil, reason end
  local tree = {}
  for _, field in ipairs(fields) do
    local name, place = match(field, "^([^=]+)=(.+)$")
    local value = value_of(own, place)
    if value ~= nil then
      local branch, last = tree, name
      for part, rest in gmatch(name, "([^.]+)()") do
        if rest > #name then
          last = part
        else
          branch[part] = branch[part] or {}
          branch = branch[part]
        end
      end
      branch[last] = value
    end
  end
  return member_text(tree)
end

--- The policy's input as JSON text; or nil and the reason why the request cannot be put into the shape: it is to be refused then.
-- `facts`: { method, path, query (both as sent), host, authority, scheme, client_ip, headers = name -> values, service, route, params,
-- token = { raw, payload } or nil }.
function question.text(conf, facts)
  local shape = conf.input or "authctl"
  if shape == "authctl" then return own_text(facts) end
  if type(facts.service) ~= "string" or type(facts.route) ~= "string" then return nil, "the route has no name" end
  local read, reason = read_strictly(facts)
  if not read then return nil, reason end
  if shape == "envoy" then return envoy_text(facts, read) end
  if shape == "kong" and type(conf.blueprint) == "string" then return kong_text(facts, read, conf.blueprint) end
  if shape == "mapping" and type(conf.fields) == "table" then return mapped_text(facts, conf.fields) end
  return nil, "no such shape"
end

return question
