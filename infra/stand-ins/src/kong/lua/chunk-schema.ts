/**
 * `kong.db.schema.typedefs` as a schema.lua takes it: tables that may be called to make a variant. `fn` names what Kong keeps
 * as a function.
 */
export const schemaChunk = String.raw`
local rt = __rt
__rt = nil
local null = rt.host("null")
ngx = { null = null }
kong = { configuration = {} }

local define_mt
define_mt = { __call = function(base, changes)
  local made = {}
  for k, v in pairs(base) do made[k] = v end
  for k, v in pairs(changes or {}) do made[k] = v end
  return setmetatable(made, define_mt)
end }
local function define(t) return setmetatable(t, define_mt) end

local http = { "grpc", "grpcs", "http", "https" }
local every = { "grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp" }
local function protocols(list, one_of)
  return define { type = "set", required = true, default = list, elements = { type = "string", one_of = one_of,
    description = "A string representing a protocol, such as HTTP or HTTPS." }, description = "A set of strings representing protocols." }
end
local typedefs = {
  http_method = define { type = "string", match = "^%u+$",
    description = "A string representing an HTTP method, such as GET, POST, PUT, or DELETE. The string must contain only uppercase letters." },
  protocol = define { type = "string", one_of = every, description = "A string representing a protocol, such as HTTP or HTTPS." },
  host = define { type = "string", fn = "host", description = "A string representing a host name, such as example.com." },
  ip_or_cidr = define { type = "string", fn = "ip_or_cidr",
    description = "A string representing an IP address or CIDR block, such as 192.168.1.1 or 192.168.0.0/16." },
  port = define { type = "integer", between = { 0, 65535 },
    description = "An integer representing a port number between 0 and 65535, inclusive." },
  path = define { type = "string", starts_with = "/", match_none = { { pattern = "//", err = "must not have empty segments" } },
    fn = "path",
    description = "A string representing a URL path, such as /path/to/resource. Must start with a forward slash (/) and must not contain empty segments (i.e., two consecutive forward slashes)." },
  url = define { type = "string", fn = "url",
    description = "A string representing a URL, such as https://example.com/path/to/resource?q=search." },
  header_name = define { type = "string", fn = "header_name", description = "A string representing an HTTP header name." },
  cookie_name = define { type = "string", fn = "cookie_name", description = "A string representing an HTTP token defined by RFC 2616." },
  timeout = define { type = "integer", between = { 0, 2147483646 },
    description = "An integer representing a timeout in milliseconds. Must be between 0 and 2^31-2." },
  uuid = define { type = "string", uuid = true, auto = true,
    description = "A string representing a UUID (universally unique identifier)." },
  no_route = define { type = "foreign", reference = "routes", eq = null,
    description = "A reference to the 'routes' table with a null value allowed." },
  no_service = define { type = "foreign", reference = "services", eq = null,
    description = "A reference to the 'services' table with a null value allowed." },
  no_consumer = define { type = "foreign", reference = "consumers", eq = null,
    description = "Custom type for representing a foreign key with a null value allowed." },
  protocols = protocols(every, every),
  protocols_http = protocols(http, every),
}
setmetatable(typedefs, { __index = function(_, name)
  error("typedefs." .. tostring(name) .. " is not there in the embedded gateway", 2)
end })
rt.preload["kong.db.schema.typedefs"] = function() return typedefs end

local function plain(v, path)
  if type(v) == "function" then error(path .. " is a function: the embedded gateway takes only data in a schema", 0) end
  if type(v) == "table" then for k, item in pairs(v) do plain(item, path .. "." .. tostring(k)) end end
  return v
end
rt.commands.schema = function(name)
  local schema = require("kong.plugins." .. name .. ".schema")
  if type(schema) ~= "table" then error("the schema of " .. name .. " is no table", 0) end
  return plain(schema, name)
end
`;
