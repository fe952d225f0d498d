--- What Kong knows about the request, as one plain table, and the changes that every token plugin makes to it.

local cookies = require "kong.plugins.authctl-token-guard.cookies"
local headers = require "kong.plugins.authctl-token-guard.headers"

local request = {}

--- { method, scheme, query, headers, read_body }, or nil when there are more headers than Kong lists.
function request.read()
  local found = headers.read()
  if not found then return nil end
  return {
    method = kong.request.get_method(),
    scheme = kong.request.get_forwarded_scheme(),
    query = kong.request.get_raw_query(),
    headers = found,
    read_body = kong.request.get_raw_body,
  }
end

--- Removes every header by which a client could claim an identity. False when there are too many of them: the request is to be refused.
function request.strip_identity(read, extra)
  local names = headers.identity_names(read.headers, extra)
  if #names > headers.most_identities then return false end
  for _, name in ipairs(names) do
    kong.service.request.clear_header(name)
    read.headers[name] = nil
  end
  return true
end

--- Removes the cookie that carries a token from what goes upstream.
function request.drop_cookie(read, name)
  if type(name) ~= "string" then return end
  local rest, found = cookies.without(read.headers.cookie, name)
  if not found then return end
  if rest then
    kong.service.request.set_header("Cookie", rest)
  else
    kong.service.request.clear_header("Cookie")
  end
end

return request
