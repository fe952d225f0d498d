--- The Set-Cookie header of a token (RFC 6265bis, section 4.1).

local cookie = {}

--- Browsers drop a cookie without a word when name and value are longer together (RFC 6265bis, section 5.7, step 6).
local most = 4096

function cookie.fits(name, value)
  return #name + #value <= most
end

--- For the whole host and no other, over TLS only, out of reach of scripts. 0 seconds take the cookie away.
function cookie.line(conf, value, seconds)
  return string.format("%s=%s; Max-Age=%d; Path=/; Secure; HttpOnly; SameSite=%s", conf.cookie, value, seconds, conf.same_site)
end

return cookie
