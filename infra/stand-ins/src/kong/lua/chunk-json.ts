/**
 * cjson as Kong has it: 14 significant digits (16 in `kong.tools.cjson`), "/" plain, sparse arrays refused beyond its ratio,
 * `empty_array_mt`.
 */
export const jsonChunk = String.raw`
local rt = __rt
local host = rt.host
local null = host("null")
rt.null = null
local format, gsub, concat, byte = string.format, string.gsub, table.concat, string.byte
local math_type, floor, huge = math.type, math.floor, math.huge

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local function escape(c) return escapes[c] or format("\\u%04x", byte(c)) end
local array_mt, empty_array_mt = {}, {}

local function new(digits)
  local cjson = { null = null, array_mt = array_mt, empty_array_mt = empty_array_mt, _NAME = "cjson", _VERSION = "2.1.0.11" }
  local empty_array = setmetatable({}, empty_array_mt)
  cjson.empty_array = empty_array
  local settings = { invalid = false, empty_as_object = true, convert = false, ratio = 2, safe = 10, depth = 1000, with_mt = false,
    slash = false, digits = digits }

  local function number(n)
    if n ~= n or n == huge or n == -huge then error("Cannot serialise number: must not be NaN or Infinity", 0) end
    if math_type(n) == "float" and n == floor(n) and n > -2^53 and n < 2^53 then
      if n == 0 and 1 / n < 0 then return "-0" end
      n = floor(n)
    end
    local text = format("%." .. settings.digits .. "g", n)
    return text
  end

  -- The length of the array a table is, or nil when it is an object.
  local function length(t)
    local largest, count = 0, 0
    for k in next, t do
      if math_type(k) == nil or k < 1 or k ~= floor(k) then return nil end
      if k > largest then largest = k end
      count = count + 1
    end
    if settings.ratio > 0 and largest > count * settings.ratio and largest > settings.safe then
      if not settings.convert then error("Cannot serialise table: excessively sparse array", 0) end
      return nil
    end
    return largest
  end

  local encode
  local function encode_table(t, depth, out)
    if depth > settings.depth then error("Cannot serialise, excessive depth (" .. depth .. ")", 0) end
    local mt = getmetatable(t)
    local n
    if mt == array_mt then n = #t
    elseif next(t) == nil then n = (mt == empty_array_mt or not settings.empty_as_object) and 0 or nil
    else n = length(t) end
    if n then
      out[#out + 1] = "["
      for i = 1, n do
        if i > 1 then out[#out + 1] = "," end
        encode(rawget(t, i), depth, out)
      end
      out[#out + 1] = "]"
      return
    end
    out[#out + 1] = "{"
    local first = true
    for k, v in next, t do
      if not first then out[#out + 1] = "," end
      first = false
      if type(k) == "number" then out[#out + 1] = '"' .. number(k) .. '":'
      elseif type(k) == "string" then out[#out + 1] = '"' .. gsub(k, '[%c"\\\127]', escape) .. '":'
      else error("Cannot serialise " .. type(k) .. ": table key must be a number or string", 0) end
      encode(v, depth, out)
    end
    out[#out + 1] = "}"
  end
  encode = function(v, depth, out)
    local kind = type(v)
    if kind == "string" then
      local text = gsub(v, '[%c"\\\127]', escape)
      if settings.slash then text = gsub(text, "/", "\\/") end
      out[#out + 1] = '"' .. text .. '"'
    elseif kind == "table" then encode_table(v, depth + 1, out)
    elseif kind == "number" then out[#out + 1] = number(v)
    elseif kind == "boolean" then out[#out + 1] = v and "true" or "false"
    elseif v == nil or v == null then out[#out + 1] = "null"
    else error("Cannot serialise " .. kind .. ": type not supported", 0) end
  end

  cjson.encode = function(v)
    local out = {}
    encode(v, 0, out)
    return concat(out)
  end
  local function mark(v)
    if type(v) ~= "table" then return v end
    if v[1] ~= nil then setmetatable(v, array_mt) end
    for _, item in next, v do mark(item) end
    return v
  end
  cjson.decode = function(text)
    if type(text) == "number" then text = tostring(text) end
    if type(text) ~= "string" then error("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ")", 0) end
    local ok, value = host("json.decode", text)
    if not ok then error(value, 0) end
    if settings.with_mt then return mark(value) end
    return value
  end
  cjson.encode_number_precision = function(n) if n then settings.digits = n end return settings.digits end
  cjson.encode_sparse_array = function(convert, ratio, safe)
    if convert ~= nil then settings.convert = convert end
    if ratio then settings.ratio = ratio end
    if safe then settings.safe = safe end
    return settings.convert, settings.ratio, settings.safe
  end
  cjson.encode_empty_table_as_object = function(v) if v ~= nil then settings.empty_as_object = v end return settings.empty_as_object end
  cjson.encode_max_depth = function(n) if n then settings.depth = n end return settings.depth end
  cjson.decode_max_depth = function(n) return n or 1000 end
  cjson.encode_escape_forward_slash = function(v) settings.slash = v end
  cjson.decode_array_with_array_mt = function(v) settings.with_mt = v end
  cjson.encode_invalid_numbers = function() return false end
  cjson.decode_invalid_numbers = function() return true end
  cjson.encode_keep_buffer = function() return true end
  cjson.new = function() return new(digits) end
  return cjson
end

-- Both modules share their settings in Kong, which sets 16 digits and turns the escaping of "/" off for the whole worker when it starts.
local function safe(base)
  local guarded = setmetatable({}, { __index = base })
  guarded.encode = function(v)
    local ok, text = rt.pcall(base.encode, v)
    if ok then return text end
    return nil, text
  end
  guarded.decode = function(text)
    local ok, value = rt.pcall(base.decode, text)
    if ok then return value end
    return nil, value
  end
  guarded.new = function() return safe(new(14)) end
  return guarded
end
local shared = new(16)
local shared_safe = safe(shared)
rt.cjson = shared
rt.preload["cjson"] = function() return shared end
rt.preload["cjson.safe"] = function() return shared_safe end
rt.preload["kong.tools.cjson"] = function()
  return { encode = shared_safe.encode, decode = shared_safe.decode, decode_with_array_mt = shared_safe.decode,
    new = function() return new(16) end, array_mt = array_mt }
end
`;
