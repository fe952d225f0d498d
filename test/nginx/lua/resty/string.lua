--- Of lua-resty-string what the plugins use: bytes as text.

return { to_hex = function(text) return (string.gsub(text, ".", function(c) return string.format("%02x", string.byte(c)) end)) end }
