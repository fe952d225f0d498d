--- Parameters of a query string or of a form. Access tokens among them (RFC 6750, sections 2.2 and 2.3) are found, so that they can be refused, and
-- never read as a token.

local find, gmatch, gsub, lower, match = string.find, string.gmatch, string.gsub, string.lower, string.match

local parameters = {}

local function percent_decode(text)
  return (gsub(text, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- One value as it may stand in a query or in a form (application/x-www-form-urlencoded).
function parameters.encode(text)
  return (gsub(text, "[^%w%-._~]", function(c) return string.format("%%%02X", string.byte(c)) end))
end

--- True when an urlencoded text has a parameter of one of `names`: in any case, percent-encoded, or with a bracket behind it (`jwt[]=`).
function parameters.holds(encoded, names)
  if encoded == nil or encoded == "" then return false end
  local wanted = {}
  for _, name in ipairs(names) do wanted[lower(name)] = true end
  for part in gmatch(encoded, "[^&;]+") do
    local name = lower(percent_decode((gsub(match(part, "^[^=]*"), "%+", " "))))
    if wanted[match(name, "^ *([^%[]*)")] then return true end
  end
  return false
end

--- True for the one media type in which RFC 6750 lets a token travel in a body. `content_types`: the values of that header.
function parameters.is_form(content_types)
  for _, value in ipairs(content_types or {}) do
    if find(lower(value), "application/x-www-form-urlencoded", 1, true) then return true end
  end
  return false
end

return parameters
