package company.people

scopes := split(input.token.scope, " ")

machine if input.token.client_id

machine if startswith(input.token.preferred_username, "service-account-")

may(rule) if {
	rule.scope in scopes
	not rule.roles
}

may(rule) if {
	rule.scope in scopes
	not machine
	some role in input.token.realm_access.roles
	role in rule.roles
}
