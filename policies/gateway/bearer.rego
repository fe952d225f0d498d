# METADATA
# title: Who shows the token
# description: Whoever asks has verified it.
package gateway.bearer

claims := io.jwt.decode(trim_prefix(input.request.http.headers.authorization, "Bearer "))[1]

default scopes := []

scopes := split(claims.scope, " ")

# METADATA
# description: None of a machine's, which acts for nobody.
default roles := set()

roles := {role | some role in claims.realm_access.roles} if {
	not claims.client_id
	not startswith(object.get(claims, "preferred_username", ""), "service-account-")
}
