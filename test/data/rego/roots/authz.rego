# A library that several teams share has a root of its own; the decision has another. Neither is the blueprint's name.
package company.http.authz

import data.company.people

default allow := false

allow if {
	some rule in data.company.people.duties.rules
	input.request.method in rule.methods
	glob.match(rule.path, ["/"], concat("/", input.request.segments))
	people.may(rule)
}
