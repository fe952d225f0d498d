--- Of lua-resty-string what the plugins use: bytes that nobody can guess.

local crypto = require "crypto"
local ffi = require "ffi"

return {
  bytes = function(count)
    local made = ffi.new("unsigned char[?]", count)
    return crypto.RAND_bytes(made, count) == 1 and ffi.string(made, count) or nil
  end,
}
