# What the tests of the service middleware decide with: small, and with one entrypoint for each way a decision can go.
package demo.authz

default allow := false

allow if data.demo.routes[input.route.id].public == true

allow if {
	input.token.iss == data.demo.issuer
	every scope in data.demo.routes[input.route.id].scopes {
		scope in split(input.token.scope, " ")
	}
	not others
}

others if {
	input.route.params.owner
	input.route.params.owner != input.token.sub
}

reasons contains sprintf("%s belongs to somebody else", [input.route.params.owner]) if others

# Never defined for an input without it.
nothing := input.nothing

# Two values for one name: the evaluation fails.
conflict := 1 if input.clash

conflict := 2 if input.clash

clock := time.now_ns()

decoded := io.jwt.decode(input.jwt)
