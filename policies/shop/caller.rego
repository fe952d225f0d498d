# METADATA
# title: What does the token say about its bearer?
# description: Claims of a token that the caller of this policy has verified, held against the route it is shown at.
package shop.caller

import data.shop.inventory

verified if is_object(input.token)

issued_here if input.token.iss == data.shop.blueprint.issuer

# RFC 7519 section 4.1.3: one audience, or a list of them.
meant_for_service if input.token.aud == inventory.service.audience

meant_for_service if {
	is_array(input.token.aud)
	inventory.service.audience in input.token.aud
}

scopes_held if {
	every scope in inventory.route.scopes {
		scope in granted_scopes
	}
}

default granted_scopes := []

granted_scopes := split(input.token.scope, " ")

role_held if count(inventory.route.roles) == 0

role_held if {
	not service_account
	some role in inventory.route.roles
	role in held_roles
}

# Roles of the realm only: a role of the same name in resource_access belongs to another client and means something else.
held_roles := graph.reachable(
	{name: role.includes | some name, role in data.shop.blueprint.roles},
	{role | some role in input.token.realm_access.roles},
)

# Keycloak keeps usernames unique and in lower case; the realm lets nobody change theirs.
name := input.token.preferred_username

# A service acts for itself, so what takes a role takes a person. Keycloak names the client of a service account in client_id.
service_account if input.token.client_id

service_account if startswith(input.token.preferred_username, "service-account-")
