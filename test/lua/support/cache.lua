--- Kong's cache as far as it matters: a failed callback brings a stale value back, and a value lives as long as its third result says.

local cache = {}

--- A cache that goes by a clock; second result: what empties it, and returns the keys it held.
function cache.new(now)
  local kept = {}
  local made = {
    get = function(_, key, options, callback, ...)
      options = options or { ttl = 0, neg_ttl = 0 }
      local item = kept[key]
      if item and item.expires > now() then return item.value end
      local value, err, ttl = callback(...)
      if err then return item and item.value, not item and "callback returned an error: " .. tostring(err) or nil end
      ttl = ttl or (value == nil and options.neg_ttl or options.ttl)
      kept[key] = { value = value, expires = ttl == 0 and math.huge or now() + ttl }
      return value
    end,
    probe = function(_, key)
      local item = kept[key]
      if not item or item.expires <= now() then return nil end
      return item.expires - now(), nil, item.value
    end,
  }
  local function clear()
    local keys = {}
    for key in pairs(kept) do keys[#keys + 1] = key end
    kept = {}
    return keys
  end
  return made, clear
end

return cache
