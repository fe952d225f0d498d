--- Request headers as a client sent them, and which of them only a gateway may set.

local gsub, lower, sub = string.gsub, string.lower, string.sub

local headers = {}

--- More header lines than this are refused: Kong's PDK lists at most so many, and one that is not listed cannot be removed.
headers.most = 1000

--- Taking one off costs nginx a look at all: a request that claims an identity more often than this is refused.
headers.most_identities = 100

--- Names in the folded spelling of `fold`. A star at the end stands for any rest.
local identity_headers = {
  "x-consumer-*", "x-credential-identifier", "x-anonymous-consumer", "x-authenticated-*",
  "x-auth", "x-auth-*", "x-user", "x-user-*", "x-userid", "x-username", "x-userinfo", "x-remote-user", "remote-user", "x-webauth-*", "x-principal",
  "x-subject", "x-email", "x-role", "x-roles", "x-group", "x-groups", "x-scope", "x-scopes", "x-permissions", "x-claim-*", "x-jwt-*",
  "x-authorization", "proxy-authorization", "x-access-token", "x-id-token", "x-refresh-token", "x-token-*", "x-bearer-token", "x-introspection",
  "x-forwarded-user", "x-forwarded-email", "x-forwarded-groups", "x-forwarded-preferred-username", "x-forwarded-access-token",
  "x-forwarded-id-token", "x-forwarded-authorization",
  "client-cert", "client-cert-chain", "x-forwarded-client-cert", "x-client-cert", "x-client-cert-*", "x-ssl-client-*", "ssl-client-*", "x-amzn-mtls-*",
  "x-forwarded-tls-client-*", "x-arr-clientcert", "cf-client-cert-*",
  "oidc-*", "x-oidc-*", "x-amzn-oidc-*", "x-ms-client-principal", "x-ms-client-principal-*", "x-ms-token-*", "x-goog-authenticated-user-*",
  "x-goog-iap-jwt-assertion", "cf-access-*", "x-decision-id",
  "x-original-url", "x-original-uri", "x-original-method", "x-original-host", "x-rewrite-url", "x-rewrite-uri", "x-override-url",
  "x-http-method", "x-http-method-override", "x-method-override",
}

--- Headers that a pattern above would take, and that say nothing about who the caller is.
local harmless = { ["x-user-agent"] = true }

--- The spelling that upstreams fold header names to: no case, and every character that is neither letter nor digit alike.
function headers.fold(name)
  return (gsub(lower(name), "[^%w]", "-"))
end

local none = {}

local function matcher(names)
  local exact, prefixes = {}, {}
  for _, name in ipairs(names) do
    if sub(name, -1) == "*" then
      local prefix = headers.fold(sub(name, 1, -2))
      -- By their beginnings, so that a thousand header lines are not each compared with all of them.
      local beginning = sub(prefix, 1, 3)
      prefixes[beginning] = prefixes[beginning] or {}
      table.insert(prefixes[beginning], prefix)
    else
      exact[headers.fold(name)] = true
    end
  end
  return function(folded)
    if exact[folded] then return true end
    for length = 0, 3 do
      for _, prefix in ipairs(prefixes[sub(folded, 1, length)] or none) do
        if sub(folded, 1, #prefix) == prefix then return true end
      end
    end
    return false
  end
end

local is_builtin = matcher(identity_headers)

--- All request headers as { lower-case name = list of values }, or nil when there are more than can be listed.
function headers.read()
  local found, count = {}, 0
  for name, value in pairs(kong.request.get_headers(headers.most)) do
    local values = type(value) == "table" and value or { value }
    found[lower(name)] = values
    count = count + #values
  end
  return count < headers.most and found or nil
end

--- The names among `found` that claim an identity, in whatever spelling they came. `extra`: further names, a star at the end for any rest.
function headers.identity_names(found, extra)
  local is_extra = matcher(type(extra) == "table" and extra or {})
  local names = {}
  for name in pairs(found) do
    local folded = headers.fold(name)
    if is_extra(folded) or (is_builtin(folded) and not harmless[folded]) then names[#names + 1] = name end
  end
  return names
end

return headers
