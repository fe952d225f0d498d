# METADATA
# title: Who asks, by the token in the header
# description: The gateway has verified it, and hands on no other; without one there is nobody here.
package envoy.caller

import input.attributes.request.http

# METADATA
# description: The signature is the gateway's work.
claims := payload if {
	[scheme, token] := split(http.headers.authorization, " ")
	lower(scheme) == "bearer"
	[_, payload, _] := io.jwt.decode(token)
}

scopes := split(claims.scope, " ")

machine if claims.client_id

machine if startswith(claims.preferred_username, "service-account-")

# METADATA
# description: Whoever is known, where no role is asked; a machine holds none.
holds_one_of(roles) if {
	count(roles) == 0
	claims.sub
}

holds_one_of(roles) if {
	not machine
	some role in claims.realm_access.roles
	role in roles
}
