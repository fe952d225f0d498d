--- Of lua-resty-string what the plugins use: a digest.

local crypto = require "crypto"
local ffi = require "ffi"

return {
  new = function()
    local text = ""
    return {
      update = function(_, part) text = text .. part end,
      final = function() return ffi.string(crypto.SHA256(text, #text, nil), 32) end,
    }
  end,
}
