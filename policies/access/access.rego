# METADATA
# title: A policy with an input of its own
# description: |
#   Its names are its own; authorization.fields says where each has its value (authorization.input: mapping): who.roles, who.scopes, who.machine, verb, page.
package access

# METADATA
# description: The field that says yes is `permitted` (authorization.answer).
verdict := {"permitted": permitted}

default permitted := false

permitted if {
	input.verb in {"GET", "HEAD"}
	input.page == ["orders"]
	has("orders:read")
}

permitted if {
	input.verb in {"GET", "HEAD"}
	input.page = ["orders", _]
	has("orders:read")
}

permitted if {
	input.verb == "POST"
	input.page == ["orders"]
	has("orders:write")
	is_one_of({"order-writer"})
}

permitted if {
	input.verb == "DELETE"
	input.page = ["orders", _]
	has("orders:write")
	is_one_of({"admin"})
}

permitted if {
	input.verb in {"GET", "HEAD"}
	input.page == ["invoices"]
	has("invoices:read")
}

permitted if {
	input.verb in {"GET", "HEAD"}
	input.page = ["invoices", _]
	has("invoices:read")
	is_one_of({"customer", "support"})
}

has(scope) if scope in split(input.who.scopes, " ")

is_one_of(roles) if {
	not input.who.machine
	not startswith(object.get(input.who, "name", ""), "service-account-")
	some role in input.who.roles
	role in roles
}
