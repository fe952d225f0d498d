--- The rule against cross-site requests for a token that the browser attaches by itself (RFC 6265bis section 8.8, OWASP ASVS 5.0 3.5).

local find, lower, match = string.find, string.lower, string.match

local origin = {}

local safe_methods = { GET = true, HEAD = true, OPTIONS = true }
local default_ports = { http = "80", https = "443" }

--- The content types a foreign page may send without asking first (Fetch standard, "CORS-safelisted request-header").
local simple_types = { "text/plain", "application/x-www-form-urlencoded", "multipart/form-data" }

--- `scheme://authority` in lower case without a default port, or nil when the text is no http(s) origin.
local function normalise(text)
  local scheme, authority = match(lower(text), "^(https?)://([^/?#@%s]+)/?$")
  if not scheme then return nil end
  local host, port = match(authority, "^(.-):(%d+)$")
  if host and port == default_ports[scheme] then authority = host end
  return scheme .. "://" .. authority
end

local function only(values)
  return values and #values == 1 and values[1] or nil
end

--- The origin of the page that sent the request: Origin, else that of Referer. Second result: whether either header was there.
local function sender(headers)
  if headers.origin then return normalise(only(headers.origin) or ""), true end
  if headers.referer then
    return normalise(match(only(headers.referer) or "", "^[^:/?#]+://[^/?#]*") or ""), true
  end
  return nil, false
end

local function is_simple(headers)
  for _, value in ipairs(headers["content-type"] or {}) do
    for _, simple in ipairs(simple_types) do
      if find(lower(value), simple, 1, true) then return true end
    end
  end
  return false
end

local function is_allowed(from, own, allowed)
  if from == own then return true end
  for _, item in ipairs(type(allowed) == "table" and allowed or {}) do
    if normalise(item) == from then return true end
  end
  return false
end

--- The reason (for the log) why a request with a token from a cookie may come from another site, or nil when it does not.
-- `request`: { method, headers = name -> values, scheme }. An upgrade counts as unsafe: a foreign page may open a WebSocket with the cookie.
function origin.judge(conf, request)
  local headers = request.headers
  if safe_methods[request.method] and not headers.upgrade then return nil end
  local site = headers["sec-fetch-site"] and (only(headers["sec-fetch-site"]) or "cross-site")
  if site == "cross-site" then return "Sec-Fetch-Site is cross-site" end
  local from, present = sender(headers)
  if present then
    local own = normalise(request.scheme .. "://" .. (only(headers.host) or ""))
    if not from or not is_allowed(from, own, conf.allowed_origins) then return "Origin is not allowed" end
    return nil
  end
  if is_simple(headers) then return "a simple content type without Origin" end
  if site == "same-origin" then return nil end
  if not headers[lower(conf.csrf_header)] then return "neither Origin nor the custom header" end
  return nil
end

return origin
